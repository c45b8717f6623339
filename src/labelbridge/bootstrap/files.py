"""The main job from files to files."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labelbridge.bootstrap.run import Bootstrap, Plan
from labelbridge.bootstrap.settings import BootstrapPath, TutorshipSettings
from labelbridge.core import Image, InputError, LabeledImage, Reporter
from labelbridge.io import (
    bids_mask_files,
    check_absent,
    find_images,
    make_provenance,
    prepare_out,
    read_image,
    read_labeled_set,
    result_files,
    write_bids_derivatives,
    write_result,
)

__all__ = ["FileRequest", "bootstrap_files", "read_images"]


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
        Folder of L's images and labels, or None where a model remembers L's look.
    unlabeled
        Folder with further images of U that are looked at (and learnt from), or None.
    segmenter, tutored
        Model folders, see `Plan`.
    scale
        U's fibre size over L's, or None to estimate it.
    pixel_size_um
        Pixel size of the images in um, or None for what the files say.
    channel
        Channel of colour images, or None for luminance.
    index
        Plane of stacks, from 0, or None where there are none.
    bids
        Whether the masks are also written as BIDS derivatives, below ``derivatives/labels`` in `out`.
    overwrite
        Whether earlier results may be replaced.
    settings
        How to train what must be trained.
    """

    images: Sequence[Path]
    out: Path
    path: BootstrapPath
    labeled: Path | None = None
    unlabeled: Path | None = None
    segmenter: Path | None = None
    tutored: Path | None = None
    scale: float | None = None
    pixel_size_um: float | None = None
    channel: str | int | None = None
    index: int | None = None
    bids: bool = False
    overwrite: bool = False
    settings: TutorshipSettings = field(default_factory=TutorshipSettings)


def bootstrap_files(request: FileRequest, reporter: Reporter, tell: Callable[[str], None]) -> list[Path]:
    """Read images, carry out the path, write masks, uncertainty, overlay and provenance of each.

    Parameters
    ----------
    request
        What the user asked for.
    reporter
        Receives progress and may ask to stop.
    tell
        Receives sentences for the user: what was found, what was written.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    InputError
        Where an image, a label, a model or the output folder cannot be used; nothing half-written is left behind.
    """
    images = _read(request, request.images)
    prepare_out(request.out)
    if not request.overwrite:
        check_absent([file for image in images for file in _targets(request, image.name)])
    others = _others(request, images)
    job = Bootstrap(_plan(request), [*images, *others], reporter)
    for sentence in job.survey.sentences():
        tell(sentence)
    written: list[Path] = []
    for image, prediction in job.predict(images):
        record = make_provenance(
            [image],
            models={"segmenter": job.model_record()},
            settings=_settings(request, job),
        )
        written += write_result(prediction, image, request.out, provenance=record, overwrite=request.overwrite)
        if request.bids:
            written += write_bids_derivatives(
                prediction.labels, image.name, request.out, provenance=record, overwrite=request.overwrite
            )
        tell(f"{image.name}: masks in {request.out}")
    return written


def read_images(
    paths: Sequence[Path], *, channel: str | int | None, index: int | None, pixel_size_um: float | None
) -> list[Image]:
    """Read image files and the images in folders, each file once; see `labelbridge.io.read_image`.

    Raises
    ------
    InputError
        Where a file cannot be used, or two files would give results of the same name.
    """
    files = list(dict.fromkeys(file.resolve() for path in paths for file in find_images(path)))
    images = [read_image(file, channel=channel, index=index, pixel_size_um=pixel_size_um) for file in files]
    twice = [name for name, count in Counter(image.name for image in images).items() if count > 1]
    if twice:
        raise InputError(f"got several images named '{twice[0]}', expected different names; bootstrap them one by one.")
    return images


def _targets(request: FileRequest, name: str) -> list[Path]:
    """Return the files that an image's result will have."""
    files = result_files(name, request.out, request.settings.classes)
    return [*files, *bids_mask_files(name, request.out)] if request.bids else files


def _read(request: FileRequest, paths: Sequence[Path]) -> list[Image]:
    return read_images(paths, channel=request.channel, index=request.index, pixel_size_um=request.pixel_size_um)


def _others(request: FileRequest, images: Sequence[Image]) -> list[Image]:
    """Read the further images of U, leaving out those that are given already."""
    if request.unlabeled is None:
        return []
    names = {image.name for image in images}
    return [image for image in _read(request, [request.unlabeled]) if image.name not in names]


def _plan(request: FileRequest) -> Plan:
    samples: list[LabeledImage] = []
    if request.labeled is not None:
        samples = read_labeled_set(request.labeled, classes=request.settings.classes)
    return Plan(
        path=request.path,
        labeled=samples,
        segmenter=request.segmenter,
        tutored=request.tutored,
        scale=request.scale,
        settings=request.settings,
    )


def _settings(request: FileRequest, job: Bootstrap) -> dict[str, object]:
    return {
        "path": request.path,
        "scale": job.survey.scale.scale,
        "scale_given": job.survey.scale.given,
        "polarity": job.survey.polarity.polarity,
        "findings": job.survey.sentences(),
        "training": request.settings.model_dump(mode="json"),
    }
