"""What the Export dock sees in the viewer: images, sets of class layers, and their corrections in work."""

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from labelbridge.core import AXON, MYELIN, AnyArray
from labelbridge.plugin.bootstraplayers import shown_images
from labelbridge.plugin.layernotes import models_of
from labelbridge.plugin.presenters.exportreview import KnownReview
from labelbridge.plugin.presenters.shownimage import ShownImage
from labelbridge.plugin.presenters.shownmasks import ShownMasks
from labelbridge.plugin.viewer import METADATA_KEY, mask_sets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari.components import ViewerModel
    from napari.layers import Image, Labels

    from labelbridge.plugin.refining import Refining

__all__ = ["ExportLayers"]

_NUMBER = r"(?: \d+)?(?: \[\d+\])?"
"""What stands behind the class in a layer's name: the number of the set, and the one that napari adds."""


class ExportLayers:
    """Looks at a viewer for the presenter.

    Parameters
    ----------
    viewer
        The viewer.
    refinings
        Gives who corrects masks in this window.
    """

    def __init__(self, viewer: "ViewerModel", refinings: "Callable[[], Iterable[Refining]]") -> None:
        self._viewer, self._refinings = viewer, refinings

    def images(self) -> list[ShownImage]:
        """Return the images, the topmost last."""
        return shown_images(self._viewer)

    def masks(self, image: ShownImage) -> list[ShownMasks]:
        """Return the sets of class layers of an image, the oldest first."""
        layer: Image = image.layer
        sets = mask_sets(self._viewer, layer)
        return [_shown(layers, _title(layers, number, len(sets))) for number, layers in enumerate(sets, start=1)]

    def truths(self, masks: ShownMasks) -> list[ShownMasks]:
        """Return all other Labels layers that are named after a class, those of one image together."""
        from napari.layers import Labels

        found: dict[str, dict[str, Labels]] = {}
        for layer in self._viewer.layers:
            place = _place_of(layer) if isinstance(layer, Labels) and layer.unique_id not in masks.layers else None
            if place:
                found.setdefault(place[0], {}).setdefault(place[1], layer)
        return [_shown(layers, f"{image} ({', '.join(layers)})") for image, layers in found.items()]

    def review(self, masks: ShownMasks) -> KnownReview | None:
        """Record what is painted, and return what the correction of these masks says; None where none is in work."""
        for refining in self._refinings():
            correcting, session = refining.correcting, refining.presenter.session
            if correcting is None or session is None:
                continue
            fibres = session.fibre_rows()
            if {layer.unique_id for layer in correcting.layers.values()} == set(masks.layers):
                return KnownReview.running(fibres)
        return None

    def know_exported(self, masks: ShownMasks, exported: "Mapping[str, AnyArray]") -> None:
        """Take note of what was exported of these masks: who corrects them knows it from then on."""
        for refining in self._refinings():
            refining.know_saved(masks.layers, exported)


def _shown(layers: "Mapping[str, Labels]", title: str) -> ShownMasks:
    names = ", ".join(f"'{layer.name}'" for layer in layers.values())
    return ShownMasks(
        tuple(layer.unique_id for layer in layers.values()),
        title,
        f"The layers {names}.",
        {name: layer.data[0] if layer.multiscale else layer.data for name, layer in layers.items()},
        models_of(layers.values()),
    )


def _title(classes: Iterable[str], number: int, count: int) -> str:
    return ", ".join(classes) + (f" ({number})" if count > 1 else "")


def _place_of(layer: "Labels") -> tuple[str, str] | None:
    """Return image (with the number of the set) and class, as a layer's name says them; None where it names none."""
    notes = layer.metadata.get(METADATA_KEY, {})
    if "shows" in notes:
        return None
    names = "|".join(re.escape(one) for one in dict.fromkeys((notes.get("class"), AXON, MYELIN)) if one)
    match = re.fullmatch(rf"(.+) ({names})({_NUMBER})", layer.name)
    return (match[1] + match[3], match[2]) if match else None
