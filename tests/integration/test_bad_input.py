"""Bad input ends with exit code 2, one sentence, no traceback, and nothing half-written."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as PillowImage
from typer.testing import CliRunner, Result

from labelbridge.cli.main import app


def png(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    PillowImage.fromarray(pixels).save(path)
    return path


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """An image of U that can be used."""
    return png(tmp_path / "good.png", np.random.default_rng(0).integers(0, 255, (80, 90), np.uint8))


@pytest.fixture
def labeled(tmp_path: Path) -> Path:
    """A labelled set that can be used: a fibre in the middle of each of two images."""
    y, x = np.mgrid[:96, :96]
    distance = np.hypot(y - 48, x - 48)
    for name in ("a", "b"):
        pixels = np.where(distance < 20, 200, np.where(distance < 30, 30, 120)).astype(np.uint8)
        png(tmp_path / "labeled" / f"{name}.png", pixels)
        png(tmp_path / "labeled" / f"{name}_seg-axon.png", ((distance < 20) * 255).astype(np.uint8))
        png(
            tmp_path / "labeled" / f"{name}_seg-myelin.png",
            (((distance >= 20) & (distance < 30)) * 255).astype(np.uint8),
        )
    return tmp_path / "labeled"


def run(image: Path, labeled: Path, out: Path, *more: str) -> Result:
    arguments = [
        "bootstrap",
        str(image),
        "--labeled",
        str(labeled),
        "--out",
        str(out),
        "--path",
        "direct",
        "--preset",
        "tiny",
    ]
    return CliRunner().invoke(app, [*arguments, "--device", "cpu", *more])


def assert_refused(result: Result, out: Path, *words: str) -> None:
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    sentences = [line for line in result.output.splitlines() if line.startswith("Error")]
    assert len(sentences) == 1, result.output
    for word in words:
        assert word in result.output
    assert not out.is_dir() or not any(out.iterdir())


def text_as_png(folder: Path) -> Path:
    (folder / "notes.png").write_text("these are notes, not pixels")
    return folder / "notes.png"


def empty_file(folder: Path) -> Path:
    (folder / "empty.png").touch()
    return folder / "empty.png"


def truncated_file(folder: Path) -> Path:
    whole = png(folder / "whole.png", np.random.default_rng(1).integers(0, 255, (100, 100), np.uint8)).read_bytes()
    (folder / "half.png").write_bytes(whole[: len(whole) // 2])
    return folder / "half.png"


def one_pixel(folder: Path) -> Path:
    return png(folder / "one.png", np.zeros((1, 1), np.uint8))


def nans(folder: Path) -> Path:
    pixels = np.ones((64, 64), np.float32)
    pixels[3, 4] = np.nan
    tifffile.imwrite(folder / "nan.tif", pixels)
    return folder / "nan.tif"


def stack(folder: Path) -> Path:
    tifffile.imwrite(folder / "stack.tif", np.zeros((5, 64, 64), np.uint8), photometric="minisblack")
    return folder / "stack.tif"


def missing(folder: Path) -> Path:
    return folder / "nothing-here.png"


def folder_without_images(folder: Path) -> Path:
    (folder / "bare").mkdir()
    return folder / "bare"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (text_as_png, ["notes.png"]),
        (empty_file, ["empty.png"]),
        (truncated_file, ["half.png"]),
        (one_pixel, ["one.png", "1 x 1"]),
        (nans, ["nan.tif", "NaN"]),
        (stack, ["stack.tif", "stack of 5", "--slices 0 to 4"]),
        (missing, ["nothing-here.png"]),
        (folder_without_images, ["bare"]),
    ],
)
def test_unusable_image(make: Callable[[Path], Path], words: list[str], tmp_path: Path, labeled: Path) -> None:
    assert_refused(run(make(tmp_path), labeled, tmp_path / "out"), tmp_path / "out", *words)


def test_mask_with_unknown_values(good: Path, labeled: Path, tmp_path: Path) -> None:
    png(labeled / "a_seg-axon.png", np.full((96, 96), 60, np.uint8))
    assert_refused(run(good, labeled, tmp_path / "out"), tmp_path / "out", "a_seg-axon.png", "60")


def test_labels_of_another_shape(good: Path, labeled: Path, tmp_path: Path) -> None:
    for name in ("axon", "myelin"):
        png(labeled / f"a_seg-{name}.png", np.zeros((40, 50), np.uint8))
    assert_refused(run(good, labeled, tmp_path / "out"), tmp_path / "out", "shape")


def test_labeled_set_without_axons(good: Path, labeled: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        png(labeled / f"{name}_seg-axon.png", np.zeros((96, 96), np.uint8))
    assert_refused(run(good, labeled, tmp_path / "out"), tmp_path / "out", "axon")


def test_output_that_cannot_be_written(good: Path, labeled: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    result = run(good, labeled, tmp_path / "file" / "out")
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert (tmp_path / "file").read_text() == "not a folder"


def test_full_disk(good: Path, labeled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    out = tmp_path / "out"
    replace = os.replace

    def full(source: os.PathLike[str] | str, target: os.PathLike[str] | str) -> None:
        if Path(target).is_relative_to(out):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    assert_refused(run(good, labeled, out), out, "space")


def test_traceback_with_verbose_only(labeled: Path, tmp_path: Path) -> None:
    result = run(tmp_path / "nothing.png", labeled, tmp_path / "out", "-v")
    assert result.exit_code == 2
    assert "Traceback" in result.output


def test_existing_results_stay_without_overwrite(good: Path, labeled: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "good_seg-axon.png").write_bytes(b"mine")
    result = run(good, labeled, out)
    assert result.exit_code == 2
    assert "--overwrite" in result.output
    assert (out / "good_seg-axon.png").read_bytes() == b"mine"
    assert [file.name for file in out.iterdir()] == ["good_seg-axon.png"]
