"""The corrected masks of a project, and which correction has led to them."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

from labelbridge.bootstrap.retraining.image import CorrectedImage, class_layers
from labelbridge.core import AnyArray, InputError, LabelMap, Reporter
from labelbridge.io.project import Project, ProjectImage, read_project_image, read_project_masks
from labelbridge.refine import JournalInfo, RestoredSession, list_journals, restore_session
from labelbridge.refine.review import VerifiedMap, verified_by_journal, verified_wholly

__all__ = ["corrected_in_project"]


def corrected_in_project(
    project: Project, journals: Path, classes: Sequence[str], reporter: Reporter
) -> Iterator[CorrectedImage]:
    """Read the images of a project of which something is verified, one after the other.

    The current masks of an image that is ``done`` are verified as a whole; of others what the review has verified, as
    the journal knows that ends with just these masks. The reporter is told of images that cannot be used.

    Parameters
    ----------
    project
        The project.
    journals
        Folder of the journals.
    classes
        Classes of the model, without background.
    reporter
        Told progress and sentences; asked whether to stop.

    Raises
    ------
    InputError
        Where the folder of journals cannot be read.
    Cancelled
        Where the reporter asked to stop.
    """
    known = _Journals(journals)
    images = [image for image in project.document.images if image.masks]
    for number, image in enumerate(images):
        reporter.checkpoint()
        reporter.progress(number, len(images), "looking at corrected masks")
        try:
            found = _corrected(project, image, known, classes, reporter)
        except InputError as error:
            reporter.say(f"'{image.name}' is left out: {error}")
            continue
        if found is not None:
            yield found


def _corrected(
    project: Project, image: ProjectImage, journals: "_Journals", classes: Sequence[str], reporter: Reporter
) -> CorrectedImage | None:
    masks = read_project_masks(project, image.name)
    verified = None if masks is None else _verified(image, masks, journals, reporter)
    if masks is None or verified is None or not verified.pixels.any():
        if image.state == "in correction":
            reporter.say(f"'{image.name}' is left out: {_why_nothing(verified)}.")
        return None
    return CorrectedImage.of(read_project_image(project, image.name), masks, verified, classes)


def _verified(image: ProjectImage, masks: LabelMap, journals: "_Journals", reporter: Reporter) -> VerifiedMap | None:
    if image.state == "done":
        return verified_wholly(class_layers(masks), reporter=reporter)
    session = journals.that_led_to(masks, image.name, reporter)
    return verified_by_journal(session, reporter=reporter) if session else None


def _why_nothing(verified: VerifiedMap | None) -> str:
    if verified is None:
        return "its saved masks are not as a correction has left them; save them again, or set the image to done"
    return "no fibre was accepted or corrected in it yet"


class _Journals:
    """The journals of a folder, found by the masks that they end with."""

    def __init__(self, folder: Path) -> None:
        self._infos = [info for info in list_journals(folder) if info.header is not None]
        self._digests: dict[Path, str] = {}

    def that_led_to(self, masks: LabelMap, name: str, reporter: Reporter) -> RestoredSession | None:
        """Return the latest correction that has ended, or is now, with these masks; None where there is none.

        Those of images of the same name are looked at first.
        """
        wanted = _digest({what: masks.mask(what) for what in masks.classes.foreground})
        fitting = [info for info in self._infos if info.header is not None and info.header.shape == masks.shape]
        for info in sorted(fitting, key=lambda info: info.header is not None and info.header.image != name):
            reporter.checkpoint()
            if self._digests.get(info.path, wanted) != wanted:
                continue
            if (session := self._restored(info)) and self._digests[info.path] == wanted:
                return session
        return None

    def _restored(self, info: JournalInfo) -> RestoredSession | None:
        try:
            session = restore_session(info.path)
        except InputError:  # gone or damaged meanwhile
            return None
        self._digests[info.path] = _digest(session.history.layers)
        return session


def _digest(masks: Mapping[str, AnyArray]) -> str:
    """Return what tells masks from others; classes without a pixel do not count."""
    digest = sha256()
    for name in sorted(masks):
        if masks[name].any():
            digest.update(name.encode() + np.packbits(masks[name] != 0).tobytes())
    return digest.hexdigest()
