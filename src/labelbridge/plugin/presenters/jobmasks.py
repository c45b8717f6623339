"""The masks that a job has made."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from labelbridge.core import InputError
from labelbridge.io.names import parse_mask_name
from labelbridge.jobs import JobFolder, JobInfo

__all__ = ["JobMasks", "makes_masks", "masks_of_job"]

_TASKS = {"tutorship": ("unlabeled", "masks"), "bootstrap": ("images", "")}
"""Tasks that make masks: their setting that names the images, and where in the result the masks are."""

_MARK = "_provenance.json"
_BESIDE = ("_uncertainty.tif", "_overlay.png", _MARK)


@dataclass(frozen=True)
class JobMasks:
    """Where a finished job's masks are, and what they are of.

    Attributes
    ----------
    masks
        Folder with the results of all images.
    images
        Files and folders of the images.
    plane
        The only plane of stacks that was worked on; None where all were.
    model
        Folder of the model that the job has trained for them, or None.
    labeled
        Folder of the labelled set that this was trained on, or None.
    """

    masks: Path
    images: tuple[Path, ...]
    plane: int | None = None
    model: Path | None = None
    labeled: Path | None = None

    @property
    def project_folder(self) -> Path:
        """A folder for a project of these images: beside that of the first ones."""
        first = self.images[0]
        folder = first if first.is_dir() else first.parent
        return folder.parent / f"{folder.name or 'images'} project"

    def results(self) -> dict[str, list[Path]]:
        """Return the files of each finished result by the stem of its image, its provenance last.

        Raises
        ------
        InputError
            Where there are none.
        """
        found: dict[str, list[Path]] = defaultdict(list)
        for file in sorted(self.masks.iterdir()):
            found[_stem(file)].append(file)
        whole = {stem: sorted(files, key=_is_mark) for stem, files in found.items() if any(map(_is_mark, files))}
        if not whole:
            raise InputError(f"{self.masks}: got no masks in it, expected those that a job has made; run it again.")
        return whole


def makes_masks(info: JobInfo) -> bool:
    """Return whether a job is of a kind that makes masks, and has made them."""
    return info.task in _TASKS and info.status.ending == "finished"


def masks_of_job(folder: JobFolder) -> JobMasks:
    """Return the masks of a finished job; raises InputError where it has none."""
    spec, model = folder.spec(), folder.result / "model"
    setting, place = _TASKS.get(spec.task, ("", ""))
    named, masks = spec.settings.get(setting), folder.result / place
    images = tuple(Path(str(one)) for one in (named if isinstance(named, list) else [named]) if one)
    if not images or not masks.is_dir():
        raise InputError(f"{folder.path}: got a job without masks, expected a finished one that makes them.")
    plane, labeled = spec.settings.get("slices"), spec.settings.get("labeled")
    return JobMasks(
        masks,
        images,
        plane if isinstance(plane, int) else None,
        model if model.is_dir() else None,
        Path(str(labeled)) if labeled else None,
    )


def _stem(file: Path) -> str:
    """Return the stem of the image that a file of a result belongs to; empty for other files."""
    if mask := parse_mask_name(file):
        return mask.stem
    return next((file.name.removesuffix(end) for end in _BESIDE if file.name.endswith(end)), "")


def _is_mark(file: Path) -> bool:
    return file.name.endswith(_MARK)
