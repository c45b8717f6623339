"""`labelbridge models`: which models are here, what they are, and how they come and go."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelbridge.cli.errors import at_the_edge
from labelbridge.cli.options import OutOption, VerboseOption

if TYPE_CHECKING:
    from labelbridge.core import ModelCard, TranslatorCard
    from labelbridge.segment.catalogue import CatalogueEntry

__all__ = ["models"]


class ContrastName(StrEnum):
    """As `labelbridge.translate.syndiff.foreign.importing.Contrast`, which is not imported here: it loads torch."""

    labeled = "labeled"
    unlabeled = "unlabeled"


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
    from labelbridge.cli.modelcards import summarise
    from labelbridge.io.modelfolder import find_models, read_any_card
    from labelbridge.io.userdata import user_data_folder

    place = folder or user_data_folder() / "models"
    folders = find_models(place) if folder or place.is_dir() else []
    if not folders:
        typer.echo(f"No models in {place}")
    for model in folders:
        typer.echo(f"{model}\n  {summarise(read_any_card(model))}")


@models.command("info")
@at_the_edge
def _info(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a model.")], verbose: VerboseOption = False
) -> None:
    """Tell what a model is and what it was made from.

    Example: labelbridge models info my_models/tem/result
    """
    from labelbridge.cli.modelcards import describe
    from labelbridge.io.modelfolder import read_any_card

    card = read_any_card(folder)
    for key, value in describe(card).items():
        typer.echo(f"{key}: {value}")
    typer.echo(f"made from: {json.dumps(card.provenance, indent=2)}")


@models.command("import")
@at_the_edge
def _import(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="ZIP_OR_DIR",
            help="A trained nnU-Net v2 model, e.g. AxonDeepSeg's, or the generators of SynDiff's published code: "
            "gen_diffusive_1_N.pth and gen_diffusive_2_N.pth.",
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for the model. Default: where models are kept.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Name of the model. Default: that of the source.")] = None,
    licence: Annotated[
        str | None, typer.Option("--licence", help="Licence of the weights. Default: what the model itself says.")
    ] = None,
    contrast1: Annotated[
        ContrastName | None,
        typer.Option("--contrast1", help="Of SynDiff's generators: whether contrast 1 was the labelled modality."),
    ] = None,
    epoch: Annotated[
        int | None, typer.Option("--epoch", metavar="N", help="Of SynDiff's generators: which. Default: the newest.")
    ] = None,
    verbose: VerboseOption = False,
) -> None:
    """Make a model of others usable here, without running anything that its files name.

    Example: labelbridge models import model_seg_generalist_light.zip
    """
    from labelbridge.cli.console import ConsoleReporter, say
    from labelbridge.cli.modelcards import summarise
    from labelbridge.core import InputError
    from labelbridge.io.modelfolder import default_name
    from labelbridge.io.userdata import user_data_folder
    from labelbridge.segment.nnunet.foreign.importing import ModelFacts, import_model
    from labelbridge.translate.syndiff.foreign.files import holds_generators
    from labelbridge.translate.syndiff.foreign.importing import import_translator

    chosen = default_name(source, name)
    place, shown = out or user_data_folder() / "models" / chosen, name or chosen
    card: ModelCard | TranslatorCard
    with ConsoleReporter() as reporter:
        if holds_generators(source):
            card = import_translator(
                source,
                place,
                name=shown,
                contrast1=contrast1.value if contrast1 else None,
                epoch=epoch,
                licence=licence,
                reporter=reporter,
            )
        elif contrast1 or epoch is not None:
            raise InputError(f"{source}: got no generators of SynDiff, which --contrast1 and --epoch are for.")
        else:
            card = import_model(source, place, name=shown, facts=ModelFacts(licence=licence), reporter=reporter)
    say(f"{card.name} ({summarise(card)}): {place}")


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
    from labelbridge.io.userdata import user_data_folder
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
    from labelbridge.cli.console import ConsoleReporter, say
    from labelbridge.io.userdata import user_data_folder
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
