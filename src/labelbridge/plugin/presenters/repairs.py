"""The repairs that the Refine dock offers: what they are called, what they ask for, and what they do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import get_args

from labelbridge.core import AXON, MYELIN
from labelbridge.refine import Edit
from labelbridge.refine.edits import Layers
from labelbridge.refine.repairs import (
    BorderMove,
    delete_fibre,
    fill_ring,
    grow_ring,
    move_border,
    relabel_fibre,
    remove_specks,
    smooth_fibre,
    split_axon,
)
from labelbridge.refine.repairs.windows import Point

__all__ = ["AT_POINTER", "REPAIRS", "ClassChoice", "Number", "Repair", "Setting", "Settings", "Switch"]

Settings = Mapping[str, float | str | bool]
"""What the user has set, by the settings' names."""


@dataclass(frozen=True)
class Number:
    """A number that a repair asks for.

    Attributes
    ----------
    name, label, tooltip
        Key in `Settings`; how the dock names it; what it does.
    value
        What it is at first.
    low, high, step
        Smallest and largest number, and the step from one to the next.
    unit
        What it is counted in.
    """

    name: str
    label: str
    tooltip: str
    value: float
    low: float
    high: float
    step: float = 1.0
    unit: str = "px"


@dataclass(frozen=True)
class ClassChoice:
    """A class that a repair asks for; `value` is the first choice."""

    name: str
    label: str
    tooltip: str
    value: str


@dataclass(frozen=True)
class Switch:
    """Something that a repair does or does not; `value` is what it is at first."""

    name: str
    label: str
    tooltip: str
    value: bool


Setting = Number | ClassChoice | Switch


@dataclass(frozen=True)
class Repair:
    """One repair.

    Attributes
    ----------
    name
        Short name, for the list.
    hint
        What to do and what happens, one sentence.
    settings
        What it asks for.
    make
        Returns the edit that would mend the layers around a pixel, changing nothing; raises InputError with one
        sentence where it cannot. Where the repair is for the whole image the pixel does not matter.
    is_for_image
        Whether it looks at the whole image and needs no click.
    """

    name: str
    hint: str
    make: Callable[[Layers, Point, Settings], Edit]
    settings: tuple[Setting, ...] = ()
    is_for_image: bool = False

    def defaults(self) -> dict[str, float | str | bool]:
        """Return what the settings are at first."""
        return {setting.name: setting.value for setting in self.settings}


def _fill(layers: Layers, at: Point, settings: Settings) -> Edit:
    return fill_ring(layers, at)


def _grow(layers: Layers, at: Point, settings: Settings) -> Edit:
    return grow_ring(layers, at, float(settings["thickness_px"]))


def _split(layers: Layers, at: Point, settings: Settings) -> Edit:
    return split_axon(layers, at, gap_px=int(settings["gap_px"]), depth_px=float(settings["depth_px"]))


def _smooth(layers: Layers, at: Point, settings: Settings) -> Edit:
    return smooth_fibre(layers, at, float(settings["radius_px"]))


def _delete(layers: Layers, at: Point, settings: Settings) -> Edit:
    return delete_fibre(layers, at)


def _relabel(layers: Layers, at: Point, settings: Settings) -> Edit:
    return relabel_fibre(layers, at, str(settings["to"]), with_myelin=bool(settings["with_myelin"]))


def _specks(layers: Layers, at: Point, settings: Settings) -> Edit:
    return remove_specks(layers, str(settings["of"]), float(settings["min_area_px2"]))


REPAIRS: tuple[Repair, ...] = (
    Repair("Fill ring", "Click inside a closed ring of myelin: the axon fills it.", _fill),
    Repair(
        "Grow ring",
        "Click an axon: myelin grows around it, on background alone.",
        _grow,
        (Number("thickness_px", "Thickness", "How thick the ring becomes.", 4, 1, 200),),
    ),
    Repair(
        "Split axon",
        "Click axons that have grown together: they are split at the waist.",
        _split,
        (
            Number("gap_px", "Gap", "How thick the line between the parts is.", 1, 1, 2),
            Number("depth_px", "Depth", "How deep a waist must be; less finds more waists.", 1, 0.1, 20, 0.1),
        ),
    ),
    Repair(
        "Smooth",
        "Click a fibre: spurs of its outline go and notches are filled.",
        _smooth,
        (Number("radius_px", "Radius", "Details smaller than this go.", 3, 1, 50),),
    ),
    Repair(
        "Remove specks",
        "Areas of a class that are smaller than this go, in the whole image.",
        _specks,
        (
            ClassChoice("of", "Class", "Whose small areas go.", AXON),
            Number("min_area_px2", "Smallest area", "Areas below this go.", 20, 1, 100_000, 1, "px²"),
        ),
        is_for_image=True,
    ),
    Repair(
        "Delete fibre", "Click a fibre: its axon goes, and its myelin with it; myelin without axon goes alone.", _delete
    ),
    Repair(
        "Relabel fibre",
        "Click a fibre: it gets another class.",
        _relabel,
        (
            ClassChoice("to", "New class", "What the fibre becomes.", MYELIN),
            Switch("with_myelin", "Myelin too", "Whether its myelin gets the new class as well.", False),
        ),
    ),
)
"""In the order in which they are offered."""

AT_POINTER: Mapping[str, Callable[[Layers, Point], Edit]] = {
    "delete fibre": delete_fibre,
    **{move: partial(move_border, move=move) for move in get_args(BorderMove)},
}
"""What a key does at once to the fibre under the pointer, by name; each raises InputError where it cannot."""
