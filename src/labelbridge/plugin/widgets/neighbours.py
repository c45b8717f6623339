"""Docks of one window find each other through the window, which alone holds them."""

from typing import TYPE_CHECKING

from labelbridge.plugin.widgets.refine import RefineDock

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from labelbridge.plugin.refining import Refining

__all__ = ["refinings"]


def refinings(viewer: "Viewer") -> "list[Refining]":
    """Return who corrects masks in the window of a viewer: none where there is no Refine dock."""
    docks = viewer.window.dock_widgets.values()
    return [dock.refining for dock in docks if isinstance(dock, RefineDock)]
