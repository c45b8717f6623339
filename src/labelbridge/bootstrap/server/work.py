"""The child's work: requests in, answers out, with models and the latest bootstrap kept in memory."""

import gc
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypeVar

from labelbridge.bootstrap.advice.found import Advice
from labelbridge.bootstrap.loadedmodels import LoadedModels, stamp_of
from labelbridge.bootstrap.run import Bootstrap
from labelbridge.bootstrap.server.messages import AdviceRequest, Request, SetsRequest, TrialRequest, Using
from labelbridge.bootstrap.server.parcels import read_parcel
from labelbridge.bootstrap.server.reporting import ChildReporter
from labelbridge.bootstrap.server.results import Findings, Outcome, findings_of
from labelbridge.bootstrap.sets.found import SetsFound
from labelbridge.bootstrap.store import key_of
from labelbridge.bootstrap.tasks.tutorship import TutorshipTask
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.bootstrap.trial.forecast import Trial
from labelbridge.core import Image, LabeledImage, lacks_memory, resolve_device

__all__ = ["Worker"]

_Answers: TypeAlias = Findings | Outcome | Advice | SetsFound | Trial
_Labeled: TypeAlias = tuple[Sequence[LabeledImage], Sequence[Image]]
_Planned = TypeVar("_Planned", bound=Request)
_Answer = TypeVar("_Answer")
_STAGE = "looking at the images"


class Worker:
    """Answers one request after the other.

    Parameters
    ----------
    reporter
        Carries progress to the window and its wish to stop back.
    """

    def __init__(self, reporter: ChildReporter) -> None:
        self._reporter = reporter
        self._models = LoadedModels()
        self._labeled: tuple[Path, _Labeled] | None = None
        self._latest: tuple[str, Bootstrap] | None = None

    def answer(self, parcel: Path, labeled_parcel: Path | None) -> _Answers:
        """Answer the request in a parcel; on the CPU where the memory of a graphics card is not enough for it."""
        request: Request | SetsRequest | TrialRequest = read_parcel(parcel, own=False)
        if isinstance(request, SetsRequest):
            return self._look_at_sets(request.task)
        if isinstance(request, TrialRequest):
            return self._try_training(request.task)
        assert labeled_parcel is not None  # comes with every such request
        planned = self._with_labeled(request, labeled_parcel)
        if isinstance(planned, AdviceRequest):
            return self._within_memory(planned, self._advise)
        if planned.image is None:
            return findings_of(self._bootstrap(planned, labeled_parcel), planned.plan, planned.unlabeled)
        return self._within_memory(planned, partial(self._masks, planned.image, labeled_parcel))

    def _look_at_sets(self, task: TranslatorTask | TutorshipTask) -> SetsFound:
        from labelbridge.bootstrap.sets.preview import look_at_sets

        return look_at_sets(task, self._reporter)

    def _try_training(self, task: TranslatorTask | TutorshipTask) -> Trial:
        """Let go of what earlier requests have left in memory, which the training will not find there."""
        from labelbridge.bootstrap.trial.trying import try_training

        self._free_memory(resolve_device(task.device).type)
        return try_training(task, self._reporter)

    def _within_memory(self, request: _Planned, answer: Callable[[_Planned, str], _Answer]) -> _Answer:
        """Answer on the device that was asked for, or on the CPU where its memory is not enough."""
        device = resolve_device(request.plan.settings.device).type
        self._reporter.send(Using(device))
        try:
            return answer(request, device)
        except Exception as error:
            if device == "cpu" or not lacks_memory(error):
                raise
        self._free_memory(device)
        self._reporter.say(f"The memory of {device} is not enough: it goes on with the CPU, which takes longer.")
        self._reporter.send(Using("cpu"))
        return answer(request.on_cpu(), "cpu")

    def _masks(self, image: Image, labeled_parcel: Path, request: Request, device: str) -> Outcome:
        job = self._bootstrap(request, labeled_parcel)
        seen, prediction = job.predict_seen(image)
        return Outcome(prediction, None if seen is image else seen.data, job.records(), device)

    def _advise(self, request: AdviceRequest, device: str) -> Advice:
        from labelbridge.bootstrap.advice.advising import advise

        return advise(request.plan, request.unlabeled, self._reporter, self._models, minutes=request.minutes)

    def _bootstrap(self, request: Request, labeled_parcel: Path) -> Bootstrap:
        """Return the latest bootstrap where nothing has changed, else look at the images anew."""
        self._reporter.progress(0, 1, _STAGE)
        self._reporter.checkpoint()
        key = _key(request, labeled_parcel)
        if self._latest is None or self._latest[0] != key:
            self._latest = None
            self._latest = key, Bootstrap(request.plan, request.unlabeled, self._reporter, self._models)
        self._reporter.progress(1, 1, _STAGE)
        return self._latest[1]

    def _with_labeled(self, request: _Planned, labeled_parcel: Path) -> _Planned:
        if self._labeled is None or self._labeled[0] != labeled_parcel:
            self._labeled = self._latest = None
            self._labeled = labeled_parcel, read_parcel(labeled_parcel, own=False)
        labeled, examples = self._labeled[1]
        return replace(request, plan=replace(request.plan, labeled=labeled, examples=examples))

    def _free_memory(self, device: str) -> None:
        import torch

        self._latest = None
        self._models.forget()
        gc.collect()
        if device != "cpu":
            (torch.mps if device == "mps" else torch.cuda).empty_cache()


def _key(request: Request, labeled_parcel: Path) -> str:
    """Return a hash of all that a bootstrap is made from."""
    plan = request.plan
    models = {"segmenter": plan.segmenter, "tutored": plan.tutored, "translator": plan.translator}
    chosen = {
        "names": [image.name for image in request.unlabeled],
        "models": {role: stamp_of(folder) for role, folder in models.items() if folder},
        "labeled": labeled_parcel,
        "path": plan.path,
        "scale": plan.scale,
        "tile_overlap": plan.tile_overlap,
        "absent": (plan.absent.everywhere, sorted(plan.absent.by_image.items())),
        "settings": plan.settings.model_dump(mode="json"),
        "minutes": plan.minutes,
    }
    return key_of((), request.unlabeled, chosen)
