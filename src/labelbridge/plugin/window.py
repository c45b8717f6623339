"""napari with an image, its masks and the docks arranged."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from labelbridge.core import InputError
from labelbridge.doctor.packages import DISTRIBUTION
from labelbridge.io import find_masks, image_stem
from labelbridge.plugin.layerdata import LayerData, image_layer_data
from labelbridge.plugin.masklayers import mask_layers
from labelbridge.plugin.preferences import read_preferences
from labelbridge.plugin.presenters.journalkeeping import latest_unsaved, unsaved_sentence
from labelbridge.refine import list_journals

if TYPE_CHECKING:
    from napari import Viewer
    from npe2 import PluginManifest

__all__ = ["add_docks", "open_window", "unsaved_since"]

_SETTLED_MS = 1_000
"""Time that the window has for drawing before its picture is taken."""


def open_window(image: Path | None, *, masks: Path | None = None, picture: Path | None = None) -> None:
    """Open napari and stay until it is closed.

    Parameters
    ----------
    image
        The image to show, or None.
    masks
        Folder or file with its masks, or None.
    picture
        Where to save a picture of the window, which is then closed; None keeps it open.

    Raises
    ------
    InputError
        Where a file cannot be read, there are no masks of this image, or napari does not know the plugin.
    """
    layers, manifest = _layers(image, masks), _manifest()  # before the window: what is wrong is said at once

    import napari

    viewer = napari.Viewer(title="LabelBridge")
    for layer in layers:
        viewer.add_layer(napari.layers.Layer.create(*layer))
    add_docks(viewer, manifest, front="Bootstrap" if masks is None else "Refine")
    if picture is not None:
        _take_picture(viewer, picture)
    napari.run()


def add_docks(viewer: "Viewer", manifest: "PluginManifest", *, front: str) -> None:
    """Put the docks that the manifest names at the right, one behind the other.

    They have the names by which napari's menu knows them; one that is open already stays where it is.

    Parameters
    ----------
    viewer
        Where to put them.
    manifest
        Of the plugin.
    front
        Name of the dock to show.
    """
    from napari.plugins import menu_item_template
    from qtpy.QtCore import QTimer

    for widget in manifest.contributions.widgets or []:
        name = menu_item_template.format(manifest.display_name, widget.display_name)
        if name not in viewer.window.dock_widgets:
            dock = widget.get_callable()(viewer)
            added = viewer.window.add_dock_widget(dock, name=name, tabify=widget.tabify)
            added.setWindowTitle(widget.display_name)  # the tabs have no room for more
            if widget.display_name == front:
                QTimer.singleShot(0, added.raise_)  # tabs are made when the window is laid out


def unsaved_since(time: datetime) -> str:
    """Say, after the window was closed, which corrections are neither exported nor saved; empty where there are none.

    Parameters
    ----------
    time
        Those that have changed since count; with its time zone.
    """
    try:
        journals = list_journals(read_preferences().journal_folder)
    except InputError:
        return ""
    return unsaved_sentence(latest_unsaved(journals, time))


def _manifest() -> "PluginManifest":
    """Return what napari knows of the plugin; raise InputError where that is nothing, or it is switched off."""
    from napari.settings import get_settings
    from npe2 import PluginManager

    plugins = PluginManager.instance()
    plugins.discover()
    if DISTRIBUTION not in plugins or DISTRIBUTION in get_settings().plugins.disabled_plugins:
        raise InputError(
            f"got a napari that does not use the plugin {DISTRIBUTION}; switch it on in napari under Plugins > "
            "Install/Uninstall Plugins, or install LabelBridge again."
        )
    return plugins.get_manifest(DISTRIBUTION)


def _layers(image: Path | None, masks: Path | None) -> list[LayerData]:
    if image is None:
        return []
    layers = image_layer_data(image)
    if masks is None:
        return layers
    found = find_masks(masks)
    stem = image_stem(image)
    if stem not in found:
        raise InputError(f"{masks}: got no masks of {stem}, expected {stem}_seg-axon.png and the like; check --masks.")
    return layers + mask_layers(found[stem], image)


def _take_picture(viewer: "Viewer", picture: Path) -> None:
    from qtpy.QtCore import QTimer

    def take() -> None:
        viewer.window.screenshot(str(picture), canvas_only=False, flash=False)
        viewer.close()

    QTimer.singleShot(_SETTLED_MS, take)
