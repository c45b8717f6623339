"""The main job from files to files."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from labelbridge.bootstrap.absent import AbsentClasses
from labelbridge.bootstrap.plan import Plan
from labelbridge.bootstrap.run import Bootstrap
from labelbridge.bootstrap.settings import BootstrapPath, TutorshipSettings
from labelbridge.bootstrap.sources import LazyImages, Reading, Source, find_sources
from labelbridge.core import Image, InputError, LabeledImage, NoLabels, Prediction, Reporter
from labelbridge.io import (
    StackResult,
    bids_mask_files,
    check_absent,
    make_provenance,
    prepare_out,
    read_labeled_set,
    result_files,
    write_bids_derivatives,
    write_result,
    write_stack_result,
)
from labelbridge.segment import read_card

__all__ = ["FileRequest", "bootstrap_files", "prepare", "read_plan", "sources_of"]


@dataclass(frozen=True)
class FileRequest:
    """What the user asked for.

    Attributes
    ----------
    images
        Image files or folders of U; these get masks.
    out
        Folder for the results.
    path
        The path.
    labeled
        Folder of L's images and labels, or None where a model is given. Images alone will do for a model that does
        not remember L's look.
    unlabeled
        Folder with further images of U that are looked at (and learnt from), or None.
    segmenter, tutored, translator
        Model folders, see `Plan`.
    scale
        U's fibre size over L's, or None to estimate it.
    tile_overlap
        Of tiles that are worked on, see `Plan`.
    reading
        Channel, planes and pixel size of the images.
    absent
        Names of classes that no image has.
    absent_from
        Table of images and the further classes that each does not have, see `read_absent_table`, or None.
    bids
        Whether the masks are also written as BIDS derivatives, below ``derivatives/labels`` in `out`.
    overwrite
        Whether earlier results may be replaced.
    goes_on
        Whether `out` may hold results of an earlier, interrupted run of this very request: they stay as they are.
    kept
        Folder where what must be trained is kept, see `Plan`.
    settings
        How to train what must be trained.
    minutes
        Time for a tutorship's training and masks, see `Plan`.
    """

    images: Sequence[Path]
    out: Path
    path: BootstrapPath
    labeled: Path | None = None
    unlabeled: Path | None = None
    segmenter: Path | None = None
    tutored: Path | None = None
    translator: Path | None = None
    scale: float | None = None
    tile_overlap: float | None = None
    reading: Reading = field(default_factory=Reading)
    absent: Sequence[str] = ()
    absent_from: Path | None = None
    bids: bool = False
    overwrite: bool = False
    goes_on: bool = False
    kept: Path | None = None
    settings: TutorshipSettings = field(default_factory=TutorshipSettings)
    minutes: float | None = None

    @property
    def replaces(self) -> bool:
        """Whether files that are there may be replaced: what an interrupted run has left half-written, too."""
        return self.overwrite or self.goes_on


def bootstrap_files(
    request: FileRequest, reporter: Reporter, tell: Callable[[str], None], training: Reporter | None = None
) -> list[Path]:
    """Read images, carry out the path, write masks, uncertainty, overlay and provenance of each.

    Parameters
    ----------
    request
        What the user asked for.
    reporter
        Receives progress and may ask to stop.
    tell
        Receives sentences for the user: what was found, what was written.
    training
        Receives progress of what must be trained first; by default `reporter`.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    InputError
        Where an image, a label, a model or the output folder cannot be used; nothing half-written is left behind.
    """
    sources = sources_of(request)
    prepare_out(request.out)
    left = _left(request, sources)
    if not left:
        return []
    images = LazyImages(left)
    job = prepare(request, sources, reporter, training)
    for sentence in job.sentences():
        tell(sentence)
    written: list[Path] = []
    predictions = job.predict(images, before=len(LazyImages(sources)) - len(images))
    for source in left:
        write = _write_stack if source.is_stack else _write_plane
        written += write(request, source, predictions, job)
        tell(f"{source.name}: masks written")
    return written


def sources_of(request: FileRequest) -> list[Source]:
    """Return the images of a request; nothing is decoded, and what cannot be used raises InputError."""
    sources = find_sources(request.images, request.reading)
    stack = next((source for source in sources if source.is_stack), None)
    if request.bids and stack:
        raise InputError(
            f"{stack.path}: got a stack with --bids, expected single planes; leave --bids out, then run "
            "`labelbridge export` on the masks."
        )
    return sources


def prepare(
    request: FileRequest,
    sources: Sequence[Source],
    reporter: Reporter | None = None,
    training: Reporter | None = None,
) -> Bootstrap:
    """Look at all images of a request; nothing is written, and what cannot be used raises InputError.

    Parameters
    ----------
    request
        What the user asked for.
    sources
        Its images, see `sources_of`.
    reporter, training
        As for `bootstrap_files`.
    """
    plan, images = read_plan(request, sources)
    return Bootstrap(plan, images, reporter, training=training)


def read_plan(request: FileRequest, sources: Sequence[Source]) -> tuple[Plan, LazyImages]:
    """Return the plan of a request, and all its images of U as far as they are looked at.

    Parameters
    ----------
    request
        What the user asked for.
    sources
        Its images, see `sources_of`.

    Raises
    ------
    InputError
        Where labels, or what is said of images, cannot be used.
    """
    looked_at = [source.looked_at() for source in [*sources, *_others(request, sources)]]
    absent = AbsentClasses.read(request.absent, request.absent_from, [source.name for source in sources])
    return _plan(request, absent), LazyImages(looked_at)


def _left(request: FileRequest, sources: Sequence[Source]) -> list[Source]:
    """Return the sources that have no result yet; unless the request goes on, none may have one."""
    if request.goes_on:
        return [source for source in sources if not all(file.exists() for file in _targets(request, source))]
    if not request.overwrite:
        check_absent([file for source in sources for file in _targets(request, source)])
    return list(sources)


def _write_plane(
    request: FileRequest, source: Source, predictions: Iterator[tuple[Image, Prediction]], job: Bootstrap
) -> list[Path]:
    image, prediction = next(predictions)
    record = _provenance(request, image, job)
    written = write_result(prediction, image, request.out, provenance=record, overwrite=request.replaces)
    if request.bids:
        written += write_bids_derivatives(
            prediction.labels,
            image.name,
            request.out,
            provenance=record,
            pixel_size_um=image.pixel_size_um,
            overwrite=request.replaces,
        )
    return written


def _write_stack(
    request: FileRequest, source: Source, predictions: Iterator[tuple[Image, Prediction]], job: Bootstrap
) -> list[Path]:
    stack = StackResult(len(source.planes))
    for image, prediction in islice(predictions, len(source.planes)):
        stack.add(image, prediction)
    record = _provenance(request, stack.image, job)
    return write_stack_result(stack, request.out, provenance=record, overwrite=request.replaces)


def _provenance(request: FileRequest, image: Image, job: Bootstrap) -> dict[str, object]:
    return make_provenance([image], models=job.records(), settings=_settings(request, image, job))


def _targets(request: FileRequest, source: Source) -> list[Path]:
    """Return the files that a source's result will have."""
    given = request.tutored if request.path == "tutorship" else request.segmenter
    classes = tuple(read_card(given).classes[1:]) if given else request.settings.classes
    files = result_files(source.name, request.out, classes, is_stack=source.is_stack)
    return [*files, *bids_mask_files(source.name, request.out)] if request.bids else files


