"""Tutorship as one job: chained, stopped between and within its stages, and continued; tiny networks on phantoms."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from typer.testing import CliRunner

from labelbridge.bootstrap.store import file_hashes
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.cli.main import app
from labelbridge.core import Cancelled, InputError, Reporter
from labelbridge.jobs import JobFolder, JobHistory, JobSpec, checkpoints_of, run_job
from labelbridge.translate.syndiff.settings import SynDiffSettings
from make_phantoms import make_sem, make_tem

MOMENTS = ("translator: warm", "model: style", "model: translating", "model: training", "masks: sub-22_SEM (2 of 2)")
"""Stages to be stopped in, one after the other."""

SHORT = {"steps": 6, "warmup_steps": 2, "judgements": 2}
STEMS = ("sub-21_SEM", "sub-22_SEM")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    (root / "sem").mkdir()
    for seed in (11, 12, 13):
        folder = root / f"tem/sub-{seed}"
        folder.mkdir(parents=True)
        pixels, labels = make_tem(seed, (220, 220))
        PillowImage.fromarray(pixels).save(folder / "tile.png")
        for value, name in ((1, "axon"), (2, "myelin")):
            PillowImage.fromarray(((labels == value) * 255).astype(np.uint8)).save(folder / f"tile_seg-{name}.png")
    for seed, stem in zip((21, 22), STEMS, strict=True):
        PillowImage.fromarray(make_sem(seed, (120, 130))[0]).save(root / f"sem/{stem}.png")
    return root


@pytest.fixture(scope="module", autouse=True)
def _short() -> Iterator[None]:
    whole = TranslatorTask.training

    def short(task: TranslatorTask) -> SynDiffSettings:
        return whole(task).model_copy(update=SHORT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TranslatorTask, "training", short)
        yield


def prepare(data: Path, path: Path, *, resume: bool = False, **more: object) -> JobFolder:
    settings = {
        "labeled": data / "tem",
        "unlabeled": data / "sem",
        "translator_preset": "tiny",
        "preset": "tiny",
        "styled_images": 6,
        "device": "cpu",
    }
    return JobFolder.prepare(path, JobSpec.of("tutorship", settings | more), resume=resume)


def masks_of(folder: JobFolder) -> dict[str, bytes]:
    files = (folder.result / "masks").iterdir()
    return {file.name: file.read_bytes() for file in files if "provenance" not in file.name}


@pytest.fixture(scope="module")
def job(data: Path) -> JobFolder:
    folder = prepare(data, data / "job")
    run_job(folder)
    return folder


def test_one_job_gives_masks_model_and_translator(job: JobFolder) -> None:
    assert sorted(path.name for path in job.result.iterdir()) == ["masks", "model", "translator"]
    assert {f"{stem}_seg-{what}.png" for stem in STEMS for what in ("axon", "myelin")} < masks_of(job).keys()
    for stem in STEMS:
        record = json.loads((job.result / "masks" / f"{stem}_provenance.json").read_text(encoding="utf-8"))
        assert record["models"]["segmenter"]["files"] == file_hashes(job.result / "model")
        assert record["models"]["translator"]["files"] == file_hashes(job.result / "translator")
        assert np.asarray(PillowImage.open(job.result / "masks" / f"{stem}_seg-axon.png")).shape == (120, 130)
    assert checkpoints_of(job) == [], "another translator would ask for another model and other masks"


def test_the_progress_is_that_of_the_whole_and_the_curves_are_apart(job: JobFolder) -> None:
    told = [event for event in job.events() if event["event"] == "progress"]
    parts = [float(str(event["done"])) / float(str(event["total"])) for event in told]
    assert parts == sorted(parts)
    assert parts[-1] == pytest.approx(1.0)
    names = [str(event["stage"]).split(":")[0] for event in told]
    assert list(dict.fromkeys(names)) == ["translator", "model", "masks"]
    history = JobHistory(job)
    while history.read(1.0):
        pass
    assert {"translator_score", "model_loss"} < history.curves.keys()
    assert all(name.startswith(("translator_", "model_")) for name in history.curves)
    assert history.curves["model_loss"].points()[0].tolist() == [5, 10]
    assert (job.previews / "to_labeled-000000.png").is_file()


def test_its_translator_is_judged_as_any(job: JobFolder, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["evaluate", "translator", str(job.path), "--device", "cpu"])
    assert result.exit_code == 0, result.output
    folders = {name: job.spec().settings[name] for name in ("labeled", "unlabeled")}
    settings = {"translator": job.result / "translator", "device": "cpu", **folders}
    judging = JobFolder.prepare(tmp_path / "judging", JobSpec.of("evaluate-translator", settings))
    run_job(judging)
    page = (judging.result / "report.md").read_text(encoding="utf-8")
    assert "| measured on held-out images | SynDiff | intensity |" in page
    assert page.strip() in result.output
    assert (judging.result / "report.csv").is_file()


class StopIn(Reporter):
    """Asks to stop once a stage of this name has begun."""

    def __init__(self, stage: str) -> None:
        self.stages: list[str] = []
        self._stage = stage

    def progress(self, done: float, total: float, stage: str) -> None:
        self.stages.append(stage)

    def should_stop(self) -> bool:
        return any(self._stage in stage for stage in self.stages)


@pytest.mark.full
def test_a_job_that_is_stopped_again_and_again_gives_the_same_masks(data: Path, job: JobFolder, tmp_path: Path) -> None:
    path = tmp_path / "job"
    for moment in MOMENTS:
        with pytest.raises(Cancelled):
            run_job(prepare(data, path, resume=True), StopIn(moment))
        assert JobFolder(path).status().ending == "cancelled"
    first = JobFolder(path).checkpoints / "masks" / f"{STEMS[0]}_provenance.json"
    made = first.stat().st_mtime_ns
    going_on = StopIn("never")
    run_job(prepare(data, path, resume=True), going_on)
    assert {stage.split(" (")[0] for stage in going_on.stages} == {"masks: sub-22_SEM"}
    assert "(2 of 2)" in going_on.stages[0]
    assert first.stat().st_mtime_ns == made
    assert masks_of(JobFolder(path)) == masks_of(job)


def test_a_job_does_not_go_on_with_other_images(data: Path, tmp_path: Path) -> None:
    other = tmp_path / "sem"
    other.mkdir()
    PillowImage.fromarray(make_sem(23, (120, 130))[0]).save(other / "new.png")
    settings = {"unlabeled": other, "translator_preset": None}
    with pytest.raises(Cancelled):
        run_job(prepare(data, tmp_path / "job", **settings), StopIn("model: training"))
    PillowImage.fromarray(make_sem(24, (120, 130))[0]).save(other / "new.png")
    with pytest.raises(InputError, match="begun on other images"):
        run_job(prepare(data, tmp_path / "job", resume=True, **settings))


def test_without_a_translator_there_are_two_stages(data: Path, job: JobFolder, tmp_path: Path) -> None:
    given = job.result / "translator"
    for name, translator in (("alone", None), ("given", given)):
        telling = StopIn("model: writing")
        with pytest.raises(Cancelled):
            run_job(prepare(data, tmp_path / name, translator=translator, translator_preset=None), telling)
        assert any("translating" in stage for stage in telling.stages) == (translator is not None)
        assert not any(stage.startswith("translator") for stage in telling.stages)
