"""The tasks ``evaluate-translator`` and ``evaluate-masks``: reports as `labelbridge evaluate` writes them; no torch."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from labelbridge.bootstrap.sources import ImageFolders, Reading, Slices
from labelbridge.core import AXON, MYELIN, Device, Reporter, resolve_device
from labelbridge.evaluate import check_folders, compare_folders
from labelbridge.io import write_files
from labelbridge.translate import read_translator_card

__all__ = [
    "MaskEvaluationTask",
    "TranslatorEvaluationTask",
    "check_mask_evaluation",
    "check_translator_evaluation",
    "evaluate_masks_task",
    "evaluate_translator_task",
]

_NUMBERS = "report.csv"


class TranslatorEvaluationTask(BaseModel):
    """Settings of the job task ``evaluate-translator``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    translator: Path
    """Folder of the translator."""

    labeled: Path
    """Folder of L."""

    unlabeled: Path
    """Folder of U."""

    scale: float | None = Field(default=None, gt=0)
    """U's fibre size over L's, or None to estimate it."""

    channel: str | int | None = None
    """Channel of U's images, or None for luminance."""

    slices: Slices = None
    """Planes of stacks among U's images."""

    device: Device = "auto"
    """Where to compute."""

    @property
    def folders(self) -> ImageFolders:
        """Where the images are."""
        return ImageFolders(self.labeled, self.unlabeled, self.scale, Reading(self.channel, self.slices))


class MaskEvaluationTask(BaseModel):
    """Settings of the job task ``evaluate-masks``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    predictions: Path
    """Folder with masks, or with one folder of masks for each run."""

    truth: Path
    """Folder with the true masks."""

    classes: tuple[str, ...] = (AXON, MYELIN)
    """Classes to compare; others count as background."""

    pixel_size_um: float | None = Field(default=None, gt=0)
    """Side of the pixels in um, or None for what files say."""


def check_translator_evaluation(task: TranslatorEvaluationTask, out: Path | None = None) -> None:
    """Raise InputError where the device, the translator or the images cannot be used; `out` does not matter."""
    from labelbridge.bootstrap.translators.images import read_sets

    resolve_device(task.device)
    read_sets(task.folders, read_translator_card(task.translator).structure_size_px)


def check_mask_evaluation(task: MaskEvaluationTask, out: Path | None = None) -> None:
    """Raise InputError where no masks of both folders belong together; `out` does not matter."""
    check_folders(task.predictions, task.truth, classes=task.classes)


def evaluate_translator_task(
    settings: Mapping[str, object], checkpoints: Path, result: Path, reporter: Reporter
) -> None:
    """Run the job task: leave the report and its numbers in `result`."""
    from labelbridge.bootstrap.translators.evaluation import evaluate_translator

    task = TranslatorEvaluationTask.model_validate(dict(settings))
    report = evaluate_translator(task.translator, task.folders, reporter, reporter.say, device=task.device)
    write_files({result / "report.md": f"{report.page()}\n".encode()}, overwrite=True)
    report.to_csv(result / _NUMBERS, overwrite=True)


def evaluate_masks_task(settings: Mapping[str, object], checkpoints: Path, result: Path, reporter: Reporter) -> str:
    """Run the job task: leave the table of means and the scores of every image in `result`.

    Returns
    -------
    str
        The mean Dice of each class, in a sentence.
    """
    task = MaskEvaluationTask.model_validate(dict(settings))
    report = compare_folders(task.predictions, task.truth, classes=task.classes, pixel_size_um=task.pixel_size_um)
    write_files({result / "report.txt": f"{report.table()}\n".encode()}, overwrite=True)
    report.to_csv(result / _NUMBERS, overwrite=True)
    means = [f"{name} {summary.mean.dice:.3f}" for name, summary in report.summary().items()]
    return f"Mean Dice: {', '.join(means)}."
