"""The main job: images of U in, masks out, by one of the three paths."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labelbridge.bootstrap.loadedmodels import LoadedModels
from labelbridge.bootstrap.segmenting import predict_at_size
from labelbridge.bootstrap.settings import BootstrapPath, TutorshipSettings
from labelbridge.bootstrap.store import file_hashes, kept_folder, key_of
from labelbridge.bootstrap.survey import (
    LabeledLook,
    Survey,
    look_at_examples,
    look_at_labeled,
    look_from_card,
    look_from_translator,
    survey,
)
from labelbridge.bootstrap.training import train_labeled_segmenter
from labelbridge.bootstrap.translators import translator_record
from labelbridge.bootstrap.tutoring import train_tutored
from labelbridge.core import (
    Image,
    InputError,
    LabeledImage,
    ModelCard,
    Prediction,
    Reporter,
    Segmenter,
    StageReporter,
    Translator,
    check_overlap,
)
from labelbridge.translate import read_translator_card

__all__ = ["Bootstrap", "Plan"]

_RESULT = "result"


@dataclass(frozen=True)
class Plan:
    """What to do with which model.

    Attributes
    ----------
    path
        The path.
    labeled
        Labelled images of L; may be empty where a model is given.
    examples
        Images of L without labels, which show its look where `labeled` is empty and the model does not remember it.
    segmenter
        Folder of L's model: used by direct and adaptation, initial weights for tutorship.
    tutored
        Folder of a finished tutorship's model.
    translator
        Folder of a trained translator, used by adaptation and tutorship in place of the `intensity` translator.
    scale
        U's fibre size over L's, or None to estimate it.
    tile_overlap
        Part of its side that a tile shares with the next one, 0 to 0.75, when images are segmented and, by a trained
        translator, translated; None takes what is usual for each network. Trainings have their own.
    settings
        How to train what must be trained.
    """

    path: BootstrapPath
    labeled: Sequence[LabeledImage] = ()
    examples: Sequence[Image] = ()
    segmenter: Path | None = None
    tutored: Path | None = None
    translator: Path | None = None
    scale: float | None = None
    tile_overlap: float | None = None
    settings: TutorshipSettings = field(default_factory=TutorshipSettings)


class Bootstrap:
    """One plan carried out on a set of images of U: look, train what is missing, predict.

    Parameters
    ----------
    plan
        What to do.
    unlabeled
        All images of U at hand; they are looked at for size, polarity and style. May be a sequence that reads them
        when it is asked for them.
    reporter
        Receives progress and may ask to stop.
    models
        Holds models that several bootstraps use one after the other, or None for models of its own.

    Attributes
    ----------
    survey
        How L and U compare; None where nothing is known of L's look, which only `direct` can do without.

    Raises
    ------
    InputError
        Where the plan lacks something it needs.
    """

    def __init__(
        self,
        plan: Plan,
        unlabeled: Sequence[Image],
        reporter: Reporter | None = None,
        models: LoadedModels | None = None,
    ) -> None:
        self._plan = plan
        self._models = models or LoadedModels()
        self._unlabeled = unlabeled
        self._reporter = reporter or Reporter()
        _check(plan)
        look = self._look()
        self.survey: Survey | None = survey(look, unlabeled, scale=plan.scale) if look else None
        self._model_folder: Path | None = None

    def sentences(self) -> list[str]:
        """Say what was found, a sentence each."""
        if self.survey:
            return self.survey.sentences()
        at = f"at the scale given ({self._plan.scale:g})" if self._plan.scale else "as they are"
        if not self._plan.scale and self._model_pixel_size():
            at = f"at its pixel size of {self._model_pixel_size():g} um where theirs is known, else as they are"
        return [f"the model does not remember how large its fibres were: images are segmented {at}"]

    def predict(self, images: Sequence[Image]) -> Iterator[tuple[Image, Prediction]]:
        """Give each image with its prediction, one after the other; trains first where no model is at hand."""
        segmenter = self._segmenter()
        for index, image in enumerate(images):
            reporter = StageReporter(self._reporter, f"{image.name} ({index + 1} of {len(images)})")
            yield image, self._predicted(image, segmenter, reporter)[1]

    def predict_seen(self, image: Image) -> tuple[Image, Prediction]:
        """Return the image as the model saw it, in `adaptation` made to look like L, and its prediction; may train."""
        return self._predicted(image, self._segmenter(), self._reporter)

    def needs_training(self) -> bool:
        """Return whether a model must be trained, or its training finished, before the first prediction."""
        return self._given() is None and not self.model_folder().exists()

    def model_folder(self) -> Path:
        """Return the folder of the model that predicts: the one given, or where the trained one is or will be."""
        return self._given() or self._kept_model() / _RESULT

    def records(self) -> dict[str, object]:
        """Return what the provenance says of all models in use, by their role."""
        translator = {"translator": translator_record(self._plan.translator)} if self._plan.translator else {}
        return {"segmenter": self._segmenter_record(), **translator}

    def _segmenter_record(self) -> dict[str, object]:
        """Return the name, kind and structure size of the model in use, and the hashes of its files."""
        from labelbridge.segment import read_card

        folder = self._model_folder
        if folder is None:
            return {}
        card = read_card(folder)
        files = file_hashes(folder)
        return {"name": card.name, "kind": card.kind, "structure_size_px": card.structure_size_px, "files": files}

    def _predicted(self, image: Image, segmenter: Segmenter, reporter: Reporter) -> tuple[Image, Prediction]:
        factor = self._factor(image, segmenter)
        if self._plan.path == "adaptation" and self.survey:
            image = self._translator(self.survey, image).to_labeled(image, reporter)
        return image, predict_at_size(segmenter, image, factor, reporter)

    def _translator(self, found: Survey, image: Image) -> Translator:
        """Return what makes an image of U look like L."""
        fibre_px, chosen = found.fibre_px(image), self._plan.settings
        if self._plan.translator is None:
            return found.translator(fibre_px)
        own = self._models.translator(self._plan.translator, chosen.device, chosen.seed, self._plan.tile_overlap)
        return own.at(fibre_px)

    def _factor(self, image: Image, segmenter: Segmenter) -> float:
        """Return how much larger the model wants the image: a model that does not say was trained on L as it is."""
        if self.survey:
            wanted = segmenter.structure_size_px or self.survey.labeled.size_px
            return wanted / self.survey.fibre_px(image)
        if self._plan.scale:
            return 1 / self._plan.scale
        trained_um = self._model_pixel_size()
        return image.pixel_size_um / trained_um if trained_um and image.pixel_size_um else 1.0

    def _look(self) -> LabeledLook | None:
        """Look at L; None where there is nothing to look at and the path can do without."""
        plan = self._plan
        card = self._given_card()
        size_px = plan.settings.fibre_px if card is None or card.structure_size_px else None
        if plan.labeled:
            return look_at_labeled(plan.labeled, size_px)
        if plan.examples:
            return look_at_examples(plan.examples, size_px)
        assert card is not None
        if plan.translator and card.style is None:
            return look_from_translator(read_translator_card(plan.translator))
        return look_from_card(card) if card.style or plan.path != "direct" else None

    def _given(self) -> Path | None:
        """Return the model given to predict with, if one is."""
        return self._plan.tutored if self._plan.path == "tutorship" else self._plan.segmenter

    def _given_card(self) -> ModelCard | None:
        from labelbridge.segment import read_card

        folder = self._given()
        return read_card(folder) if folder else None

    def _model_pixel_size(self) -> float | None:
        card = self._given_card()
        return card.pixel_size_um if card else None

    def _segmenter(self) -> Segmenter:
        self._model_folder = self._find_model()
        return self._models.segmenter(self._model_folder, self._plan.settings.device, self._plan.tile_overlap)

    def _find_model(self) -> Path:
        """Return the model given, or the one kept for this data and these settings; trains it, or goes on training."""
        train = self._train_tutored if self._plan.path == "tutorship" else self._train_labeled
        return self._given() or _kept(self._kept_model(), train)

    def _kept_model(self) -> Path:
        """Return the folder where the model for this data and these settings is kept or will be."""
        plan = self._plan
        if plan.path == "tutorship":
            without = {"device"} if plan.translator else {"device", "translated_share"}
            chosen = plan.settings.model_dump(mode="json", exclude=without)
            chosen |= {"initial": file_hashes(plan.segmenter) if plan.segmenter else {}, "scale": plan.scale}
            if plan.translator:
                chosen |= {"translator": file_hashes(plan.translator)}
            return kept_folder("tutored", key_of(plan.labeled, self._unlabeled, chosen))
        chosen = plan.settings.model_dump(mode="json", exclude={"device", "styled_images", "translated_share"})
        return kept_folder("segmenter", key_of(plan.labeled, (), chosen))

    def _train_tutored(self, work: Path, out: Path) -> None:
        plan = self._plan
        assert self.survey is not None  # a tutorship that trains has labels
        train_tutored(
            plan.labeled,
            self.survey,
            plan.settings,
            work,
            out,
            initial=plan.segmenter,
            translator=plan.translator,
            reporter=self._reporter,
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
    if not (folder / _RESULT).exists():
        (folder / "work").mkdir(parents=True, exist_ok=True)
        train(folder / "work", folder / _RESULT)
    shutil.rmtree(folder / "work", ignore_errors=True)
    return folder / _RESULT


def _check(plan: Plan) -> None:
    check_overlap(plan.tile_overlap)
    if plan.translator:
        _check_translator(plan, plan.translator)
    if plan.labeled:
        return
    if plan.path == "tutorship" and plan.tutored is None:
        raise InputError("got no labelled images, expected some for tutorship: give --labeled DIR, or --tutored DIR.")
    if plan.path != "tutorship" and plan.segmenter is None:
        raise InputError(
            f"got neither labels nor a model for {plan.path}: give --labeled DIR, --segmenter DIR or both."
        )


def _check_translator(plan: Plan, folder: Path) -> None:
    if plan.path == "direct":
        raise InputError(
            "got a translator for direct, which takes images as they are: leave --translator out, or choose --path "
            "adaptation or tutorship."
        )
    if plan.tutored:
        raise InputError("got a translator beside the model of a finished tutorship, which needs none: give one alone.")
    read_translator_card(folder)
