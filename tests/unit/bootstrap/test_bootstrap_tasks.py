"""What jobs can be told, and what is refused before there is a job."""

import shutil
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as PillowImage
from pydantic import ValidationError

from labelbridge.bootstrap.tasks.kinds import KINDS, checked_task, task_of
from labelbridge.bootstrap.tasks.tutorship import TutorshipTask
from labelbridge.core import InputError
from labelbridge.jobs.tasks import TASKS, find_task
from make_phantoms import make_sem, make_tem


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    for name in ("tem", "sem", "empty"):
        (root / name).mkdir()
    pixels, labels = make_tem(41, (200, 200))
    PillowImage.fromarray(pixels).save(root / "tem" / "one.png")
    for value, name in ((1, "axon"), (2, "myelin")):
        PillowImage.fromarray(((labels == value) * 255).astype(np.uint8)).save(root / "tem" / f"one_seg-{name}.png")
    PillowImage.fromarray(make_sem(42, (120, 130))[0]).save(root / "sem" / "new.png")
    return root


def sets(data: Path) -> dict[str, object]:
    return {"labeled": data / "tem", "unlabeled": data / "sem", "preset": "tiny", "device": "cpu"}


def test_every_task_can_be_checked_and_done() -> None:
    assert KINDS.keys() == TASKS.keys()
    for name in TASKS:
        assert callable(find_task(name))


def test_paths_are_from_the_root_on(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data)
    task = task_of("bootstrap", {"images": ["sem", "sem/new.png"], "segmenter": "model", "path": "direct"})
    assert task.model_dump()["images"] == (data.resolve() / "sem", data.resolve() / "sem" / "new.png")
    assert task.model_dump()["segmenter"] == data.resolve() / "model"
    assert task.model_dump()["labeled"] is None


def test_an_unknown_task_or_setting_is_refused() -> None:
    with pytest.raises(InputError, match="got task 'dance', expected one of bootstrap, "):
        task_of("dance", {})
    with pytest.raises(ValidationError, match="size"):
        task_of("tutorship", {"labeled": "l", "unlabeled": "u", "size": 3})


def test_a_tutorship_that_can_be_done_is_taken(data: Path, tmp_path: Path) -> None:
    task = checked_task("tutorship", sets(data) | {"translator_preset": "tiny"}, tmp_path / "not" / "there")
    assert isinstance(task, TutorshipTask)
    training = task.translator_task
    assert training is not None
    assert (training.preset, training.seed, training.device) == ("tiny", 0, "cpu")
    assert not (tmp_path / "not").exists()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"translator": "model", "translator_preset": "tiny"}, "got a translator and the preset of one"),
        ({"translator_minutes": 3}, "add --translator-preset"),
        ({"translator": "empty"}, "empty: got no config.json"),
        ({"labeled": "sem"}, "got no labelled image"),
        ({"labeled": "nowhere"}, "nowhere: got a path that does not exist"),
        ({"unlabeled": "empty"}, "empty: got"),
        ({"tile_overlap": 0.9}, "0.9"),
        ({"slices": 7}, "new.png: got"),
        pytest.param(
            {"device": "cuda"},
            "got device 'cuda'",
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason="has a graphics card"),
        ),
    ],
)
def test_a_tutorship_that_cannot_be_done_is_refused(data: Path, more: dict[str, object], sentence: str) -> None:
    folders = ("translator", "labeled", "unlabeled")
    placed = {name: data / str(value) if name in folders else value for name, value in more.items()}
    with pytest.raises(InputError, match=sentence):
        checked_task("tutorship", sets(data) | placed)


@pytest.mark.parametrize("task", ["tutorship", "bootstrap", "train-translator"])
def test_a_disk_without_room_is_told_before_there_is_a_job(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: str
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 10_000, 10_000))
    settings = sets(data) | ({"images": [data / "sem"]} if task == "bootstrap" else {})
    with pytest.raises(InputError, match=r"job: got 0 MB free, expected .* for "):
        checked_task(task, settings, tmp_path / "job")


def test_evaluations_are_refused_where_nothing_belongs_together(data: Path) -> None:
    with pytest.raises(InputError, match="sem"):
        checked_task("evaluate-masks", {"predictions": data / "sem", "truth": data / "tem"})
    with pytest.raises(InputError, match="empty"):
        checked_task("evaluate-translator", {"translator": data / "empty"} | {"labeled": data, "unlabeled": data})
