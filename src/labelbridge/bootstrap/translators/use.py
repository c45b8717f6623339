"""A trained translator in use: what it says of itself, and labelled images of L that it makes look like U."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from labelbridge.bootstrap.store import file_hashes
from labelbridge.core import LabeledImage, PartReporter, Reporter
from labelbridge.io import atomic_path
from labelbridge.translate import read_translator_card

if TYPE_CHECKING:
    from labelbridge.translate.syndiff.predict import SynDiffTranslator

__all__ = ["translate_labeled", "translator_record"]

_STAGE = "translating labelled images"
_WHITE = np.iinfo(np.uint16).max


def translator_record(folder: Path) -> dict[str, object]:
    """Return what a provenance says of a translator: its name, kind, structure size and the hashes of its files."""
    card = read_translator_card(folder)
    return {
        "name": card.name,
        "kind": card.kind,
        "structure_size_px": card.structure_size_px,
        "files": file_hashes(folder),
    }


def translate_labeled(
    samples: Sequence[LabeledImage],
    translator: "SynDiffTranslator",
    size_px: float,
    count: int,
    work: Path,
    reporter: Reporter,
) -> list[LabeledImage]:
    """Make labelled images of L look like U: each sample in turn, every time with other noise.

    Each translation is kept as it is made: what an interrupted run has left in `work` is taken from there.

    Parameters
    ----------
    samples
        Labelled images of L at the size of their files.
    translator
        The translator; its seed begins the seeds of the noise.
    size_px
        Fibre diameter in px of the samples.
    count
        How many images to make.
    work
        Folder of the translations, which are of these samples, this translator and this seed.
    reporter
        Receives progress and may ask to stop.

    Returns
    -------
    list of LabeledImage
        At the structure size of the translator, or at that of the samples where it has none: images float32 in [0, 1]
        with labels of the same shape.

    Raises
    ------
    Cancelled
        Where the reporter asked to stop.
    """
    own_px = translator.structure_size_px or size_px
    scaled = [sample.resampled(own_px / size_px) for sample in samples]
    made = []
    for index in range(count):
        sample = scaled[index % len(scaled)]
        file = work / f"{index:04d}.npy"
        if not file.exists():
            own = replace(translator, fibre_px=own_px, seed=translator.seed + index)
            part = PartReporter(reporter, index, count, _STAGE)
            _save(own.to_unlabeled(sample.image, part).data, file)
        data = np.load(file, allow_pickle=False).astype(np.float32) / _WHITE
        made.append(LabeledImage(sample.image.with_data(data), sample.labels, sample.subject))
    return made


def _save(data: np.ndarray, file: Path) -> None:
    with atomic_path(file, overwrite=True) as temporary, temporary.open("wb") as stream:
        np.save(stream, np.round(data * _WHITE).astype(np.uint16), allow_pickle=False)
