"""Judging a finished translator beside the `intensity` translator, on images that it was not trained on."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

from pydantic import ValidationError

from labelbridge.bootstrap.sources import ImageFolders
from labelbridge.bootstrap.translators.images import (
    Split,
    TranslatorImages,
    read_sets,
    scale_images,
    split,
)
from labelbridge.bootstrap.translators.judging import HeldOutJudge
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.core import Device, InputError, Reporter, TranslatorCard
from labelbridge.evaluate.translation import translation_report
from labelbridge.io import write_files
from labelbridge.translate import read_translator_card
from labelbridge.translate.syndiff.predict import SynDiffTranslator
from labelbridge.translate.syndiff.settings import SynDiffSettings

__all__ = ["TranslatorReport", "evaluate_translator", "find_folders"]


@dataclass(frozen=True)
class TranslatorReport:
    """What was measured.

    Attributes
    ----------
    name
        Name of the translator.
    judgements
        Numbers by their name, by translator: the trained one first.
    real
        Those of real images beside real images, by what they are.
    """

    name: str
    judgements: dict[str, dict[str, float]]
    real: dict[str, dict[str, float]]

    def page(self) -> str:
        """Return what was measured as a table, and in words what it means (Markdown)."""
        return translation_report(self.judgements, self.real, title=f"Translator {self.name}")

    def to_csv(self, file: Path, *, overwrite: bool) -> None:
        """Write the numbers, a line each and a column for each translator; raises InputError where that cannot be."""
        columns = {**self.judgements, **self.real}
        names = dict.fromkeys(name for numbers in columns.values() for name in numbers)
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["measured", *columns])
        writer.writerows([name, *(numbers.get(name, "") for numbers in columns.values())] for name in names)
        write_files({file: text.getvalue().encode()}, overwrite=overwrite)


def find_folders(
    training: Mapping[str, object] | None, labeled: Path | None, unlabeled: Path | None, scale: float | None
) -> ImageFolders:
    """Return where the images to judge on are.

    Parameters
    ----------
    training
        Settings of the translator's training, or None where they are unknown.
    labeled, unlabeled, scale
        What the user says, which wins over the training's.

    Raises
    ------
    InputError
        Where nobody says.
    """
    if training is None:
        if labeled is None or unlabeled is None:
            raise InputError(
                "got a translator without the folder of its training, which would tell where images are: give "
                "--labeled DIR and --unlabeled DIR."
            )
        return ImageFolders(labeled, unlabeled, scale)
    known = TranslatorTask.model_validate(dict(training)).folders
    return ImageFolders(labeled or known.labeled, unlabeled or known.unlabeled, scale or known.scale, known.reading)


def evaluate_translator(
    folder: Path, folders: ImageFolders, reporter: Reporter, tell: Callable[[str], None], *, device: Device = "auto"
) -> TranslatorReport:
    """Judge a translator: by the images held out of its training where these are its images, else by all.

    Parameters
    ----------
    folder
        The translator.
    folders
        Images of L and of U.
    reporter, tell
        Receive progress, and sentences for the user.
    device
        Where to compute.

    Raises
    ------
    InputError
        Where the translator or an image cannot be used.
    Cancelled
        Where the reporter asked to stop.
    """
    card = read_translator_card(folder)
    training = _training(card)
    translator = SynDiffTranslator.load(folder, device, seed=training.seed if training else 0)
    if translator.white is not None:
        translator = replace(translator, white=1.0)  # the judge's images are in [0, 1]
    sets = read_sets(folders, card.structure_size_px)
    fibre_px = card.structure_size_px or sets.survey.scale.unlabeled_size_px
    images = scale_images(sets, fibre_px, reporter)
    parts = _parts(images, card, training)
    for sentence in (*images.survey.sentences(), *parts.sentences()):
        tell(sentence)
    judge = HeldOutJudge(images, parts)
    judgements = {"SynDiff": judge.judge(translator, reporter), "intensity": judge.intensity()}
    return TranslatorReport(card.name, judgements, judge.real())


def _training(card: TranslatorCard) -> SynDiffSettings | None:
    """Return how the translator was trained, where its card says so."""
    settings = card.provenance.get("settings")
    try:
        return SynDiffSettings.model_validate(settings["training"]) if isinstance(settings, dict) else None
    except (KeyError, ValidationError):
        return None


def _parts(images: TranslatorImages, card: TranslatorCard, training: SynDiffSettings | None) -> Split:
    """Return the split of the training where these are its images, else all of them to judge on."""
    if training and all(card.provenance.get(name) == value for name, value in images.hashes.items()):
        return split(images, training.held_out, training.seed)
    return Split([], [], images.labeled, images.unlabeled)
