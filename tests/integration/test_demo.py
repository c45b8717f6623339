"""The demo, on its own data and on a phantom that nobody has seen."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image as PillowImage

from labelbridge.bootstrap.demo import run_demo, sample_data_folder
from labelbridge.bootstrap.files import FileRequest, bootstrap_files
from labelbridge.core import Reporter
from labelbridge.evaluate import compare_folders
from make_phantoms import make_sem

if TYPE_CHECKING:
    from labelbridge.bootstrap.settings import BootstrapPath

UNSEEN_SEED = 917


@pytest.fixture
def unseen(tmp_path: Path) -> Path:
    """A folder like sample_data whose SEM image has a seed of its own."""
    image, labels = make_sem(UNSEEN_SEED, (384, 384))
    folder = tmp_path / "data"
    (folder / "sem_unlabeled").mkdir(parents=True)
    (folder / "truth" / "sem_unlabeled").mkdir(parents=True)
    for name in ("tem_labeled", "models"):
        shutil.copytree(sample_data_folder() / name, folder / name)
    PillowImage.fromarray(image).save(folder / "sem_unlabeled" / "unseen.png")
    for value, name in ((1, "axon"), (2, "myelin")):
        mask = ((labels == value) * 255).astype(np.uint8)
        PillowImage.fromarray(mask).save(folder / "truth" / "sem_unlabeled" / f"unseen_seg-{name}.png")
    return folder


def test_best_path_on_an_unseen_phantom(unseen: Path, tmp_path: Path) -> None:
    said: list[str] = []
    result = run_demo(tmp_path / "out", Reporter(), said.append, data=unseen)
    assert result.best != "direct"
    assert result.dice[result.best]["axon"] >= 0.80
    assert result.dice[result.best]["axon"] >= result.dice["direct"]["axon"] + 0.10
    assert result.overlay.stat().st_size > 10_000
    assert result.best in result.report.read_text(encoding="utf-8")
    assert any("scale" in sentence for sentence in said)
    assert (result.masks / "unseen_seg-axon.png").exists()


def test_direct_wins_where_the_shift_is_small(tmp_path: Path) -> None:
    data = sample_data_folder()
    dice: dict[str, float] = {}
    paths: tuple[BootstrapPath, ...] = ("direct", "adaptation")
    for path in paths:
        request = FileRequest(
            images=[data / "tem_small_shift"],
            out=tmp_path / path,
            path=path,
            labeled=data / "tem_labeled",
            segmenter=data / "models" / "segmenter",
        )
        bootstrap_files(request, Reporter(), lambda _: None)
        summary = compare_folders(tmp_path / path, data / "truth" / "tem_small_shift").summary()
        dice[path] = summary["axon"].mean.dice + summary["myelin"].mean.dice
    assert dice["direct"] > dice["adaptation"]
    assert dice["direct"] > 1.8
