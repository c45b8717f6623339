"""`labelbridge models`: which models are here, and what they are."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelbridge.cli.errors import at_the_edge
from labelbridge.cli.options import VerboseOption

if TYPE_CHECKING:
    from labelbridge.core import ModelCard

__all__ = ["models"]

models = typer.Typer(help="List models, or tell what one is.", no_args_is_help=True)


@models.command("list")
@at_the_edge
def _list(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Folder to look in. Default: where trained models are kept.")
    ] = None,
    verbose: VerboseOption = False,
) -> None:
    """List the models in a folder and up to three levels below.

    Example: labelbridge models list my_models/
    """
    from labelbridge.bootstrap.store import user_data_folder
    from labelbridge.segment import find_models, read_card

    place = folder or user_data_folder() / "models"
    folders = find_models(place) if folder or place.is_dir() else []
    if not folders:
        typer.echo(f"No models in {place}")
    for model in folders:
        card = read_card(model)
        typer.echo(f"{model}\n  {card.kind}: {', '.join(card.classes[1:])}; {_size(card)}; folds {_folds(card)}")


@models.command("info")
@at_the_edge
def _info(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a model.")], verbose: VerboseOption = False
) -> None:
    """Tell what a model is and what it was made from.

    Example: labelbridge models info my_models/tem/result
    """
    from labelbridge.segment import read_card

    card = read_card(folder)
    rows = {
        "name": card.name,
        "kind": card.kind,
        "classes": ", ".join(card.classes[1:]),
        "structure size": _size(card),
        "look of its labelled images": card.style.polarity if card.style else "unknown",
        "folds": _folds(card),
        "licence": card.licence,
        **{key: f"{value:.3f}" for key, value in card.metrics.items()},
    }
    for key, value in rows.items():
        typer.echo(f"{key}: {value}")
    typer.echo(f"made from: {json.dumps(card.provenance, indent=2)}")


def _size(card: "ModelCard") -> str:
    return f"fibres of {card.structure_size_px:.0f} px" if card.structure_size_px else "unknown structure size"


def _folds(card: "ModelCard") -> str:
    return ", ".join(card.folds) or "unknown"
