"""docs/training.md: its commands, one after the other, with tiny networks on the sample images."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from labelbridge.io import find_images, find_masks, read_label_map
from labelbridge.io.project import Project, add_images, save_masks

pytestmark = pytest.mark.full(minutes=3)


def commands_of(page: str) -> list[list[str]]:
    """Return the lines of the page's blocks, as they are typed."""
    blocks = re.findall(r"^```\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return [line.split() for block in blocks for line in block.splitlines()]


def tiny(command: list[str]) -> list[str]:
    """Return the command with the smallest networks and, where a preset can be given, on the CPU."""
    smaller = [
        "tiny" if before.endswith("preset") else word for before, word in zip(["", *command], command, strict=False)
    ]
    few = ("--styled-images", "12")
    match smaller[1:3]:
        case ["train", "translator"]:
            return [*smaller, "--minutes", "0.2", "--device", "cpu"]
        case ["train", "tutorship"]:
            return [*smaller, "--translator-minutes", "0.2", "--preset", "tiny", *few, "--device", "cpu"]
        case ["train", "corrected"]:
            return [*smaller, "--preset", "tiny", "--device", "cpu"]
        case ["bootstrap", _]:
            return [*smaller, "--preset", "tiny", *few, "--device", "cpu"]
    return smaller


def make_project(folder: Path, images: Path, masks: Path) -> None:
    """Make a project with two images that are done: their masks are taken for right."""
    project = Project.create(folder)
    found = find_masks(masks)
    for file in find_images(images)[:2]:
        add_images(project, [file])
        save_masks(project, file.stem, read_label_map(found[file.stem]), state="done")


def test_every_command_of_the_page_works(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    shutil.copytree(repository / "sample_data" / "tem_labeled", tmp_path / "my_tem")
    shutil.copytree(repository / "sample_data" / "sem_unlabeled", tmp_path / "my_sem")
    commands = commands_of((repository / "docs" / "training.md").read_text(encoding="utf-8"))
    assert len(commands) >= 8
    for command in map(tiny, commands):
        if "my_project/" in command:
            make_project(
                tmp_path / "my_project", tmp_path / "my_sem", repository / "sample_data" / "truth" / "sem_unlabeled"
            )
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
    for made in (
        "tem_sem/result",
        "sem_masks/result/model",
        "sem_masks/result/masks",
        "masks",
        "as_tem",
        "retrained/result",
    ):
        assert any((tmp_path / made).iterdir()), made
