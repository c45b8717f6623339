"""`labelbridge evaluate`: how good masks are, and how good a translator is."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from labelbridge.cli.errors import at_the_edge
from labelbridge.cli.options import (
    ClassesOption,
    DeviceName,
    DeviceOption,
    OverwriteOption,
    PixelSizeOption,
    ScaleOption,
    VerboseOption,
    split_names,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["evaluate"]

_MASKS = "masks"
_OF_IMAGES = frozenset({"labeled", "unlabeled", "scale", "channel", "slices"})
"""Settings of trainings that tell of images."""

_UNNAMED = ""


class _MasksUnlessNamed(TyperGroup):
    """Takes what follows as arguments of `masks`, whose name is never said, unless it begins with another command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        is_named = bool(args) and args[0] in self.commands and args[0] != _MASKS
        return super().parse_args(ctx, args if is_named else [_UNNAMED, *args])

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return super().get_command(ctx, cmd_name or _MASKS)


evaluate = typer.Typer(cls=_MasksUnlessNamed, help="Tell how good masks are, or a translator.")


@evaluate.callback()
def _evaluate() -> None:
    """Tell how good masks are, or a translator."""


@evaluate.command(_MASKS)
@at_the_edge
def _masks(
    predictions: Annotated[Path, typer.Argument(help="Folder with masks, or with one folder of masks for each run.")],
    truth: Annotated[Path, typer.Argument(help="Folder with the true masks.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="CSV file for the scores of every image.")
    ] = None,
    classes: ClassesOption = "axon,myelin",
    pixel_size: PixelSizeOption = None,
    overwrite: OverwriteOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Compare masks with the truth: Dice, IoU, sensitivity and specificity for each class and image, and fibres.

    Masks belong together where they are masks of an image of the same name. `labelbridge evaluate translator --help`
    tells how to judge a translator.

    Each connected area of axon is a fibre. It is found where its intersection over union with one of the truth is at
    least 0.5; sq is the mean of it over the fibres found, pq (panoptic quality) is sq times f1. Merged are those that
    share an area of the prediction with others, split are those that are several areas there.

    Sizes are of fibres that the image's edge does not cut, in um where the pixel size is known: median, its difference
    from the true median, and the Wasserstein distance of both distributions.

    Example: labelbridge evaluate masks/ truth/ --out report.csv
    """
    from labelbridge.evaluate import compare_folders
    from labelbridge.io import check_absent

    if out is not None and not overwrite:
        check_absent([out])
    report = compare_folders(predictions, truth, classes=split_names(classes), pixel_size_um=pixel_size)
    typer.echo(report.table())
    if out is not None:
        report.to_csv(out, overwrite=overwrite)
        typer.echo(f"Scores of every image: {out}")


@evaluate.command("translator")
@at_the_edge
def _translator(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A trained translator, or the folder of its training (--out).")
    ],
    labeled: Annotated[
        Path | None,
        typer.Option("--labeled", metavar="DIR", help="Images of the labelled modality (L). Default: the training's."),
    ] = None,
    unlabeled: Annotated[
        Path | None,
        typer.Option("--unlabeled", metavar="DIR", help="Images of the new modality (U). Default: the training's."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="CSV file for the numbers.")] = None,
    scale: ScaleOption = None,
    device: DeviceOption = DeviceName.auto,
    overwrite: OverwriteOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Judge a translator beside the mapping of intensities: cycles, texture, edges and fibres; no label of U is used.

    Of the images of its training, those judge that were held out of it.

    Example: labelbridge evaluate translator tem_sem/ --out report.csv
    """
    from labelbridge.bootstrap.translators.evaluation import evaluate_translator, find_folders
    from labelbridge.cli.console import ConsoleReporter, say
    from labelbridge.io import check_absent

    if out is not None and not overwrite:
        check_absent([out])
    model, training = _find_training(folder)
    images = find_folders(training, labeled, unlabeled, scale)
    with ConsoleReporter() as reporter:
        report = evaluate_translator(model, images, reporter, say, device=device.value)
    typer.echo(report.page())
    if out is not None:
        report.to_csv(out, overwrite=overwrite)
        typer.echo(f"The numbers: {out}")


def _find_training(folder: Path) -> "tuple[Path, Mapping[str, object] | None]":
    """Return a translator and what its training was told of images: of a job's folder, or of the result in one."""
    from labelbridge.core import InputError
    from labelbridge.jobs import JobFolder

    place = folder.resolve()
    for job in (JobFolder(path) for path in (place, *place.parents[:2]) if JobFolder(path).spec_file.is_file()):
        spec = job.spec()
        translator = job.result / "translator" if spec.task == "tutorship" else job.result
        if place in (job.path, job.result, translator):
            if not translator.is_dir():
                got = "without a translator in its result" if job.result.is_dir() else "that has not ended"
                raise InputError(
                    f"{folder}: got a job {got}, expected one with a translator; resume it, or give another."
                )
            return translator, {name: value for name, value in spec.settings.items() if name in _OF_IMAGES}
    return folder, None
