"""Images with the look of the other modality, from files to files."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from labelbridge.bootstrap.sources import LazyImages, Reading, find_sources
from labelbridge.bootstrap.survey import Survey, look_at_labeled, survey
from labelbridge.core import Image, InputError, Reporter
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
    reading: Reading,
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
    reading
        Channel and plane of the images.
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
    sources = find_sources(paths, reading)
    stack = next((source for source in sources if source.is_stack), None)
    if stack:
        raise InputError(f"{stack.path}: got a stack to translate, expected one plane; choose it with --slices N.")
    prepare_out(out)
    targets = [out / f"{source.name}_as-{to}.tif" for source in sources]
    if not overwrite:
        check_absent(targets)
    known = find_sources([unlabeled], reading)
    paths_known = {os.path.realpath(source.path) for source in known}
    extra = (
        [source for source in sources if os.path.realpath(source.path) not in paths_known] if to == "labeled" else []
    )
    found = survey(look_at_labeled(read_labeled_set(labeled)), LazyImages([*known, *extra]), scale=scale)
    for sentence in found.sentences():
        tell(sentence)
    for done, (image, target) in enumerate(zip(LazyImages(sources), targets, strict=True)):
        reporter.progress(done, len(sources), "translate")
        write_image(_translated(image, to, found, reporter), target, overwrite=overwrite)
    return targets


def _translated(image: Image, to: Literal["labeled", "unlabeled"], found: Survey, reporter: Reporter) -> Image:
    if to == "labeled":
        return found.translator(found.fibre_px(image)).to_labeled(image, reporter)
    scaled = image.resampled(found.scale.scale)
    return found.translator(found.scale.unlabeled_size_px).to_unlabeled(scaled, reporter)
