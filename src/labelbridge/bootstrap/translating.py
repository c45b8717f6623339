"""Images with the look of the other modality, from files to files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from labelbridge.bootstrap.files import read_images
from labelbridge.bootstrap.survey import Survey, look_at_labeled, survey
from labelbridge.core import Image, Reporter
from labelbridge.io import check_absent, prepare_out, read_labeled_set, write_image

__all__ = ["translate_files"]


def translate_files(
    paths: Sequence[Path],
    *,
    to: Literal["labeled", "unlabeled"],
    labeled: Path,
    unlabeled: Path,
    out: Path,
    scale: float | None,
    channel: str | int | None,
    index: int | None,
    overwrite: bool,
    reporter: Reporter,
    tell: Callable[[str], None],
) -> list[Path]:
    """Translate images by the `intensity` translator and write ``<stem>_as-<to>.tif``.

    Parameters
    ----------
    paths
        Images or folders of U (`to` labeled) or of L (`to` unlabeled).
    to
        Whose look the images get.
    labeled, unlabeled
        Folders of L with labels and of U: they say how each looks.
    out
        Folder for the results.
    scale
        U's fibre size over L's, or None to estimate it.
    channel
        Channel of colour images, or None for luminance.
    index
        Plane of stacks, from 0, or None where there are none.
    overwrite
        Whether existing files may be replaced.
    reporter, tell
        Receive progress, and sentences for the user.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    InputError
        Where a file or folder cannot be used.
    """
    images = read_images(paths, channel=channel, index=index, pixel_size_um=None)
    prepare_out(out)
    targets = [out / f"{image.name}_as-{to}.tif" for image in images]
    if not overwrite:
        check_absent(targets)
    others = read_images([unlabeled], channel=channel, index=index, pixel_size_um=None)
    known = {image.source for image in others}
    extra = [image for image in images if image.source not in known] if to == "labeled" else []
    found = survey(look_at_labeled(read_labeled_set(labeled)), [*others, *extra], scale=scale)
    for sentence in found.sentences():
        tell(sentence)
    for done, (image, target) in enumerate(zip(images, targets, strict=True)):
        reporter.progress(done, len(images), "translate")
        write_image(_translated(image, to, found, reporter), target, overwrite=overwrite)
    return targets


def _translated(image: Image, to: Literal["labeled", "unlabeled"], found: Survey, reporter: Reporter) -> Image:
    if to == "labeled":
        return found.translator(found.fibre_px(image)).to_labeled(image, reporter)
    scaled = image.resampled(found.scale.scale)
    return found.translator(found.scale.unlabeled_size_px).to_unlabeled(scaled, reporter)
