"""`labelbridge evaluate`: how good masks are."""

from pathlib import Path
from typing import Annotated

import typer

from labelbridge.cli.errors import at_the_edge
from labelbridge.cli.options import ClassesOption, OverwriteOption, VerboseOption, split_names

__all__ = ["evaluate"]


@at_the_edge
def evaluate(
    predictions: Annotated[Path, typer.Argument(help="Folder with masks, or with one folder of masks for each run.")],
    truth: Annotated[Path, typer.Argument(help="Folder with the true masks.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="CSV file for the scores of every image.")
    ] = None,
    classes: ClassesOption = "axon,myelin",
    overwrite: OverwriteOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Compare masks with the truth: Dice, sensitivity and specificity for each class and image.

    Masks belong together where they are masks of an image of the same name.

    Example: labelbridge evaluate masks/ truth/ --out report.csv
    """
    from labelbridge.evaluate import compare_folders
    from labelbridge.io import check_absent

    if out is not None and not overwrite:
        check_absent([out])
    report = compare_folders(predictions, truth, classes=split_names(classes))
    typer.echo(report.table())
    if out is not None:
        report.to_csv(out, overwrite=overwrite)
        typer.echo(f"Scores of every image: {out}")
