"""The demo, on its own data and on a phantom that nobody has seen."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from labelbridge.bootstrap.demo import run_demo, sample_data_folder
from labelbridge.core import Reporter

UNSEEN_SEED = 917


@pytest.fixture
def unseen(tmp_path: Path) -> Path:
    """A folder like sample_data whose SEM image has a seed of its own."""
    sys.path.insert(0, str(sample_data_folder()))
    from make_phantoms import make_sem

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
