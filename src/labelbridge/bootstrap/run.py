"""The main job: images of U in, masks out, by one of the three paths."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from labelbridge.bootstrap.loadedmodels import LoadedModels
from labelbridge.bootstrap.plan import Plan, check_plan
from labelbridge.bootstrap.plannedmodel import PlannedModel
from labelbridge.bootstrap.probabilities import Probabilities
from labelbridge.bootstrap.segmenting import predict_at_size, probabilities_at_size
from labelbridge.bootstrap.store import file_hashes
from labelbridge.bootstrap.survey import (
    LabeledLook,
    Survey,
    look_at_examples,
    look_at_labeled,
    look_from_card,
    look_from_translator,
    survey,
)
from labelbridge.bootstrap.translators.use import translator_record
from labelbridge.core import Image, ModelCard, Prediction, Reporter, Segmenter, Translator
from labelbridge.translate import read_translator_card

__all__ = ["Bootstrap"]


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
    training
        The same for what must be trained first; by default `reporter`.
    models
        Holds models that several bootstraps use one after the other, or None for models of its own.

    Attributes
    ----------
    survey
        How L and U compare; None where nothing is known of L's look, which only `direct` can do without.

    Raises
    ------
    InputError
        Where the plan lacks something it needs, or names a class that there is not.
    """

    def __init__(
        self,
        plan: Plan,
        unlabeled: Sequence[Image],
        reporter: Reporter | None = None,
        models: LoadedModels | None = None,
        *,
        training: Reporter | None = None,
    ) -> None:
        check_plan(plan)
        self._models = models or LoadedModels()
        self._reporter = reporter or Reporter()
        card = _card_of(plan)
        plan.absent.check(card.classes[1:] if card else plan.labeled[0].labels.classes.foreground)
        look = _look_at(plan, card)
        self.survey: Survey | None = survey(look, unlabeled, scale=plan.scale) if look else None
        self._given_um = card.pixel_size_um if card else None
        self._model = PlannedModel(plan, self.survey, unlabeled, training or self._reporter)
        self._model_folder: Path | None = None

    @property
    def plan(self) -> Plan:
        """What is done; where there was a time, with the length and the rounds that were chosen, once they are."""
        return self._model.plan

    def sentences(self) -> list[str]:
        """Say what was found, a sentence each."""
        if self.survey:
            return self.survey.sentences()
        at = f"at the scale given ({self.plan.scale:g})" if self.plan.scale else "as they are"
        if not self.plan.scale and self._given_um:
            at = f"at its pixel size of {self._given_um:g} um where theirs is known, else as they are"
        return [f"the model does not remember how large its fibres were: images are segmented {at}"]

    def predict(self, images: Sequence[Image], *, before: int = 0) -> Iterator[tuple[Image, Prediction]]:
        """Give each image with its prediction, one after the other; trains first where no model is at hand.

        So many images `before` these belong to the same run and are behind us.
        """
        self._model.decide(before + len(images))
        segmenter = self._segmenter()
        for index, image in enumerate(images, start=before):
            reporter = self._reporter.part(index, before + len(images), image.name)
            yield image, self._predicted(image, segmenter, reporter)[1]

    def predict_seen(self, image: Image) -> tuple[Image, Prediction]:
        """Return the image as the model saw it, in `adaptation` made to look like L, and its prediction; may train."""
        return self._predicted(image, self._segmenter(), self._reporter)

    def probabilities(self, image: Image) -> Probabilities:
        """Return what the first look of `predict` decides by, at the size that the model sees the image; may train."""
        segmenter = self._segmenter()
        seen, factor = self._seen(image, segmenter, self._reporter)
        return probabilities_at_size(segmenter, seen, factor, self._reporter, self.plan.absent.of(image.name))

    def needs_training(self) -> bool:
        """Return whether a model must be trained, or its training finished, before the first prediction."""
        return self._model.is_missing()

    def model_folder(self) -> Path:
        """Return the folder of the model that predicts: the one given, or where the trained one is or will be.

        Where the plan has a time, some seconds of its training may be tried first, see `combinations`.
        """
        return self._model.folder()

    def records(self) -> dict[str, object]:
        """Return what the provenance says of all models in use, by their role."""
        translator = {"translator": translator_record(self.plan.translator)} if self.plan.translator else {}
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
        seen, factor = self._seen(image, segmenter, reporter)
        absent = self.plan.absent.of(image.name)
        closer = None if self.plan.path == "direct" else segmenter.unmirrored()
        return seen, predict_at_size(segmenter, seen, factor, reporter, absent, self._temperature(), closer)

    def _seen(self, image: Image, segmenter: Segmenter, reporter: Reporter) -> tuple[Image, float]:
        """Return the image as the model sees it, at its own size, and how much larger the model wants it."""
        factor = self._factor(image, segmenter)
        if self.plan.path == "adaptation" and self.survey:
            image = self._translator(self.survey, image).to_labeled(image, reporter)
        return image, factor

    def _translator(self, found: Survey, image: Image) -> Translator:
        """Return what makes an image of U look like L."""
        fibre_px, chosen = found.fibre_px(image), self.plan.settings
        if self.plan.translator is None:
            return found.translator(fibre_px)
        own = self._models.translator(self.plan.translator, chosen.device, chosen.seed, self.plan.tile_overlap)
        return own.at(fibre_px)

    def _factor(self, image: Image, segmenter: Segmenter) -> float:
        """Return how much larger the model wants the image: a model that does not say was trained on L as it is."""
        if self.survey:
            wanted = segmenter.structure_size_px or self.survey.labeled.size_px
            return wanted / self.survey.fibre_px(image)
        if self.plan.scale:
            return 1 / self.plan.scale
        return image.pixel_size_um / self._given_um if self._given_um and image.pixel_size_um else 1.0

    def _temperature(self) -> float:
        """Return at which the uncertainty is told: `direct` is for images of L's own look, which need none."""
        from labelbridge.segment import read_card

        if self.plan.path == "direct":
            return 1.0
        assert self._model_folder is not None  # a segmenter was loaded from there
        return read_card(self._model_folder).temperature

    def _segmenter(self) -> Segmenter:
        self._model_folder = self._model.trained()
        return self._models.segmenter(self._model_folder, self.plan.settings.device, self.plan.tile_overlap)


def _card_of(plan: Plan) -> ModelCard | None:
    """Return what is known of the model that is given to predict with, if one is."""
    from labelbridge.segment import read_card

    return read_card(plan.given) if plan.given else None


def _look_at(plan: Plan, card: ModelCard | None) -> LabeledLook | None:
    """Look at L; None where there is nothing to look at and the path can do without."""
    size_px = plan.settings.fibre_px if card is None or card.structure_size_px else None
    if plan.labeled:
        return look_at_labeled(plan.labeled, size_px)
    if plan.examples:
        return look_at_examples(plan.examples, size_px)
    assert card is not None
    if plan.translator and card.style is None:
        return look_from_translator(read_translator_card(plan.translator))
    return look_from_card(card) if card.style or plan.path != "direct" else None
