"""`labelbridge models`: which models are here, what they are, and how they come and go."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelbridge.cli.errors import at_the_edge
from labelbridge.cli.options import OutOption, VerboseOption

if TYPE_CHECKING:
    from labelbridge.core import ModelCard
    from labelbridge.segment.catalogue import CatalogueEntry

__all__ = ["models"]

models = typer.Typer(help="List, import, download and export models, or tell what one is.", no_args_is_help=True)


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
        "pixel size of its images": f"{card.pixel_size_um:g} um" if card.pixel_size_um else "unknown",
        "folds": _folds(card),
        "description": card.description or "none",
        "origin": card.origin or "trained by LabelBridge",
        "licence": card.licence,
        **{key: f"{value:.3f}" for key, value in card.metrics.items()},
    }
    for key, value in rows.items():
        typer.echo(f"{key}: {value}")
    typer.echo(f"made from: {json.dumps(card.provenance, indent=2)}")


@models.command("import")
@at_the_edge
def _import(
    source: Annotated[
        Path, typer.Argument(metavar="ZIP_OR_DIR", help="A trained nnU-Net v2 model, e.g. AxonDeepSeg's.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for the model. Default: where models are kept.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Name of the model. Default: that of the source.")] = None,
    verbose: VerboseOption = False,
) -> None:
    """Make a trained nnU-Net v2 model usable here, without running anything that its files name.

    Example: labelbridge models import model_seg_generalist_light.zip
    """
    from labelbridge.bootstrap.store import user_data_folder
    from labelbridge.cli.console import ConsoleReporter, say
    from labelbridge.segment import default_name
    from labelbridge.segment.nnunet.foreign.importing import import_model

    chosen = default_name(source, name)
    place = out or user_data_folder() / "models" / chosen
    with ConsoleReporter() as reporter:
        card = import_model(source, place, name=name or chosen, reporter=reporter)
    say(f"{card.name} ({', '.join(card.classes[1:])}; folds {_folds(card)}): {place}")


@models.command("export")
@at_the_edge
def _export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a model.")],
    out: OutOption,
    verbose: VerboseOption = False,
) -> None:
    """Write a model as a folder that stock nnU-Net v2 reads.

    Example: labelbridge models export my_models/tem/result --out nnUNet_results/Dataset001_TEM
    """
    from labelbridge.cli.console import say
    from labelbridge.segment import read_card
    from labelbridge.segment.nnunet.stock import export_model

    card, target = read_card(folder), export_model(folder, out)
    say(str(target))
    if card.intensities == "percentiles":
        say("nnU-Net takes images as they are; clip outliers first: this model saw each image without them.")
    if card.structure_size_px:
        say(f"Resample images so that fibres are about {card.structure_size_px:.0f} px wide, as this model saw them.")


@models.command("catalogue")
@at_the_edge
def _catalogue(verbose: VerboseOption = False) -> None:
    """List the models that can be downloaded by name.

    Example: labelbridge models catalogue
    """
    from labelbridge.bootstrap.store import user_data_folder
    from labelbridge.segment.catalogue import CATALOGUE
    from labelbridge.segment.download import installed

    for entry in CATALOGUE.values():
        place = installed(entry, user_data_folder() / "models")
        typer.echo(f"{entry.name}: {'installed, ' + str(place) if place else 'not installed'}")
        typer.echo(f"  {_known(entry)}")


@models.command("download")
@at_the_edge
def _download(
    name: Annotated[str, typer.Argument(metavar="NAME", help="One of `labelbridge models catalogue`.")],
    trust_new: Annotated[
        bool, typer.Option("--trust-new", help="Accept a file that is not the one of the first download.")
    ] = False,
    verbose: VerboseOption = False,
) -> None:
    """Download a model by name and import it; an interrupted download goes on where it ended.

    Example: labelbridge models download generalist
    """
    from labelbridge.bootstrap.store import user_data_folder
    from labelbridge.cli.console import ConsoleReporter, say
    from labelbridge.segment.catalogue import find_entry
    from labelbridge.segment.download import download_model

    entry = find_entry(name)
    say(f"{entry.name}: {entry.description}\n  {_known(entry)}")
    with ConsoleReporter() as reporter:
        folder = download_model(entry, user_data_folder(), reporter, trust_new=trust_new)
    say(str(folder))


def _known(entry: "CatalogueEntry") -> str:
    smallest, largest = entry.pixel_sizes_um
    size = f"{smallest:g} um" if smallest == largest else f"{smallest:g} to {largest:g} um"
    licence = f"licence {entry.licence}, see {entry.page}"
    return f"{entry.modality}; {', '.join(entry.classes)}; pixel size {size}; {licence}"


def _size(card: "ModelCard") -> str:
    return f"fibres of {card.structure_size_px:.0f} px" if card.structure_size_px else "fibres of unknown size"


def _folds(card: "ModelCard") -> str:
    return ", ".join(card.folds) or "unknown"
