"""Options that several commands share."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelbridge.cli.errors import be_verbose

if TYPE_CHECKING:
    from labelbridge.bootstrap.sources import Slices

__all__ = [
    "AbsentOption",
    "Channel",
    "ClassesOption",
    "DetachOption",
    "DeviceName",
    "DeviceOption",
    "LabeledOption",
    "OnOption",
    "OutOption",
    "OverwriteOption",
    "PixelSizeOption",
    "PresetName",
    "PresetOption",
    "ResumeOption",
    "RoundsOption",
    "ScaleOption",
    "SeedOption",
    "SlicesOption",
    "StyledImagesOption",
    "TileOverlapOption",
    "TranslatorOption",
    "TranslatorPresetName",
    "UnlabeledOption",
    "VerboseOption",
    "parse_absent",
    "parse_channel",
    "parse_slices",
    "split_names",
]


class DeviceName(StrEnum):
    """As `labelbridge.core.Device`, which is not imported here: help must not wait for SciPy."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"
    mps = "mps"


class PresetName(StrEnum):
    """As `labelbridge.bootstrap.Preset`."""

    cpu = "cpu"
    standard = "standard"
    tiny = "tiny"


class TranslatorPresetName(StrEnum):
    """As `labelbridge.translate.syndiff.settings.Preset`."""

    cpu = "cpu"
    gpu = "gpu"
    paper = "paper"
    tiny = "tiny"


AbsentOption = Annotated[
    list[str] | None,
    typer.Option(
        "--absent",
        metavar="NAMES|FILE",
        help="Classes that no image has, with commas between, or a CSV or TSV table with the columns image and absent. "
        "May be given several times.",
    ),
]
Channel = Annotated[
    str | None,
    typer.Option(
        "--channel",
        metavar="NAME|N",
        help="Channel by its name in the file, or number from 0; red, green, blue of colours. Default: luminance.",
    ),
]
ClassesOption = Annotated[
    str,
    typer.Option("--classes", metavar="NAMES", help="Classes to keep, with commas between; all others are background."),
]
DetachOption = Annotated[
    bool, typer.Option("--detach", help="In a process of its own, which goes on when this terminal is closed.")
]
DeviceOption = Annotated[
    DeviceName, typer.Option("--device", help="Processor to compute on; auto takes cuda, then mps, then cpu.")
]
LabeledOption = Annotated[
    Path | None, typer.Option("--labeled", metavar="DIR", help="Folder of the labelled modality (L): images and masks.")
]
OnOption = Annotated[
    str | None,
    typer.Option("--on", metavar="local|slurm[:FILE]", help="Detach to this place: here, or a cluster as FILE says."),
]
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the results.")]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace results that are there already.")]
PixelSizeOption = Annotated[
    float | None,
    typer.Option("--pixel-size", metavar="UM", help="Side of a pixel in um, where the files do not say or are wrong."),
]
PresetOption = Annotated[
    PresetName,
    typer.Option(
        "--preset",
        help="cpu: minutes on two cores; standard: nnU-Net's own plan, for a GPU; tiny: seconds, to try out.",
    ),
]
ResumeOption = Annotated[bool, typer.Option("--resume", help="Continue an interrupted training in --out.")]
ScaleOption = Annotated[
    float | None,
    typer.Option(
        "--scale",
        metavar="F",
        help="Fibre diameter in px of the new images over that of the labelled ones. Default: estimated.",
    ),
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Start of the random numbers.")]
SlicesOption = Annotated[
    str | None,
    typer.Option(
        "--slices", metavar="N|all", help="Plane of a stack to work on, from 0, or all: each plane on its own."
    ),
]
RoundsOption = Annotated[
    int | None,
    typer.Option(
        "--rounds",
        metavar="N",
        min=0,
        max=5,
        help="In a tutorship: rounds of self-training, in which the model learns from its own masks of the new images "
        "too; 2 unless a time decides.",
    ),
]
StyledImagesOption = Annotated[
    int,
    typer.Option("--styled-images", metavar="N", min=1, help="In a tutorship: how many images are drawn from L."),
]
TileOverlapOption = Annotated[
    float | None,
    typer.Option(
        "--tile-overlap",
        metavar="F",
        help="Part of its side that a tile shares with the next, 0 to 0.75: more is smoother and slower. Default: 0.5 "
        "to segment, 0.25 to translate.",
    ),
]
TranslatorOption = Annotated[
    Path | None,
    typer.Option("--translator", metavar="DIR", help="A trained translator, used instead of intensities alone."),
]
UnlabeledOption = Annotated[
    Path | None,
    typer.Option(
        "--unlabeled", metavar="DIR", help="Folder with further images of the new modality (U) to learn from."
    ),
]
VerboseOption = Annotated[
    bool, typer.Option("-v", "--verbose", callback=be_verbose, help="Show details, and tracebacks of errors.")
]


def parse_absent(given: Sequence[str]) -> tuple[tuple[str, ...], Path | None]:
    """Return the classes that no image has, and the table; raises InputError where there are several tables."""
    from labelbridge.io.absenttable import TABLE_ENDINGS

    tables = [one for one in given if one.lower().endswith(TABLE_ENDINGS)]
    if len(tables) > 1:
        from labelbridge.core import InputError

        raise InputError(f"got --absent with the tables {' and '.join(tables)}, expected one; put them into one file.")
    names = [name for one in given if one not in tables for name in split_names(one)]
    return tuple(names), Path(tables[0]) if tables else None


def parse_channel(channel: str | None) -> str | int | None:
    """Return a channel by number where it is one, else by name."""
    return int(channel) if channel is not None and channel.isdecimal() else channel


def parse_slices(slices: str | None) -> "Slices":
    """Return the plane by number, or ``all``; raises InputError for anything else."""
    if slices is None or slices == "all":
        return slices  # type: ignore[return-value]
    if not slices.isdecimal():
        from labelbridge.core import InputError

        raise InputError(f"got --slices {slices}, expected the number of a plane from 0, or all.")
    return int(slices)


def split_names(text: str) -> tuple[str, ...]:
    """Split names with commas between them."""
    return tuple(name.strip() for name in text.split(",") if name.strip())
