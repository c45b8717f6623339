"""The images of both modalities as a translator is trained and judged on them: at one structure size, in [0, 1]."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from labelbridge.bootstrap.sources import ImageFolders, LazyImages, Reading, find_sources
from labelbridge.bootstrap.survey import Survey, look_at_examples, look_at_labeled, survey
from labelbridge.core import Image, LabeledImage, LabelMap, NoLabels, Reporter
from labelbridge.io import hash_images, make_provenance, read_labeled_set, subject_of
from labelbridge.translate.intensity import IntensityTranslator, centred
from labelbridge.translate.syndiff.dataset import Member, TrainingImage, split_held_out

__all__ = [
    "ImageSets",
    "ScaledImage",
    "Split",
    "TranslatorImages",
    "read_sets",
    "scale_images",
    "split",
    "split_sentence",
    "subject_below",
]


@dataclass(frozen=True, eq=False)
class ImageSets:
    """Both modalities at the size of their files.

    Attributes
    ----------
    folders
        Where they are from.
    samples
        L's images with labels; none where it has no labels.
    examples
        L's images, where it has no labels.
    unlabeled
        U's images.
    survey
        How they compare.
    """

    folders: ImageFolders
    samples: list[LabeledImage]
    examples: Sequence[Image]
    unlabeled: Sequence[Image]
    survey: Survey


@dataclass(frozen=True, eq=False)
class ScaledImage(TrainingImage):
    """An image at the training's structure size.

    Attributes
    ----------
    labels
        Its classes, where it is one of L and they are known: they judge and never train.
    """

    labels: LabelMap | None = None


@dataclass(frozen=True, eq=False)
class TranslatorImages:
    """Both modalities at one structure size.

    Attributes
    ----------
    labeled, unlabeled
        Their images.
    survey
        How they compare at the size of their files.
    fibre_px
        The structure size: fibre diameter in px.
    inputs
        What `make_provenance` says of the images, L's before U's.
    hashes
        Hash of each set, by its name: labels and subjects of L count, names of files do not.
    """

    labeled: list[ScaledImage]
    unlabeled: list[ScaledImage]
    survey: Survey
    fibre_px: float
    inputs: dict[str, object]
    hashes: dict[str, str]

    @property
    def intensity(self) -> IntensityTranslator:
        """The `intensity` translator at this structure size: guide and yardstick."""
        return self.survey.translator(self.fibre_px)


@dataclass(frozen=True)
class Split:
    """Images to train on, and images that judge.

    Attributes
    ----------
    labeled, unlabeled
        To train on.
    labeled_held_out, unlabeled_held_out
        To judge on: of other subjects or, where a modality has but one, the same.
    """

    labeled: list[ScaledImage]
    unlabeled: list[ScaledImage]
    labeled_held_out: list[ScaledImage]
    unlabeled_held_out: list[ScaledImage]

    def sentences(self) -> list[str]:
        """Say what is held out, a sentence for each modality."""
        return [
            split_sentence("labelled", self.labeled, self.labeled_held_out),
            split_sentence("new", self.unlabeled, self.unlabeled_held_out),
        ]


def read_sets(folders: ImageFolders, fibre_px: float | None) -> ImageSets:
    """Read both modalities and compare them.

    Parameters
    ----------
    folders
        Where the images are.
    fibre_px
        Fibre diameter in px at which L's look is measured, or None for that of its files.

    Raises
    ------
    InputError
        Where a folder or an image cannot be used.
    """
    samples, examples = _read_labeled(folders.labeled)
    look = look_at_labeled(samples, fibre_px) if samples else look_at_examples(examples, fibre_px)
    unlabeled = LazyImages(find_sources([folders.unlabeled], folders.reading))
    return ImageSets(folders, samples, examples, unlabeled, survey(look, unlabeled, scale=folders.scale))


def scale_images(sets: ImageSets, fibre_px: float, reporter: Reporter) -> TranslatorImages:
    """Bring each image to one structure size.

    L's images are resampled by their set's fibre size, each image of U by its own. They are stretched to [0, 1] after
    that, as `SynDiffTranslator` does it.

    Parameters
    ----------
    sets
        Both modalities.
    fibre_px
        Fibre diameter in px wanted.
    reporter
        Receives progress and may ask to stop.

    Raises
    ------
    InputError
        Where an image is too small to be brought to that size.
    Cancelled
        Where the reporter asked to stop.
    """
    found, roots = sets.survey, sets.folders
    intensity, factor = found.translator(fibre_px), fibre_px / found.labeled.size_px
    labeled = chain(
        (_of_sample(sample.resampled(factor), intensity) for sample in sets.samples),
        (_scaled(image.resampled(factor), intensity.to_unlabeled, roots.labeled) for image in sets.examples),
    )
    unlabeled = (
        _scaled(image.resampled(fibre_px / found.fibre_px(image)), intensity.to_labeled, roots.unlabeled)
        for image in sets.unlabeled
    )
    count = len(sets.samples) + len(sets.examples)
    return TranslatorImages(
        labeled=list(_told(labeled, count, "reading labelled images", reporter)),
        unlabeled=list(_told(unlabeled, len(sets.unlabeled), "reading new images", reporter)),
        survey=found,
        fibre_px=fibre_px,
        inputs=make_provenance(chain((sample.image for sample in sets.samples), sets.examples, sets.unlabeled)),
        hashes={
            "labeled_sha256": hash_images(sets.samples or sets.examples),
            "unlabeled_sha256": hash_images(sets.unlabeled),
        },
    )


def split(images: TranslatorImages, fraction: float, seed: int) -> Split:
    """Set subjects apart that judge; where a modality has but one, its images judge as well as train.

    Parameters
    ----------
    images
        All images.
    fraction
        Part of each modality's subjects to set apart.
    seed
        Decides which.
    """
    labeled, labeled_held_out = split_held_out(images.labeled, fraction, seed)
    unlabeled, unlabeled_held_out = split_held_out(images.unlabeled, fraction, seed)
    return Split(labeled, unlabeled, labeled_held_out or labeled, unlabeled_held_out or unlabeled)


def subject_below(root: Path, file: Path) -> str | None:
    """Return the subject that a file's place below the root, or else its name, tells."""
    return subject_of(file.relative_to(root) if file.is_relative_to(root) else Path(file.name))


