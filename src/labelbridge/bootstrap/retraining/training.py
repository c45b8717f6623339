"""Training a model on with corrected masks, and saying whether that has made it better."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from pydantic import BaseModel

from labelbridge.bootstrap.retraining.corrected import read_corrected
from labelbridge.bootstrap.retraining.earlierset import earlier_samples
from labelbridge.bootstrap.retraining.found import VerifiedFound
from labelbridge.bootstrap.retraining.heldout import divide
from labelbridge.bootstrap.retraining.lessons import (
    HELD_OUT,
    LEARNT,
    Lesson,
    held_out_samples,
    load_lessons,
    mixed,
    save_lessons,
)
from labelbridge.bootstrap.retraining.task import RetrainTask, check_model
from labelbridge.bootstrap.retraining.verdict import Agreement, Verdict
from labelbridge.bootstrap.segmenting import possible_factor, predict_at_size
from labelbridge.bootstrap.settings import Preset
from labelbridge.bootstrap.store import file_hashes
from labelbridge.bootstrap.survey import look_from_card, survey
from labelbridge.bootstrap.training import training_record
from labelbridge.core import Device, Image, LabeledImage, ModelCard, Reporter, StageReporter
from labelbridge.io import write_json
from labelbridge.segment import copy_model, read_card
from labelbridge.segment.nnunet import TrainSettings

__all__ = ["retrain"]

_STEPS: dict[Preset, int] = {"tiny": 10, "cpu": 900, "standard": 10_000}
"""Training steps: but for ``tiny`` less than a training from the start takes, as there is less to learn. On a CPU 300
steps of SGD at a tenth of its usual rate brought real images that nobody had corrected less than half as much."""

_NAME_ENDING = "-retrained"

_FEWEST_EARLIER = 16
_EARLIER_PER_LESSON = 2


class _Prepared(BaseModel):
    """What a retraining knows of its images once they were read."""

    found: VerifiedFound
    """What is verified."""

    card: ModelCard
    """What is known of the new model."""


def retrain(task: RetrainTask, work: Path, out: Path, reporter: Reporter) -> str:
    """Train a model on with what is verified of corrected masks.

    Parts of the images are held out: old and new model are measured there, at the size at which they see the fibres,
    and the new model's temperature is fitted to them.

    Parameters
    ----------
    task
        What to learn from, and how.
    work
        Folder for the stages; an earlier, interrupted run there is continued.
    out
        Folder of the new model, whichever is better; appears when it has been measured.
    reporter
        Receives progress and sentences, and may ask to stop.

    Returns
    -------
    str
        Whether the new model is better, a sentence.

    Raises
    ------
    InputError
        Where the model or the masks cannot be used, or too little of these is verified.
    Cancelled
        Where the reporter asked to stop; the work lies in `work`.
    """
    prepared, lessons = _prepared(task, work, reporter)
    reporter.say(prepared.found.sentence)
    before = _measured(task.model, lessons, work / "before.json", task.device, StageReporter(reporter, "old model"))
    _train(task, prepared.card, lessons, work, reporter)
    after = _measured(work / "model", lessons, work / "after.json", task.device, StageReporter(reporter, "new model"))
    verdict = Verdict(prepared.found.held_out_fibres, before, after)
    reporter.say(verdict.sentence)
    reporter.metrics(_STEPS[task.preset], **{f"held_out_dice_{name}": dice for name, dice in after.items()})
    _publish(work / "model", verdict, out)
    return verdict.sentence


def _prepared(task: RetrainTask, work: Path, reporter: Reporter) -> tuple[_Prepared, list[Lesson]]:
    """Read the corrected masks, or take what an earlier run has read."""
    images, record = work / "lessons.npz", work / "lessons.json"
    if not record.is_file():
        prepared, lessons = _read(task, reporter)
        save_lessons(lessons, images)
        write_json(record, prepared.model_dump(mode="json"), overwrite=True)
    return _Prepared.model_validate_json(record.read_bytes()), load_lessons(images)


def _read(task: RetrainTask, reporter: Reporter) -> tuple[_Prepared, list[Lesson]]:
    old = check_model(task.model)
    corrected = read_corrected(task, old.classes[1:], reporter)
    divisions = [divide(one) for one in corrected]
    found = VerifiedFound.of(corrected, divisions)
    found.check()
    size_px = old.structure_size_px
    assert size_px is not None  # check_model has seen to that
    sizes = survey(look_from_card(old), [one.image for one in corrected], scale=task.scale)
    lessons = [
        Lesson.of(one, division, possible_factor(size_px / sizes.fibre_px(one.image), one.image.shape))
        for one, division in zip(corrected, divisions, strict=True)
    ]
    record = {
        "task": task.model_dump(mode="json"),
        "initial": {"name": old.name, "files": file_hashes(task.model)},
        "verified": found.model_dump(mode="json"),
    }
    card = old.model_copy(
        update={
            "kind": "tutored-segmenter",
            "name": f"{old.name.removesuffix(_NAME_ENDING)}{_NAME_ENDING}",
            "metrics": {},
            "provenance": training_record([one.sample for one in corrected], {"retraining": record}),
        }
    )
    return _Prepared(found=found, card=card), lessons


def _train(task: RetrainTask, card: ModelCard, lessons: Sequence[Lesson], work: Path, reporter: Reporter) -> None:
    from labelbridge.segment.nnunet.train import train_segmenter

    if (work / "model").exists():
        return
    settings = TrainSettings.keeping_plan(task.preset, iterations=_STEPS[task.preset], seed=task.seed)
    train_segmenter(
        _samples(task, lessons, reporter),
        settings,
        work=work / "nnunet",
        out=work / "model",
        card=card,
        initial=task.model,
        keeps_plan=True,
        calibration=partial(held_out_samples, lessons),
        resume=True,
        device=task.device,
        reporter=reporter,
    )


def _samples(task: RetrainTask, lessons: Sequence[Lesson], reporter: Reporter) -> list[LabeledImage]:
    """Return what is learnt from, of which nnU-Net draws all equally often: at least half are corrected masks."""
    corrected = [one for one in lessons if LEARNT in one.parts]
    most = max(_FEWEST_EARLIER, _EARLIER_PER_LESSON * len(corrected))
    images = [one.sample.image for one in lessons]
    earlier = earlier_samples(
        task.model, read_card(task.model), task.labeled, images, most, task.seed, StageReporter(reporter, "earlier set")
    )
    return mixed(corrected, earlier)


def _measured(
    model: Path, lessons: Sequence[Lesson], record: Path, device: Device, reporter: Reporter
) -> dict[str, float]:
    """Return the Dice of a model on what was held out, by class; measured once."""
    if not record.is_file():
        from labelbridge.segment.nnunet.predict import NnUnetSegmenter

        segmenter, agreement = NnUnetSegmenter.load(model, device=device), Agreement()
        see = _view(read_card(model), lessons)
        for one in lessons:
            if HELD_OUT in one.parts:
                prediction = predict_at_size(segmenter, see(one.sample.image, reporter), 1.0, reporter)
                agreement.add(prediction.labels, one.sample.labels, one.pixels(HELD_OUT))
        write_json(record, agreement.dice, overwrite=True)
    dice: dict[str, float] = json.loads(record.read_bytes())
    return dice


def _view(card: ModelCard, lessons: Sequence[Lesson]) -> Callable[[Image, Reporter], Image]:
    """Return how a model gets to see images of U: as they are or, one of L, as `adaptation` shows them."""
    if card.kind == "tutored-segmenter" or card.structure_size_px is None:
        return lambda image, _: image
    found = survey(look_from_card(card), [one.sample.image for one in lessons])
    return found.translator(card.structure_size_px).to_labeled


def _publish(trained: Path, verdict: Verdict, out: Path) -> None:
    """Write the new model with what was found out about it."""
    card = read_card(trained)
    told = card.model_copy(
        update={
            "metrics": card.metrics | verdict.metrics,
            "description": f"Learnt from corrected masks. {verdict.sentence}",
        }
    )
    copy_model(trained, out, told)
