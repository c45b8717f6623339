"""Corrected masks in folders: exports with a record of their review, or masks that the user vouches for."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from labelbridge.bootstrap.retraining.image import CorrectedImage, class_layers
from labelbridge.bootstrap.sources import Reading, Source, find_sources
from labelbridge.core import InputError, Reporter
from labelbridge.io import find_masks, read_label_map
from labelbridge.io.maskfiles import MaskFiles
from labelbridge.refine.review import verified_by_record, verified_wholly

__all__ = ["CorrectedFolder"]

_RECORD_ENDING = "_provenance.json"


@dataclass(frozen=True)
class CorrectedFolder:
    """A folder with masks.

    Attributes
    ----------
    folder
        The folder; exports in it and below it count.
    images
        Folder of their images.
    channel
        Channel of colour images, or None for luminance.
    is_verified
        Whether every pixel of the masks is right, whatever a record says.
    """

    folder: Path
    images: Path
    channel: str | int | None = None
    is_verified: bool = False

    def read(self, classes: Sequence[str], reporter: Reporter) -> Iterator[CorrectedImage]:
        """Read the images of which something is verified, one after the other.

        Parameters
        ----------
        classes
            Classes of the model, without background.
        reporter
            Told progress, and of exports of which nobody has reviewed anything; asked whether to stop.

        Raises
        ------
        InputError
            Where there are no such masks or images, or a file cannot be used.
        Cancelled
            Where the reporter asked to stop.
        """
        masks = _masks_by_stem(self.folder, is_verified=self.is_verified)
        sources = {source.name: source for source in find_sources([self.images], Reading(self.channel))}
        for number, (stem, (files, review)) in enumerate(masks.items()):
            reporter.checkpoint()
            reporter.progress(number, len(masks), "looking at corrected masks")
            if review is None and not self.is_verified:
                reporter.say(f"'{stem}' is left out: its record says of no fibre that it was accepted or corrected.")
                continue
            image = _source(sources, stem, self).read(None)
            labels = read_label_map(files, None, shape=image.shape)
            layers = class_layers(labels)
            if self.is_verified:
                verified = verified_wholly(layers, reporter=reporter)
            else:
                verified = verified_by_record(layers, review or {}, reporter=reporter)
            yield CorrectedImage.of(image, labels, verified, classes)


_Masks = tuple[MaskFiles, Mapping[str, object] | None]
"""Mask files, and what their record says of the review; None where nobody has verified anything."""


def _masks_by_stem(folder: Path, *, is_verified: bool) -> dict[str, _Masks]:
    """Return the masks of a folder by the stem of their image."""
    if not folder.is_dir():
        raise InputError(f"{folder}: got no folder there, expected one with corrected masks; check the path.")
    records = sorted(folder.rglob(f"*{_RECORD_ENDING}"))
    if not records and not is_verified:
        raise InputError(
            f"{folder}: got masks without a record of who has verified what; export them from the Export dock, or give "
            "--verified where every pixel of them is right."
        )
    return _of_records(records) if records else {stem: (files, None) for stem, files in find_masks(folder).items()}


def _of_records(records: Sequence[Path]) -> dict[str, _Masks]:
    found: dict[str, _Masks] = {}
    for record in records:
        stem = record.name.removesuffix(_RECORD_ENDING)
        if stem in found:
            raise InputError(f"{record}: got a second export of the image '{stem}', expected one; leave the latest.")
        content = _read(record)
        found[stem] = _masks_of(record, stem, content), _review(content)
    return found


def _read(record: Path) -> Mapping[str, object]:
    try:
        content = json.loads(record.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{record}: got a record that cannot be read; export the masks again.") from error
    return content if isinstance(content, dict) else {}


def _masks_of(record: Path, stem: str, content: Mapping[str, object]) -> MaskFiles:
    """Return the masks that a record is about, those of the first format where there are several."""
    outputs = content.get("outputs")
    first = next(iter(outputs), None) if isinstance(outputs, dict) else None
    place = record.parent if first is None else record.parent / str(first)
    if not place.resolve().is_relative_to(record.parent.resolve()):
        raise InputError(f"{record}: got a record of files elsewhere, expected some beside it; export the masks again.")
    found = find_masks(place)
    if stem not in found:
        raise InputError(f"{record}: got no masks of '{stem}' beside it; copy the whole export again.")
    return found[stem]


def _review(content: Mapping[str, object]) -> Mapping[str, object] | None:
    """Return what a record says of the review; None where nothing was verified."""
    review = content.get("review")
    if not isinstance(review, dict) or review.get("outcome") != "reviewed":
        return None
    counts = review.get("counts")
    is_empty = isinstance(counts, dict) and not counts.get("accepted") and not counts.get("corrected")
    return None if is_empty else review


def _source(sources: Mapping[str, Source], stem: str, folder: CorrectedFolder) -> Source:
    if stem not in sources:
        raise InputError(
            f"{folder.folder}: got masks of the image '{stem}', which is not in {folder.images}; give the folder of "
            "the images with --images DIR."
        )
    return sources[stem]
