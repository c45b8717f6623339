"""From an image and its masks in the viewer to their correction, and back."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, Signal

from labelbridge.core import AnyArray, FloatArray, InputError, LabelMap
from labelbridge.plugin.correcting import Correcting
from labelbridge.plugin.layernotes import journal_of, models_of, note_journal, note_models
from labelbridge.plugin.masks import empty_masks, make_ready
from labelbridge.plugin.preferences import read_preferences
from labelbridge.plugin.presenters.identity import image_identity
from labelbridge.plugin.presenters.journalkeeping import JournalKeeping
from labelbridge.plugin.presenters.preferences import Preferences
from labelbridge.plugin.presenters.refine import RefinePresenter
from labelbridge.plugin.presenters.reviewing import Evidence
from labelbridge.plugin.presenters.session import CorrectionSession
from labelbridge.plugin.presenters.shownimage import GreyWindows
from labelbridge.plugin.timers import single_shot
from labelbridge.plugin.viewer import (
    add_class_layers,
    find_beside,
    image_layers,
    image_shape,
    mark_corrected,
    mask_sets,
)
from labelbridge.plugin.workers import TaskWorker, close_workers
from labelbridge.refine import MaskOrigin

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from napari.components import ViewerModel
    from napari.layers import Image, Labels

    from labelbridge.plugin.presenters.reviewing import PathsOf
    from labelbridge.refine import JournalInfo

__all__ = ["Refining"]

_BEGUN_MS = 1_500
"""A journal that has begun is looked at when what it begins with is on the disk."""


class Refining(QObject):
    """Begins, restores and ends the correction of images in one viewer; without a widget.

    Attributes
    ----------
    presenter
        The state of the dock.
    keeping
        The journals of all images.
    changed
        Emitted when a correction has begun or ended.
    suggested
        Emitted with an image layer that somebody has opened to be corrected.
    noticed
        Emitted with one sentence about something that was done for the user.
    problem
        Emitted, in the window's thread, with one sentence where edits are not kept on the disk, and with an empty one
        once they are.
    """

    changed = Signal()
    suggested = Signal(object)
    noticed = Signal(str)
    problem = Signal(str)
    _problem_arrived = Signal(object)

    def __init__(self, viewer: "ViewerModel") -> None:
        super().__init__()
        self._viewer = viewer
        ranking, repairs, listing = self._workers = TaskWorker(), TaskWorker(), TaskWorker()
        self.presenter = RefinePresenter(ranking, repairs, Preferences.of({}).journal_folder)
        self.keeping = JournalKeeping(listing, self._use_preferred_folder)
        self._look_soon = single_shot(self, _BEGUN_MS, self.keeping.look)
        self._correcting: Correcting | None = None
        self._problem_arrived.connect(lambda problem: self.problem.emit(problem or ""))

    @property
    def correcting(self) -> Correcting | None:
        """What ties the correction to the viewer; None where there is none."""
        return self._correcting

    def sets(self, image_layer: "Image") -> "list[dict[str, Labels]]":
        """Return the sets of class layers of an image, the oldest first."""
        return mask_sets(self._viewer, image_layer)

    def images(self) -> "list[Image]":
        """Return the image layers, the topmost last."""
        return image_layers(self._viewer)

    def begin(self, image_layer: "Image", layers: "Mapping[str, Labels] | None") -> None:
        """Correct class layers of an image; None begins with empty masks. What cannot be is said in one sentence."""
        try:
            plane, folder = _plane(image_layer), self._use_preferred_folder()
            chosen = layers or add_class_layers(self._viewer, image_layer, empty_masks(image_shape(image_layer)))
            notices = make_ready(chosen, image_shape(image_layer))
            session = CorrectionSession.begin(
                {name: layer.data for name, layer in chosen.items()},
                folder=folder,
                image=image_layer.name,
                image_id=image_identity(plane),
                origin=self._origin(image_layer, layers),
            )
        except InputError as error:
            self.presenter.said.emit(str(error))
            return
        self._take(image_layer, chosen, session, self._other_paths(image_layer, chosen))
        for notice in notices:
            self.noticed.emit(notice)

    def restore(self, image_layer: "Image", journal: "JournalInfo") -> None:
        """Bring back the masks that a journal holds, as layers of their own, and go on correcting them."""
        try:
            session = CorrectionSession.restore(journal.path)
        except InputError as error:
            self.presenter.said.emit(str(error))
            return
        for layers in self.sets(image_layer):
            for layer in layers.values():
                layer.visible = False
        layers = add_class_layers(self._viewer, image_layer, session.history.layers)
        if session.origin.models is not None:
            note_models(layers.values(), session.origin.models)
        self._take(image_layer, layers, session, None)
        self.presenter.said.emit("The masks are as they were last, and all that could be undone still can.")

    def journals(self, image_layer: "Image") -> "list[JournalInfo]":
        """Return the corrections of an image that can be restored, the latest first."""
        try:
            self._use_preferred_folder()
            identity = image_identity(_plane(image_layer))
        except InputError:
            return []
        return self.presenter.journals(identity, image_shape(image_layer))

    def know_saved(self, layers: "Collection[object]", masks: "Mapping[str, AnyArray]") -> None:
        """Note in the journal of class layers that their masks were exported or saved.

        Parameters
        ----------
        layers
            The viewer's own names of the layers.
        masks
            As they were exported or saved, by class name, (Y, X), 0 outside; nobody else changes them.
        """
        correcting, session = self._correcting, self.presenter.session
        if correcting and session and {layer.unique_id for layer in correcting.layers.values()} == set(layers):
            session.note_saved(masks)
        elif journal := journal_of(layer for layer in self._viewer.layers if layer.unique_id in layers):
            self.keeping.note_saved(journal, masks)

    def end(self) -> None:
        """End the correction; all of it is on the disk afterwards."""
        correcting, self._correcting = self._correcting, None
        session = self.presenter.session
        if correcting is not None:
            correcting.close()
            self.presenter.release()
            if session and session.journal_path:
                note_journal(correcting.layers.values(), session.journal_path)
            self.changed.emit()

    def close(self) -> None:
        """End everything, as the window closes."""
        self._look_soon.stop()
        self.end()
        close_workers(self._workers)

    def _use_preferred_folder(self) -> Path:
        """Return the folder of the journals as it is preferred now; raises InputError where it cannot be used."""
        self.presenter.folder = read_preferences().journal_folder
        return self.presenter.folder

    def _take(
        self,
        image_layer: "Image",
        layers: "Mapping[str, Labels]",
        session: CorrectionSession,
        paths_of: "PathsOf | None",
    ) -> None:
        self.end()
        mark_corrected(self._viewer, image_layer, layers)
        session.problem.connect(self._problem_arrived.emit)
        session.journal_begun.connect(self._on_journal_begun)
        image = GreyWindows(image_layer.name, _plane(image_layer), image_layer.rgb)
        evidence = Evidence(self._uncertainty(image_layer), paths_of, image if image.is_readable else None)
        self.presenter.take(session, evidence)
        self._correcting = Correcting(self._viewer, image_layer, layers, session, self.presenter)
        self._correcting.stopped.connect(self._on_stopped)
        self._correcting.noticed.connect(self.noticed)
        self.changed.emit()

    def _on_journal_begun(self) -> None:
        self._look_soon.start()

    def _on_stopped(self, sentence: str) -> None:
        self.end()
        self.presenter.said.emit(sentence)

    def _uncertainty(self, image_layer: "Image") -> FloatArray | None:
        layer = find_beside(self._viewer, image_layer, "uncertainty")
        if layer is None or tuple(layer.data.shape) != image_shape(image_layer):
            return None
        return np.asarray(layer.data, np.float32)

    def _other_paths(self, image_layer: "Image", layers: "Mapping[str, Labels]") -> "PathsOf":
        """Return what gives the masks of further runs: where they disagree, one of them is wrong."""
        own = {layer.unique_id for layer in layers.values()}
        shape = image_shape(image_layer)
        others = {
            f"run {number}": {name: np.asarray(one.data) for name, one in run.items()}
            for number, run in enumerate(self.sets(image_layer), start=1)
            if not own & {one.unique_id for one in run.values()}
            and {tuple(one.data.shape) for one in run.values()} == {shape}
        }
        return lambda: {
            run: LabelMap.from_masks({name: mask != 0 for name, mask in masks.items()}) for run, masks in others.items()
        }

    def _origin(self, image_layer: "Image", layers: "Mapping[str, Labels] | None") -> MaskOrigin:
        if not layers:
            return MaskOrigin(first_masks="none")
        models = models_of(layers.values())
        is_bootstrapped = models is not None or find_beside(self._viewer, image_layer, "uncertainty") is not None
        return MaskOrigin(
            first_masks="bootstrapped" if is_bootstrapped else "unknown",
            models=None if models is None else dict(models),
        )


def _plane(image_layer: "Image") -> Any:
    """Return what gives the image's rows; raises InputError where it is no single plane."""
    if image_layer.ndim != 2:
        raise InputError(
            f"{image_layer.name}: got an image of {image_layer.ndim} axes, expected a single plane; make a layer of "
            "one plane of the stack and choose that."
        )
    return image_layer.data[0] if image_layer.multiscale else image_layer.data
