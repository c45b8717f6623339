"""Docks of one window find each other through the window, which alone holds them."""

from typing import TYPE_CHECKING, TypeVar

from qtpy.QtWidgets import QDockWidget, QWidget

from labelbridge.bootstrap.server import InferenceClient
from labelbridge.plugin.presenters.sharedinference import Seat, SharedInference
from labelbridge.plugin.widgets.refine import RefineDock

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from labelbridge.plugin.refining import Refining

__all__ = ["dock_of", "frame_of", "open_dock", "refinings", "take_seat"]

_Dock = TypeVar("_Dock", bound=QWidget)


def dock_of(viewer: "Viewer", kind: type[_Dock]) -> _Dock | None:
    """Return the dock of a class in the window of a viewer; None where there is none."""
    return next((dock for dock in viewer.window.dock_widgets.values() if isinstance(dock, kind)), None)


def frame_of(widget: QWidget) -> QDockWidget | None:
    """Return the frame that napari has put a dock into; a tab behind another one counts as shown there."""
    parent = widget.parentWidget()
    while parent is not None and not isinstance(parent, QDockWidget):
        parent = parent.parentWidget()
    return parent


def open_dock(viewer: "Viewer", kind: type[_Dock], name: str) -> _Dock:
    """Return a dock of the window of a viewer, before all others; where there is none it is made.

    Parameters
    ----------
    viewer
        The window's viewer.
    kind
        The dock's class.
    name
        As napari's menu has it.
    """
    from napari.plugins import menu_item_template

    dock = dock_of(viewer, kind)
    if dock is None:
        dock = kind(viewer)
        title = menu_item_template.format("LabelBridge", name)
        viewer.window.add_dock_widget(dock, name=title, tabify=True).setWindowTitle(name)
    if frame := frame_of(dock):
        frame.show()
        frame.raise_()
    return dock


def refinings(viewer: "Viewer") -> "list[Refining]":
    """Return who corrects masks in the window of a viewer: none where there is no Refine dock."""
    docks = viewer.window.dock_widgets.values()
    return [dock.refining for dock in docks if isinstance(dock, RefineDock)]


def take_seat(viewer: "Viewer", name: str) -> Seat:
    """Return a seat at the process that computes for all docks of a window; the first one makes it.

    Parameters
    ----------
    viewer
        The window's viewer.
    name
        What other docks read while they wait for this one, such as ``the Project dock``.
    """
    seats = (getattr(dock, "seat", None) for dock in viewer.window.dock_widgets.values())
    shared = (seat.shared for seat in seats if isinstance(seat, Seat) and not seat.shared.is_closed)
    return (next(shared, None) or SharedInference(InferenceClient())).seat(name)
