"""The main job: images of U in, masks out, by one of the three paths."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labelbridge.bootstrap.segmenting import predict_at_size
from labelbridge.bootstrap.settings import BootstrapPath, TutorshipSettings
from labelbridge.bootstrap.store import kept_folder, key_of
from labelbridge.bootstrap.survey import LabeledLook, Survey, look_at_labeled, look_from_card, survey
from labelbridge.bootstrap.training import train_labeled_segmenter
from labelbridge.bootstrap.tutoring import train_tutored
from labelbridge.core import Image, InputError, LabeledImage, Prediction, Reporter, Segmenter, StageReporter
from labelbridge.io import sha256_of

__all__ = ["Bootstrap", "Plan"]


@dataclass(frozen=True)
class Plan:
    """What to do with which model.

    Attributes
    ----------
    path
        The path.
    labeled
        Labelled images of L; may be empty where a model remembers L's look.
    segmenter
        Folder of L's model: used by direct and adaptation, initial weights for tutorship.
    tutored
        Folder of a finished tutorship's model.
    scale
        U's fibre size over L's, or None to estimate it.
    settings
        How to train what must be trained.
    """

    path: BootstrapPath
    labeled: Sequence[LabeledImage] = ()
    segmenter: Path | None = None
    tutored: Path | None = None
    scale: float | None = None
    settings: TutorshipSettings = field(default_factory=TutorshipSettings)


class Bootstrap:
    """One plan carried out on a set of images of U: look, train what is missing, predict.

    Parameters
    ----------
    plan
        What to do.
    unlabeled
        All images of U at hand; they are looked at for size, polarity and style.
    reporter
        Receives progress and may ask to stop.

    Raises
    ------
    InputError
        Where the plan lacks something it needs.
    """

    def __init__(self, plan: Plan, unlabeled: Sequence[Image], reporter: Reporter | None = None) -> None:
        self._plan = plan
        self._unlabeled = list(unlabeled)
        self._reporter = reporter or Reporter()
        _check(plan)
        self.survey: Survey = survey(self._look(), self._unlabeled, scale=plan.scale)
        self._model_folder: Path | None = None

    def predict(self, images: Sequence[Image]) -> Iterator[tuple[Image, Prediction]]:
        """Give each image with its prediction, one after the other; trains first where no model is at hand."""
        segmenter = self._segmenter()
        for index, image in enumerate(images):
            reporter = StageReporter(self._reporter, f"{image.name} ({index + 1} of {len(images)})")
            yield image, self._predicted(image, segmenter, reporter)

    def model_record(self) -> dict[str, object]:
        """Return what the provenance says of the model in use: its name, kind and the hashes of its files."""
        from labelbridge.segment import read_card

        folder = self._model_folder
        if folder is None:
            return {}
        card = read_card(folder)
        files = _hashes(folder)
        return {"name": card.name, "kind": card.kind, "structure_size_px": card.structure_size_px, "files": files}

    def _predicted(self, image: Image, segmenter: Segmenter, reporter: Reporter) -> Prediction:
        fibre_px = self.survey.fibre_px(image)
        if self._plan.path == "adaptation":
            image = self.survey.translator(fibre_px).to_labeled(image, reporter)
        return predict_at_size(segmenter, image, fibre_px, reporter)

    def _look(self) -> LabeledLook:
        if self._plan.labeled:
            return look_at_labeled(self._plan.labeled, self._plan.settings.fibre_px)
        from labelbridge.segment import read_card

        folder = self._plan.tutored or self._plan.segmenter
        assert folder is not None
        return look_from_card(read_card(folder))

    def _segmenter(self) -> Segmenter:
        from labelbridge.segment.nnunet.predict import NnUnetSegmenter

        self._model_folder = self._find_model()
        return NnUnetSegmenter.load(self._model_folder, device=self._plan.settings.device)

    def _find_model(self) -> Path:
        """Return the model given, or the one kept for this data and these settings; trains it, or goes on training."""
        plan = self._plan
        given = plan.tutored if plan.path == "tutorship" else plan.segmenter
        if given:
            return given
        if plan.path == "tutorship":
            chosen = plan.settings.model_dump(mode="json", exclude={"device"})
            chosen |= {"initial": _hashes(plan.segmenter) if plan.segmenter else {}, "scale": plan.scale}
            return _kept(kept_folder("tutored", key_of(plan.labeled, self._unlabeled, chosen)), self._train_tutored)
        chosen = plan.settings.model_dump(mode="json", exclude={"device", "styled_images"})
        return _kept(kept_folder("segmenter", key_of(plan.labeled, (), chosen)), self._train_labeled)

    def _train_tutored(self, work: Path, out: Path) -> None:
        plan = self._plan
        train_tutored(
            plan.labeled, self.survey, plan.settings, work, out, initial=plan.segmenter, reporter=self._reporter
        )

    def _train_labeled(self, work: Path, out: Path) -> None:
        chosen = self._plan.settings
        train_labeled_segmenter(
            self._plan.labeled,
            work,
            out,
            preset=chosen.preset,
            seed=chosen.seed,
            device=chosen.device,
            fibre_px=chosen.fibre_px,
            features=chosen.features,
            reporter=self._reporter,
        )


def _kept(folder: Path, train: Callable[[Path, Path], None]) -> Path:
    if not (folder / "result").exists():
        (folder / "work").mkdir(parents=True, exist_ok=True)
        train(folder / "work", folder / "result")
    shutil.rmtree(folder / "work", ignore_errors=True)
    return folder / "result"


def _hashes(model: Path) -> dict[str, str]:
    """Return the hash of each file of a model folder."""
    files = sorted(file for file in model.rglob("*") if file.is_file())
    return {file.relative_to(model).as_posix(): sha256_of(file) for file in files}


def _check(plan: Plan) -> None:
    if plan.labeled:
        return
    if plan.path == "tutorship" and plan.tutored is None:
        raise InputError("got no labelled images, expected some for tutorship: give --labeled DIR, or --tutored DIR.")
    if plan.path != "tutorship" and plan.segmenter is None:
        raise InputError(
            f"got neither labels nor a model for {plan.path}: give --labeled DIR, --segmenter DIR or both."
        )
