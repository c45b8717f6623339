"""Trained translators in use: records, translations that are kept, and a tutorship that draws from them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from labelbridge.bootstrap import TutorshipSettings
from labelbridge.bootstrap.run import Bootstrap, Plan
from labelbridge.bootstrap.survey import Survey, look_at_labeled, survey
from labelbridge.bootstrap.translators.use import translate_labeled, translator_record
from labelbridge.bootstrap.tutoring import train_tutored
from labelbridge.core import Cancelled, Image, InputError, LabeledImage, LabelMap, Reporter, TranslatorCard
from labelbridge.segment.nnunet import train as train_module
from labelbridge.translate.structure import structure_size_px
from labelbridge.translate.syndiff.networks import DiffusiveGenerator
from labelbridge.translate.syndiff.package import write_translator
from labelbridge.translate.syndiff.predict import SynDiffTranslator
from labelbridge.translate.syndiff.settings import Architecture
from make_phantoms import make_sem, make_tem

ARCHITECTURE = Architecture(generator_channels=8, generator_multipliers=(1, 2), generator_blocks=1, attention_levels=())
OWN_PX = 20.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A translator of random weights, trained at fibres of 20 px as far as it says."""
    torch.manual_seed(0)
    states = [DiffusiveGenerator(ARCHITECTURE).state_dict() for _ in range(2)]
    for state in states:
        torch.nn.init.normal_(state["tail.weight"], std=0.2)
    card = TranslatorCard(
        name="random", architecture=ARCHITECTURE.model_dump(mode="json"), structure_size_px=OWN_PX, crop_px=32
    )
    out = tmp_path_factory.mktemp("translator") / "random"
    write_translator({"to_labeled": states[0], "to_unlabeled": states[1]}, card, out)
    return out


@pytest.fixture(scope="module")
def labeled() -> list[LabeledImage]:
    samples = []
    for seed in (61, 62):
        pixels, labels = make_tem(seed, (200, 200))
        image = Image(pixels.astype(np.float32), f"tem-{seed}")
        samples.append(LabeledImage(image, LabelMap(np.where(labels > 2, 0, labels)), f"sub-{seed}"))
    return samples


@pytest.fixture(scope="module")
def found(labeled: list[LabeledImage]) -> Survey:
    return survey(look_at_labeled(labeled, 40), [Image(make_sem(63, (160, 160))[0].astype(np.float32), "sem")])


class Stages(Reporter):
    def __init__(self, stop_at: float = np.inf) -> None:
        self.seen: list[tuple[float, float, str]] = []
        self._stop_at = stop_at

    def progress(self, done: float, total: float, stage: str) -> None:
        self.seen.append((done, total, stage))

    def should_stop(self) -> bool:
        return bool(self.seen) and self.seen[-1][0] >= self._stop_at


def translate(labeled: list[LabeledImage], folder: Path, work: Path, reporter: Reporter) -> list[LabeledImage]:
    translator = SynDiffTranslator.load(folder, "cpu", seed=7)
    return translate_labeled(labeled, translator, 60.0, 4, work, reporter)


def test_each_translation_has_its_own_noise_and_its_sample_s_labels(
    labeled: list[LabeledImage], folder: Path, tmp_path: Path
) -> None:
    made = translate(labeled, folder, tmp_path, Reporter())
    assert [sample.subject for sample in made] == ["sub-61", "sub-62"] * 2
    for one, sample in zip(made, labeled * 2, strict=True):
        expected = sample.resampled(OWN_PX / 60.0)
        assert np.array_equal(one.labels.data, expected.labels.data)
        assert one.image.shape == expected.image.shape
        assert 0 <= one.image.data.min() < one.image.data.max() <= 1
    assert np.abs(made[0].image.data - made[2].image.data).mean() > 1e-3


def test_translations_that_lie_there_are_not_made_again(
    labeled: list[LabeledImage], folder: Path, tmp_path: Path
) -> None:
    whole = translate(labeled, folder, tmp_path / "whole", Reporter())
    with pytest.raises(Cancelled):
        translate(labeled, folder, tmp_path / "work", Stages(stop_at=2.5))
    assert sorted(file.name for file in (tmp_path / "work").iterdir()) == ["0000.npy", "0001.npy"]
    going_on = Stages()
    resumed = translate(labeled, folder, tmp_path / "work", going_on)
    assert going_on.seen[0][0] > 2
    assert going_on.seen[-1] == (4, 4, "translating labelled images")
    for one, other in zip(whole, resumed, strict=True):
        assert np.array_equal(one.image.data, other.image.data)


def test_the_record_names_the_translator_and_its_files(folder: Path) -> None:
    record = translator_record(folder)
    assert (record["name"], record["kind"], record["structure_size_px"]) == ("random", "translator", OWN_PX)
    assert set(record["files"]) == {"config.json", "model.safetensors"}  # type: ignore[call-overload]


@pytest.mark.parametrize(("share", "translations"), [(0.5, 3), (0.0, 0), (1.0, 6)])
def test_a_tutorship_draws_its_share_from_the_translator(
    labeled: list[LabeledImage],
    found: Survey,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    share: float,
    translations: int,
) -> None:
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(
        train_module, "train_segmenter", lambda samples, settings, **more: calls.append({"samples": samples, **more})
    )
    settings = TutorshipSettings(
        preset="tiny", styled_images=6, fibre_px=40, translated_share=share, seed=5, device="cpu"
    )
    train_tutored(labeled, found, settings, tmp_path / "work", tmp_path / "out", translator=folder)
    (call,) = calls
    assert len(call["samples"]) == 6
    assert len(list((tmp_path / "work").glob("translated/*.npy"))) == translations
    assert call["card"].provenance["settings"]["translator"] == translator_record(folder)
    for sample in call["samples"]:
        assert 0.3 * 40 < (structure_size_px(sample.labels) or 0) < 2 * 40


def test_a_kept_model_is_of_its_translator(
    labeled: list[LabeledImage], folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path))
    news = [Image(make_sem(63, (160, 160))[0].astype(np.float32), "sem")]
    asked: list[Path] = []

    def stop(folder: Path, train: object) -> Path:
        asked.append(folder)
        raise InputError("enough")

    monkeypatch.setattr("labelbridge.bootstrap.plannedmodel.trained", stop)
    for translator, share in ((None, 0.5), (None, 0.7), (folder, 0.5), (folder, 0.7)):
        settings = TutorshipSettings(preset="tiny", translated_share=share, device="cpu")
        job = Bootstrap(Plan("tutorship", labeled, translator=translator, settings=settings), news)
        with pytest.raises(InputError, match="enough"):
            next(job.predict(news))
    without, still_without, with_one, with_another_share = asked
    assert without == still_without
    assert len({without, with_one, with_another_share}) == 3


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"path": "direct"}, "translator for direct"),
        ({"path": "tutorship", "tutored": Path("tutored")}, "finished tutorship"),
        ({"path": "adaptation", "translator": Path("nowhere")}, "nowhere"),
    ],
)
def test_a_translator_that_is_of_no_use_is_refused(
    labeled: list[LabeledImage], folder: Path, more: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        Bootstrap(Plan(**{"labeled": labeled, "translator": folder, **more}), [labeled[0].image])