def split_sentence(modality: str, trained: Sequence[Member], held_out: Sequence[Member]) -> str:
    """Say which images of a modality train and which judge, as `split` gives them."""
    if not trained:
        return f"{modality} images: all {len(held_out)} judge"
    if held_out is trained:
        return f"{modality} images: all {len(trained)} both train and judge, so scores flatter: they are of one subject"
    groups = sorted({image.subject or image.name for image in held_out})
    return f"{modality} images: {len(trained)} to train on, {len(held_out)} to judge on ({', '.join(groups)})"


def _told(images: Iterable[ScaledImage], count: int, stage: str, reporter: Reporter) -> Iterator[ScaledImage]:
    for done, image in enumerate(images, start=1):
        reporter.progress(done, count, stage)
        reporter.checkpoint()
        yield image


def _read_labeled(folder: Path) -> tuple[list[LabeledImage], Sequence[Image]]:
    """Read L: with its labels, or its images alone."""
    try:
        return read_labeled_set(folder), ()
    except NoLabels:
        return [], LazyImages(find_sources([folder], Reading()))


def _of_sample(sample: LabeledImage, intensity: IntensityTranslator) -> ScaledImage:
    image = sample.image.with_data(centred(sample.image.data))
    guide = centred(intensity.to_unlabeled(image, Reporter()).data)
    return ScaledImage(image.data, guide, image.name, sample.subject, sample.labels)


def _scaled(image: Image, translate: Callable[[Image, Reporter], Image], root: Path) -> ScaledImage:
    image = image.with_data(centred(image.data))
    subject = subject_below(root, image.source or Path(image.name))
    return ScaledImage(image.data, centred(translate(image, Reporter()).data), image.name, subject)
