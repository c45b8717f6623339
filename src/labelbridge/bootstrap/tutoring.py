"""Tutorship's training: images of L made to look like U, and nnU-Net trained on them. Stages lie on disk and resume."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from labelbridge.bootstrap.absent import AbsentClasses
from labelbridge.bootstrap.calibrating import styled_draws
from labelbridge.bootstrap.selftraining.rounds import STYLED, SelfTraining
from labelbridge.bootstrap.settings import TutorshipSettings
from labelbridge.bootstrap.survey import Survey
from labelbridge.bootstrap.training import training_record
from labelbridge.bootstrap.translators.use import translate_labeled, translator_record
from labelbridge.core import BACKGROUND, ClassMap, Image, LabeledImage, LabelMap, ModelCard, Reporter, StageReporter
from labelbridge.io import atomic_path
from labelbridge.segment import copy_model, read_card
from labelbridge.translate.style import Stylist

if TYPE_CHECKING:
    from labelbridge.segment.nnunet import TrainSettings

__all__ = ["STYLED_SET", "load_styled", "train_further", "train_tutored", "training_of"]

STYLED_SET = "styled.npz"
"""Name of the file with the styled set in the folder of a training."""

_FURTHER = 10**5
"""Added to the seed for the styled images of the rounds: the first model knows those of the seed itself."""


def train_tutored(
    labeled: Sequence[LabeledImage],
    found: Survey,
    settings: TutorshipSettings,
    work: Path,
    out: Path,
    *,
    initial: Path | None = None,
    translator: Path | None = None,
    reporter: Reporter | None = None,
) -> None:
    """Make the styled set (or take the finished one in `work`), train on it, and leave the model in `out`.

    Parameters
    ----------
    labeled
        Labelled images of L at the size of their files.
    found
        How L and U compare.
    settings
        How to train; rounds of self-training are `train_further`'s.
    work
        Folder for the stages; an earlier, interrupted run there is continued.
    out
        Folder of the model; appears when the training has ended.
    initial
        A model of ours whose weights the training starts from.
    translator
        Folder of a trained translator, which colours a share of the styled images, or None.
    reporter
        Receives progress and may ask to stop.
    """
    from labelbridge.segment.nnunet.train import train_segmenter

    report = reporter or Reporter()
    train_segmenter(
        _styled_set(labeled, found, settings, work, translator, report),
        training_of(settings),
        work=work / "nnunet",
        out=out,
        card=_card(labeled, found, settings, translator),
        calibration=partial(styled_draws, labeled, found, settings.fibre_px, settings.seed, report),
        initial=initial,
        resume=True,
        device=settings.device,
        reporter=report,
    )


def train_further(
    first: Path,
    labeled: Sequence[LabeledImage],
    found: Survey,
    settings: TutorshipSettings,
    work: Path,
    out: Path,
    *,
    unlabeled: Sequence[Image],
    absent: AbsentClasses,
    translator: Path | None = None,
    reporter: Reporter | None = None,
) -> None:
    """Go on from a tutored model with rounds of self-training, and leave the model of the last one in `out`.

    No translator colours the styled images of the rounds: the first model has learnt from its colours.

    Parameters
    ----------
    first
        Folder of the model that `train_tutored` has made of the same images with these settings.
    labeled, found, settings, work, out, translator, reporter
        As for `train_tutored`.
    unlabeled
        Images of U that the rounds learn from.
    absent
        Classes that these do not have.
    """
    report = reporter or Reporter()
    styled_images = min(STYLED, settings.styled_images)
    drawn = settings.model_copy(update={"styled_images": styled_images, "seed": settings.seed + _FURTHER})
    told = StageReporter(report, "self-training")
    rounds = SelfTraining(
        styled=_styled_set(labeled, found, drawn, work, None, told),
        draws=partial(styled_draws, labeled, found, settings.fibre_px, settings.seed, report),
        images=unlabeled,
        factor_of=lambda image: settings.seen_px / found.fibre_px(image),
        polarity=found.polarity.polarity,
        absent=absent,
        settings=settings,
        card=_card(labeled, found, settings, translator),
    )
    last = rounds.run(first, work, report)
    card = read_card(last)
    if last != first:
        card = card.model_copy(update={"temperature": rounds.temperature(first, last, told)})
    copy_model(last, out, card)


def training_of(settings: TutorshipSettings) -> "TrainSettings":
    """Return how the network of a tutorship is trained, rounds of self-training aside."""
    from labelbridge.segment.nnunet import TrainSettings

    features = {"features": settings.features} if settings.features else {}
    usual = TrainSettings.from_preset(settings.preset, seed=settings.seed, folds=("all",), **features)
    return usual.model_copy(update={"iterations": max(1, round(settings.length * usual.iterations))})


def _card(
    labeled: Sequence[LabeledImage], found: Survey, settings: TutorshipSettings, translator: Path | None
) -> ModelCard:
    """Return what is known of a model before it is trained."""
    return ModelCard(
        kind="tutored-segmenter",
        name=f"tutored-{settings.preset}",
        classes=(BACKGROUND, *labeled[0].labels.classes.foreground),
        structure_size_px=settings.seen_px,
        labeled_structure_size_px=found.labeled.size_px,
        style=found.labeled.style,
        provenance=training_record(
            labeled,
            {
                "tutorship": settings.model_dump(mode="json"),
                "findings": found.sentences(),
                **({"translator": translator_record(translator)} if translator else {}),
            },
        ),
    )


def _styled_set(
    labeled: Sequence[LabeledImage],
    found: Survey,
    settings: TutorshipSettings,
    work: Path,
    translator: Path | None,
    reporter: Reporter,
) -> list[LabeledImage]:
    stage = work / STYLED_SET
    if not stage.exists():
        stylist = Stylist(found.polarity.polarity, translator=found.translator(settings.fibre_px))
        size_px = found.labeled.size_px
        translated = settings.translated_images if translator else 0
        recoloured = settings.styled_images - translated
        styled = stylist.draw_set(labeled, settings.fibre_px / size_px, recoloured, settings.seed, reporter)
        if translator and translated:
            own, own_px = _translated(labeled, size_px, settings, translated, translator, work / "translated", reporter)
            scale = settings.fibre_px / own_px
            styled += stylist.draw_set(own, scale, translated, settings.seed, reporter, keep_colours=True)
        _save(styled, stage)
    return load_styled(stage)


def _translated(
    labeled: Sequence[LabeledImage],
    size_px: float,
    settings: TutorshipSettings,
    count: int,
    translator: Path,
    work: Path,
    reporter: Reporter,
) -> tuple[list[LabeledImage], float]:
    """Return translated samples and their fibre diameter in px."""
    from labelbridge.translate.syndiff.predict import SynDiffTranslator

    own = SynDiffTranslator.load(translator, settings.device, seed=settings.seed)
    samples = translate_labeled(labeled, own, size_px, count, work, reporter)
    return samples, own.structure_size_px or size_px


def _save(styled: Sequence[LabeledImage], stage: Path) -> None:
    arrays: dict[str, np.ndarray] = {"classes": np.array(styled[0].labels.classes.names)}
    arrays["subjects"] = np.array([sample.subject or "" for sample in styled])
    for index, sample in enumerate(styled):
        arrays[f"image-{index:04d}"] = np.round(sample.image.data * 65535).astype(np.uint16)
        arrays[f"labels-{index:04d}"] = sample.labels.data
    stage.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(stage, overwrite=True) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def load_styled(stage: Path) -> list[LabeledImage]:
    """Read the styled set of a training: images at the network's scale with their labels."""
    with np.load(stage, allow_pickle=False) as arrays:
        classes = ClassMap(tuple(str(name) for name in arrays["classes"]))
        samples = []
        for index, subject in enumerate(arrays["subjects"]):
            data = arrays[f"image-{index:04d}"].astype(np.float32) / 65535
            labels = LabelMap(arrays[f"labels-{index:04d}"], classes)
            samples.append(LabeledImage(Image(data, f"styled-{index:04d}"), labels, str(subject) or None))
    return samples
