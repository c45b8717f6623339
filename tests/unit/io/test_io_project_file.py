"""project.json: nothing in it is lost, whoever writes it."""

import json
import os
from pathlib import Path

import pytest

from labelbridge.core import InputError
from labelbridge.io.project import PROJECT_FILE, Project, ProjectImage


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project that was saved twice, so that it has a backup."""
    made = Project.create(tmp_path / "My Projekt ä", name="first")
    made.update(name="second")
    return made


def test_what_was_set_is_there_again(project: Project, tmp_path: Path) -> None:
    models = [project.folder / "models" / "tem", tmp_path / "Modelle für SEM", tmp_path / "Modelle für SEM"]
    settings = {"path": "tutorship", "scale": float("nan"), "sizes": (1, 2), "out": Path("a")}
    project.update(models=models, labeled_sets=[tmp_path / "tem"], translators=[], settings=settings)
    again = Project.open(project.folder / PROJECT_FILE)
    assert again.document == project.document
    assert again.models == tuple(models[:2])
    assert again.labeled_sets == (tmp_path / "tem",)
    assert again.document.models == ("models/tem", "../Modelle für SEM")
    assert again.document.settings == {"path": "tutorship", "scale": None, "sizes": [1, 2], "out": "a"}
    assert again.document.name == "second"
    assert again.notice is None


def test_the_channel_is_that_of_the_image_or_of_the_project(project: Project) -> None:
    images = tuple(
        ProjectImage(name=name, place=f"{name}.png", sha256=name, size_bytes=9, shape=(20, 30), channel=channel)
        for name, channel in (("own", 1), ("none", None))
    )
    project.change(lambda document: document.model_copy(update={"images": images}))
    assert project.channel_of("none") == "luminance"
    project.update(channel="green")
    again = Project.open(project.folder)
    assert (again.channel_of("own"), again.channel_of("none")) == (1, "green")


def test_a_project_from_before_there_was_a_channel_opens(project: Project) -> None:
    content = json.loads((project.folder / PROJECT_FILE).read_text(encoding="utf-8"))
    del content["channel"]
    content["settings"] = {"bootstrap": {"path": "direct", "channel": "red", "uses": []}}
    (project.folder / PROJECT_FILE).write_text(json.dumps(content), encoding="utf-8")
    assert Project.open(project.folder).document.channel == "luminance"


@pytest.mark.parametrize("lost", [None, PROJECT_FILE])
def test_a_project_is_not_made_twice(project: Project, lost: str | None) -> None:
    if lost:
        (project.folder / lost).unlink()
    before = {file: file.read_bytes() for file in project.folder.iterdir()}
    with pytest.raises(InputError, match="is a project already; open it"):
        Project.create(project.folder)
    assert {file: file.read_bytes() for file in project.folder.iterdir()} == before


def test_a_folder_that_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"project\.json: there is no such file, expected the file of a project"):
        Project.open(tmp_path)


def test_what_this_version_does_not_know_is_kept(project: Project) -> None:
    content = json.loads((project.folder / PROJECT_FILE).read_text(encoding="utf-8"))
    content["colours"] = {"axon": "blue"}
    (project.folder / PROJECT_FILE).write_text(json.dumps(content), encoding="utf-8")
    Project.open(project.folder).update(name="third")
    saved = json.loads((project.folder / PROJECT_FILE).read_text(encoding="utf-8"))
    assert saved["colours"] == {"axon": "blue"}
    assert saved["name"] == "third"


def test_a_newer_project_is_refused_and_its_backup_is_not_opened(project: Project) -> None:
    (project.folder / PROJECT_FILE).write_text('{"format": 2, "name": []}', encoding="utf-8")
    with pytest.raises(InputError, match="got a project of format 2, expected at most 1; update LabelBridge"):
        Project.open(project.folder)


def test_the_second_window_is_told_and_loses_nothing(project: Project) -> None:
    other = Project.open(project.folder)
    other.update(name="of the other window")
    before = {file: file.read_bytes() for file in project.folder.iterdir()}
    with pytest.raises(InputError, match="was changed on the disk since it was read"):
        project.update(name="mine")
    assert project.document.name == "second"
    assert {file: file.read_bytes() for file in project.folder.iterdir()} == before
    project.reload()
    assert project.document.name == "of the other window"
    project.update(name="mine")
    assert Project.open(project.folder).document.name == "mine"


def test_a_window_that_saves_at_the_last_moment_wins(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    real, file = os.fsync, project.folder / PROJECT_FILE
    newest = file.read_bytes().replace(b"second", b"newest")
    monkeypatch.setattr(os, "fsync", lambda number: (real(number), file.write_bytes(newest)))
    with pytest.raises(InputError, match="was changed on the disk"):
        project.update(name="mine")
    assert file.read_bytes() == newest


def test_a_folder_that_is_moved_while_it_is_open_is_not_made_again(project: Project, tmp_path: Path) -> None:
    project.folder.rename(tmp_path / "moved")
    with pytest.raises(InputError, match=r"is not there any more; if it was moved, open the project at its new place"):
        project.update(name="mine")
    assert not project.folder.exists()


@pytest.mark.parametrize("content", [b"", b'{"format": 1, "name', b"[]", b'{"format": 1}', b"\xff\xfe"])
def test_of_a_damaged_file_the_backup_is_opened_and_the_damaged_one_kept(project: Project, content: bytes) -> None:
    (project.folder / PROJECT_FILE).write_bytes(content)
    opened = Project.open(project.folder)
    assert opened.document.name == "first"
    assert opened.notice
    assert "project.json: got a damaged file" in opened.notice
    assert (project.folder / PROJECT_FILE).read_bytes() == content
    opened.update(name="third")
    assert opened.notice is None
    (kept,) = project.folder.glob("project.damaged-*.json")
    assert kept.read_bytes() == content
    (project.folder / PROJECT_FILE).write_bytes(content)
    assert Project.open(project.folder).document.name == "first"


def test_without_a_backup_a_damaged_file_is_one_sentence(project: Project) -> None:
    for name in (PROJECT_FILE, "project.backup.json"):
        (project.folder / name).write_bytes(b"{")
    with pytest.raises(InputError, match=r"got a damaged file .* copy the file back from a copy of yours"):
        Project.open(project.folder)


def test_a_disk_that_refuses_changes_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {file: file.read_bytes() for file in project.folder.iterdir() if file.name == PROJECT_FILE}

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="the disk is full"):
        project.update(name="third")
    assert project.document.name == "second"
    monkeypatch.undo()
    assert {file: file.read_bytes() for file in before} == before
    assert not list(project.folder.glob(".*"))
    project.update(name="third")
