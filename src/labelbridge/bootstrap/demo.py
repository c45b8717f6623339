"""The main job on the sample data, with a score, since the truth of the phantoms is known."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as PillowImage

from labelbridge.bootstrap.files import FileRequest, bootstrap_files
from labelbridge.bootstrap.settings import BootstrapPath
from labelbridge.core import AXON, MYELIN, AnyArray, InputError, Reporter, StageReporter
from labelbridge.evaluate import Report, compare_folders
from labelbridge.io import atomic_path, find_images

__all__ = ["DemoResult", "run_demo", "sample_data_folder"]

_PATHS: tuple[BootstrapPath, ...] = ("direct", "adaptation", "tutorship")
_PICTURES_A_ROW = 2


@dataclass(frozen=True)
class DemoResult:
    """What the demo left behind.

    Attributes
    ----------
    image
        The first of the images.
    masks
        Folder with the masks of the best path.
    overlay
        Picture of all images with these masks.
    report
        Short report with the scores.
    best
        The path with the highest mean Dice.
    dice
        Mean Dice over the images, by path and class.
    """

    image: Path
    masks: Path
    overlay: Path
    report: Path
    best: BootstrapPath
    dice: dict[BootstrapPath, dict[str, float]]


def sample_data_folder() -> Path:
    """Return the folder of the sample data, beside the package in a wheel, at the top of a source checkout.

    Raises
    ------
    InputError
        Where it is in neither place.
    """
    package = Path(__file__).parents[1]
    for folder in (package / "sample_data", package.parents[1] / "sample_data"):
        if (folder / "sem_unlabeled").is_dir():
            return folder
    raise InputError(
        f"got no sample data beside {package}, expected it in the installation; install labelbridge again."
    )


def run_demo(out: Path, reporter: Reporter, tell: Callable[[str], None], *, data: Path | None = None) -> DemoResult:
    """Bootstrap the sample SEM images by all three paths with the sample models, and score them.

    Parameters
    ----------
    out
        Folder for the results; results of an earlier demo there are replaced.
    reporter
        Receives progress and may ask to stop.
    tell
        Receives sentences for the user.
    data
        Folder laid out as sample_data, or None for the sample data.

    Returns
    -------
    DemoResult
        Where everything is.
    """
    data = data or sample_data_folder()
    reports: dict[BootstrapPath, Report] = {}
    for path in _PATHS:
        request = FileRequest(
            images=[data / "sem_unlabeled"],
            out=out / path,
            path=path,
            labeled=data / "tem_labeled",
            segmenter=None if path == "tutorship" else data / "models" / "segmenter",
            tutored=data / "models" / "tutored" if path == "tutorship" else None,
            overwrite=True,
        )
        bootstrap_files(request, StageReporter(reporter, path), tell if path == "direct" else _silent)
        reports[path] = compare_folders(out / path, data / "truth" / "sem_unlabeled")
    dice = {path: _mean_dice(report) for path, report in reports.items()}
    best = max(_PATHS, key=lambda path: sum(dice[path].values()))
    overlay, report = out / "overlay.png", out / "report.md"
    with atomic_path(overlay, overwrite=True) as temporary:
        PillowImage.fromarray(_mosaic(sorted((out / best).glob("*_overlay.png")))).save(temporary, "PNG")
    with atomic_path(report, overwrite=True) as temporary:
        temporary.write_text(_report_text(dice, best, reports[best]), encoding="utf-8")
    image = find_images(data / "sem_unlabeled")[0]
    return DemoResult(image, out / best, overlay, report, best, dice)


def _silent(sentence: str) -> None:
    """Say nothing: the images are the same for each path."""


def _mean_dice(report: Report) -> dict[str, float]:
    return {name: report.summary()[name].mean.dice for name in (AXON, MYELIN)}


def _mosaic(pictures: list[Path]) -> AnyArray:
    """Put RGB pictures side by side, two a row, on black."""
    arrays = [np.asarray(PillowImage.open(picture)) for picture in pictures]
    height, width = (max(array.shape[axis] for array in arrays) for axis in (0, 1))
    rows = -(-len(arrays) // _PICTURES_A_ROW)
    out = np.zeros((rows * height, min(len(arrays), _PICTURES_A_ROW) * width, 3), np.uint8)
    for index, array in enumerate(arrays):
        y, x = (index // _PICTURES_A_ROW) * height, (index % _PICTURES_A_ROW) * width
        out[y : y + array.shape[0], x : x + array.shape[1]] = array
    return out


def _report_text(dice: dict[BootstrapPath, dict[str, float]], best: BootstrapPath, report: Report) -> str:
    rows = [f"| {path} | {values[AXON]:.3f} | {values[MYELIN]:.3f} |" for path, values in dice.items()]
    return "\n".join(
        [
            "# LabelBridge demo",
            "",
            "Phantom TEM images with labels (L) were carried over to phantom SEM images (U). Mean Dice over images,",
            "against the phantoms' truth, which no path has seen:",
            "",
            "| path | axon | myelin |",
            "|---|---|---|",
            *rows,
            "",
            f"Best path: **{best}**; its masks are in `{best}/`, drawn in `overlay.png` (axon blue, myelin red).",
            "",
            "```",
            report.table(),
            "```",
            "",
        ]
    )
