"""Docks of one window find each other through the window, which alone holds them."""

from typing import TYPE_CHECKING

from labelbridge.bootstrap.server import InferenceClient
from labelbridge.plugin.presenters.sharedinference import Seat, SharedInference
from labelbridge.plugin.widgets.refine import RefineDock

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from labelbridge.plugin.refining import Refining

__all__ = ["refinings", "take_seat"]


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