def _others(request: FileRequest, sources: Sequence[Source]) -> list[Source]:
    """Find the further images of U, leaving out those that are given already."""
    if request.unlabeled is None:
        return []
    names = {source.name for source in sources}
    found = find_sources([request.unlabeled], request.reading)
    return [source for source in found if source.name not in names]


def _plan(request: FileRequest, absent: AbsentClasses) -> Plan:
    samples, examples = _labeled(request)
    return Plan(
        path=request.path,
        labeled=samples,
        examples=examples,
        segmenter=request.segmenter,
        tutored=request.tutored,
        translator=request.translator,
        scale=request.scale,
        tile_overlap=request.tile_overlap,
        absent=absent,
        kept=request.kept,
        settings=request.settings,
        minutes=request.minutes,
    )


def _labeled(request: FileRequest) -> tuple[list[LabeledImage], LazyImages | tuple[()]]:
    """Read L; where there is a model of it, images without masks are enough."""
    if request.labeled is None:
        return [], ()
    try:
        return read_labeled_set(request.labeled, classes=request.settings.classes), ()
    except NoLabels:
        if request.segmenter is None or request.path == "tutorship":
            raise
        return [], LazyImages(find_sources([request.labeled], Reading()))


def _settings(request: FileRequest, image: Image, job: Bootstrap) -> dict[str, object]:
    return {
        "path": request.path,
        "scale": job.survey.scale.scale if job.survey else request.scale,
        "scale_given": request.scale is not None,
        "polarity": job.survey.polarity.polarity if job.survey else None,
        "channel": request.reading.channel,
        "tile_overlap": request.tile_overlap,
        "absent": job.plan.absent.of(image.name),
        "findings": job.sentences(),
        "training": job.plan.settings.model_dump(mode="json"),
    }
