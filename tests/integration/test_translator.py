"""A translator from its training to masks, by the commands that a user types; tiny networks on phantoms."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from safetensors.numpy import load_file
from typer.testing import CliRunner, Result

from labelbridge.bootstrap import TutorshipSettings
from labelbridge.bootstrap.files import FileRequest, bootstrap_files
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.bootstrap.translators.training import train_translator_task
from labelbridge.cli.main import app
from labelbridge.core import Cancelled, InputError, Reporter
from labelbridge.io import read_image
from labelbridge.translate import read_translator_card
from labelbridge.translate.syndiff.settings import SynDiffSettings
from make_phantoms import make_sem, make_tem

SHORT = {"steps": 10, "warmup_steps": 4, "judgements": 2}


def write(pixels: np.ndarray, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    PillowImage.fromarray(pixels).save(file)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    for seed in (11, 12, 13):
        pixels, labels = make_tem(seed, (220, 220))
        write(pixels, root / f"tem/sub-{seed}/tile-{seed}.png")
        for value, name in ((1, "axon"), (2, "myelin")):
            write(((labels == value) * 255).astype(np.uint8), root / f"tem/sub-{seed}/tile-{seed}_seg-{name}.png")
    for seed in (21, 22):
        write(make_sem(seed, (120, 130))[0], root / f"sem/sub-{seed}_SEM.png")
    return root


@pytest.fixture(scope="module", autouse=True)
def _short() -> Iterator[None]:
    whole = TranslatorTask.training

    def short(task: TranslatorTask) -> SynDiffSettings:
        return whole(task).model_copy(update=SHORT if task.preset == "tiny" else {})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TranslatorTask, "training", short)
        yield


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def train(data: Path, out: Path, *more: object) -> Result:
    sets = ("--labeled", data / "tem", "--unlabeled", data / "sem")
    return run("train", "translator", *sets, "--preset", "tiny", "--device", "cpu", "--out", out, *more)


@pytest.fixture(scope="module")
def job(data: Path) -> Path:
    result = train(data, data / "job")
    assert result.exit_code == 0, result.output
    assert f"The translator is in {data / 'job' / 'result'}" in result.output
    return data / "job"


@pytest.fixture(scope="module")
def translator(job: Path) -> Path:
    return job / "result"


def test_the_card_says_what_the_translator_was_made_from(data: Path, translator: Path) -> None:
    card = read_translator_card(translator)
    assert (card.structure_size_px, card.crop_px) == (24, 32)
    assert card.labeled_style is not None
    assert card.unlabeled_style is not None
    assert (card.labeled_style.polarity, card.unlabeled_style.polarity) == ("bright-axon", "dark-axon")
    assert card.labeled_structure_size_px == pytest.approx(115, abs=20)
    inputs = card.provenance["inputs"]
    assert isinstance(inputs, list)
    assert [one["name"] for one in inputs] == [
        file.name for file in (*sorted(data.glob("tem/*/tile-??.png")), *sorted(data.glob("sem/*")))
    ]
    assert {"cycle_labeled_ssim", "intensity_cycle_labeled_ssim", "real_halves_patch_distance_labeled"} <= set(
        card.metrics
    )
    assert card.metrics["step"] in (4, 9, 14)


def test_the_job_tells_what_happened(job: Path) -> None:
    events = [json.loads(line) for line in (job / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    said = [event["sentence"] for event in events if event["event"] == "said"]
    assert any("to judge on (sub-" in sentence for sentence in said)
    assert any("10 steps after 4 of warm start" in sentence for sentence in said)
    assert any("are free" in sentence for sentence in said)
    shown = {event["file"] for event in events if event["event"] == "preview"}
    assert {f"previews/{way}-000000.png" for way in ("to_labeled", "to_unlabeled")} < shown
    for file in shown:
        with PillowImage.open(job / file) as picture:
            assert np.ptp(np.asarray(picture)) > 100


class StopAfter(Reporter):
    """Asks to stop once so many numbers of the training were told."""

    def __init__(self, step: int) -> None:
        self._step = step
        self._stop = False

    def metrics(self, step: int, **values: float) -> None:
        self._stop = self._stop or step >= self._step

    def should_stop(self) -> bool:
        return self._stop


def test_a_stopped_training_goes_on_to_the_same_translator(data: Path, translator: Path, tmp_path: Path) -> None:
    task = TranslatorTask(labeled=data / "tem", unlabeled=data / "sem", preset="tiny", device="cpu")
    work, out = tmp_path / "work", tmp_path / "result"
    with pytest.raises(Cancelled):
        train_translator_task(task.model_dump(), work, out, StopAfter(9))
    assert not out.exists()
    other = task.model_copy(update={"labeled": data / "tem" / "sub-11"})
    with pytest.raises(InputError, match="begun on other images"):
        train_translator_task(other.model_dump(), work, out, Reporter())
    train_translator_task(task.model_dump(), work, out, Reporter())
    once, again = load_file(translator / "model.safetensors"), load_file(out / "model.safetensors")
    assert once.keys() == again.keys()
    assert all(np.array_equal(once[name], again[name]) for name in once)


def test_a_finished_job_or_another_task_is_not_continued(data: Path, job: Path) -> None:
    assert "this job is finished" in train(data, job, "--resume").output
    assert train(data, job, "--resume", "--no-warm-start").exit_code == 2


def test_the_published_method_starts_from_random_weights() -> None:
    task = TranslatorTask(labeled=Path("l"), unlabeled=Path("u"), warm_start=False, preset="paper", seed=3)
    assert (task.training().warmup_steps, task.training().structure_weight, task.training().seed) == (0, 0, 3)


def test_a_disk_that_is_too_small_is_told(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labelbridge.bootstrap.translators.training.disk_need_bytes", lambda _: 10**18)
    result = train(data, tmp_path / "job")
    assert result.exit_code == 2
    assert "expected 1000000000.0 GB for checkpoints" in result.output


def test_images_of_u_are_translated_by_what_the_card_remembers(data: Path, translator: Path, tmp_path: Path) -> None:
    arguments = ("translate", data / "sem", "--to", "labeled", "--translator", translator, "--device", "cpu")
    result = run(*arguments, "--out", tmp_path, "--samples", 2)
    assert result.exit_code == 0, result.output
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == [f"sub-{seed}_SEM_as-labeled{end}.tif" for seed in (21, 22) for end in ("", "_spread")]
    assert read_image(tmp_path / names[0]).shape == (120, 130)
    assert read_image(tmp_path / names[1]).data.max() > 0
    assert "exists already" in run(*arguments, "--out", tmp_path, "--samples", 2).output


@pytest.mark.parametrize("more", [(), ("--scale", "0.5"), ("--labeled", "tem", "--unlabeled", "sem")])
def test_images_of_l_are_brought_to_the_size_of_u(
    data: Path, translator: Path, tmp_path: Path, more: tuple[str, ...]
) -> None:
    places = [str(data / word) if word in ("tem", "sem") else word for word in more]
    image = data / "tem" / "sub-11" / "tile-11.png"
    arguments = ("translate", image, "--to", "unlabeled", "--translator", translator, "--device", "cpu")
    result = run(*arguments, "--out", tmp_path, *places)
    assert result.exit_code == 0, result.output
    height, width = read_image(tmp_path / "tile-11_as-unlabeled.tif").shape
    assert height == width == (110 if "--scale" in more else pytest.approx(220 * 0.44, abs=15))


def test_without_a_translator_the_looks_must_be_given(data: Path, tmp_path: Path) -> None:
    assert (
        "no --labeled DIR and no --unlabeled DIR"
        in run("translate", data / "sem", "--to", "labeled", "--out", tmp_path).output
    )
    sets = ("--labeled", data / "tem", "--unlabeled", data / "sem")
    result = run("translate", data / "sem", "--to", "labeled", *sets, "--samples", 3, "--out", tmp_path)
    assert "--samples 3" in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_translator_is_judged_beside_intensity_and_real_images(data: Path, job: Path, tmp_path: Path) -> None:
    result = run("evaluate", "translator", job, "--out", tmp_path / "numbers.csv", "--device", "cpu")
    assert result.exit_code == 0, result.output
    assert "| measured on held-out images | SynDiff | intensity | real halves | real other subjects |" in result.output
    with (tmp_path / "numbers.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["measured"]: row for row in csv.DictReader(file)}
    kept = read_translator_card(job / "result").metrics
    for name in ("cycle_labeled_ssim", "patch_distance_unlabeled"):
        assert float(rows[name]["SynDiff"]) == pytest.approx(kept[name], rel=0.01)  # judged in 32 bits, kept in 16
        assert float(rows[name]["intensity"]) == pytest.approx(kept[f"intensity_{name}"])
    assert float(rows["patch_distance_labeled"]["real halves"]) == kept["real_halves_patch_distance_labeled"]
    assert "exists already" in run("evaluate", "translator", job, "--out", tmp_path / "numbers.csv").output


def test_other_images_all_judge(data: Path, translator: Path, tmp_path: Path) -> None:
    for seed in (31, 32):
        write(make_sem(seed, (120, 130))[0], tmp_path / f"other-{seed}.png")
    result = run("evaluate", "translator", translator, "--unlabeled", tmp_path, "--device", "cpu")
    assert result.exit_code == 0, result.output
    assert "new images: all 2 judge" in result.output


def test_a_translator_alone_needs_images(translator: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes((translator / "config.json").read_bytes())
    result = run("evaluate", "translator", tmp_path)
    assert result.exit_code == 2
    assert "give --labeled DIR and --unlabeled DIR" in result.output


def test_a_training_that_has_not_ended_is_not_judged(job: Path, tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_bytes((job / "spec.json").read_bytes())
    result = run("evaluate", "translator", tmp_path)
    assert "has not ended" in result.output


def bootstrap(data: Path, path: str, out: Path, *more: object) -> Result:
    sets = ("--labeled", data / "tem", "--preset", "tiny", "--device", "cpu")
    return run("bootstrap", data / "sem", "--path", path, *sets, "--out", out, *more)


def test_adaptation_uses_the_translator(data: Path, translator: Path, repository: Path, tmp_path: Path) -> None:
    segmenter = ("--segmenter", repository / "sample_data/models/segmenter")
    for name, more in (("intensity", ()), ("syndiff", ("--translator", translator))):
        result = bootstrap(data, "adaptation", tmp_path / name, *segmenter, *more)
        assert result.exit_code == 0, result.output
    masks = [tmp_path / name / "sub-21_SEM_seg-axonmyelin.png" for name in ("intensity", "syndiff")]
    assert masks[0].read_bytes() != masks[1].read_bytes()
    record = json.loads((tmp_path / "syndiff" / "sub-21_SEM_provenance.json").read_bytes())
    assert record["models"]["translator"]["name"] == "syndiff-tiny"
    assert set(record["models"]["translator"]["files"]) == {"config.json", "model.safetensors"}


def test_tutorship_learns_from_translations(data: Path, translator: Path, tmp_path: Path) -> None:
    request = FileRequest(
        images=[data / "sem" / "sub-21_SEM.png"],
        out=tmp_path,
        path="tutorship",
        labeled=data / "tem",
        unlabeled=data / "sem",
        translator=translator,
        settings=TutorshipSettings(preset="tiny", styled_images=6, fibre_px=40, device="cpu"),
    )
    bootstrap_files(request, Reporter(), lambda _: None)
    record = json.loads((tmp_path / "sub-21_SEM_provenance.json").read_bytes())
    assert record["models"]["translator"]["name"] == "syndiff-tiny"
    assert record["models"]["segmenter"]["kind"] == "tutored-segmenter"
    assert record["settings"]["training"]["translated_share"] == 0.5


def test_direct_and_a_translator_do_not_go_together(data: Path, translator: Path, tmp_path: Path) -> None:
    result = bootstrap(data, "direct", tmp_path, "--translator", translator)
    assert result.exit_code == 2
    assert "leave --translator out" in result.output
    assert list(tmp_path.iterdir()) == []
