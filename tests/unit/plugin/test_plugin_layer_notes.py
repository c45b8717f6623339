"""What class layers remember."""

from pathlib import Path
from typing import Any

import numpy as np
from napari.components import ViewerModel

from labelbridge.plugin.exportlayers import ExportLayers
from labelbridge.plugin.layernotes import journal_of, models_of, note_journal, note_models
from labelbridge.plugin.viewer import add_class_layers, mask_sets

SHAPE = (20, 30)
MODELS = {"segmenter": {"name": "tem"}}


class Corrector:
    """Stands for a window's `Refining`, and remembers what it was told of."""

    def __init__(self) -> None:
        self.told: list[tuple[set[object], dict[str, Any]]] = []

    def know_saved(self, layers: Any, masks: Any) -> None:
        self.told.append((set(layers), dict(masks)))


def masks() -> dict[str, Any]:
    return {name: np.zeros(SHAPE, np.uint8) for name in ("axon", "myelin")}


def test_layers_remember_their_models_and_the_journal() -> None:
    viewer = ViewerModel()
    image = viewer.add_image(np.zeros(SHAPE), name="sem")
    layers = add_class_layers(viewer, image, masks())
    assert models_of(layers.values()) is None
    assert journal_of(layers.values()) is None
    note_models(layers.values(), MODELS)
    note_journal(layers.values(), Path("sem.journal"))
    assert models_of(layers.values()) == MODELS
    assert journal_of([layers["myelin"]]) == Path("sem.journal")
    assert mask_sets(viewer, image) == [layers], "nothing that was noted before is gone"


def test_layers_that_others_made_remember_nothing() -> None:
    viewer = ViewerModel()
    layer = viewer.add_labels(np.zeros(SHAPE, np.uint8), name="sem axon", metadata={"mine": 1})
    assert models_of([layer]) is None
    note_models([layer], MODELS)
    assert layer.metadata["mine"] == 1
    assert models_of([layer]) == MODELS


def test_who_corrects_is_told_what_was_exported() -> None:
    viewer, corrector = ViewerModel(), Corrector()
    image = viewer.add_image(np.zeros(SHAPE), name="sem")
    layers = add_class_layers(viewer, image, masks())
    note_models(layers.values(), MODELS)
    shown = ExportLayers(viewer, lambda: [corrector])  # type: ignore[list-item]
    (made,) = shown.masks(shown.images()[0])
    assert made.models == MODELS
    exported = made.snapshot()
    shown.know_exported(made, exported)
    assert corrector.told == [({layer.unique_id for layer in layers.values()}, exported)]
