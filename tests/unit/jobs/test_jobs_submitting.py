"""From a spec to a job that somebody has been handed."""

from pathlib import Path

import pytest

from labelbridge.core import InputError
from labelbridge.jobs import RUNNERS, JobFolder, JobSpec, JobStore, LocalRunner, submit_job

SPEC = JobSpec.of("count", {"to": 3})


class Place(LocalRunner):
    """Only notes what it is handed."""

    submitted: list[Path]

    def submit(self, folder: JobFolder) -> None:
        assert folder.spec() == SPEC
        self.submitted.append(folder.path)


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> type[Place]:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(Place, "submitted", [], raising=False)
    monkeypatch.setitem(RUNNERS, "local", Place)
    return Place


def test_a_job_lies_where_all_are_or_where_one_likes(place: type[Place], tmp_path: Path) -> None:
    made = [submit_job(SPEC), submit_job(SPEC), submit_job(SPEC, tmp_path / "elsewhere")]
    assert place.submitted == [folder.path for folder in made]
    assert {folder.path.parent for folder in made[:2]} == {JobStore().root}
    assert made[2].path == tmp_path / "elsewhere"
    assert len(JobStore().jobs()) == 3


@pytest.mark.parametrize("on", ["moon", "slurm:gone.toml"])
def test_where_there_is_no_such_place_no_job_is_made(place: type[Place], on: str) -> None:
    with pytest.raises(InputError):
        submit_job(SPEC, on=on)
    assert not JobStore().jobs()
    assert place.submitted == []
