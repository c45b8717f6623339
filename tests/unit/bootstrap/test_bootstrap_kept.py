"""Models that had to be trained are kept, and trained again only where what they come from has changed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from labelbridge.bootstrap import Bootstrap, Plan, TutorshipSettings, plannedmodel
from labelbridge.bootstrap.absent import AbsentClasses
from labelbridge.bootstrap.settings import BootstrapPath
from labelbridge.bootstrap.store import kept_folder
from labelbridge.core import (
    AXON_MYELIN,
    ClassMap,
    FloatArray,
    Image,
    LabeledImage,
    ModelCard,
    Plane,
    Reporter,
)
from labelbridge.io.modelfolder import CARD
from labelbridge.segment.nnunet.predict import NnUnetSegmenter


class Undecided:
    """Gives every class the same probability."""

    classes: ClassMap = AXON_MYELIN
    structure_size_px: float | None = None

    def predict(self, plane: Plane, reporter: Reporter) -> Iterator[FloatArray]:
        yield np.full((3, *plane.shape), 1 / 3, np.float32)

    def unmirrored(self) -> "Undecided":
        return self


@pytest.fixture
def trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds that were trained, in this order; the trainings are stood in for."""
    kinds: list[str] = []

    def train(kind: str, folder: Path) -> None:
        kinds.append(kind)
        folder.mkdir(parents=True)
        (folder / CARD).write_text(ModelCard(name=kind, classes=AXON_MYELIN.names).model_dump_json())

    def segmenter(samples: object, work: Path, out: Path, **_: object) -> None:
        train("segmenter", out)

    def tutored(samples: object, found: object, settings: object, work: Path, out: Path, **_: object) -> None:
        train("tutored", out)

    def further(first: Path, samples: object, found: object, settings: object, *folders: Path, **_: object) -> None:
        assert first.exists()
        train("further", folders[1])

    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(plannedmodel, "train_further", further)
    monkeypatch.setattr(plannedmodel, "train_labeled_segmenter", segmenter)
    monkeypatch.setattr(plannedmodel, "train_tutored", tutored)
    monkeypatch.setattr(NnUnetSegmenter, "load", lambda folder, **_: Undecided())
    return kinds


@pytest.fixture
def predict(labeled: list[LabeledImage], new: list[Image]) -> Callable[..., None]:
    def run(
        path: BootstrapPath,
        *,
        scale: float | None = None,
        segmenter: Path | None = None,
        images: list[Image] | None = None,
        absent: AbsentClasses | None = None,
        **settings: object,
    ) -> None:
        chosen = TutorshipSettings.model_validate({"rounds": 0, **settings})
        lacking = absent or AbsentClasses()
        plan = Plan(path, labeled, segmenter=segmenter, scale=scale, absent=lacking, settings=chosen)
        for image, prediction in Bootstrap(plan, images or new).predict(new[:1]):
            assert prediction.labels.shape == image.shape

    return run


def test_direct_and_adaptation_share_the_model_of_l(predict: Callable[..., None], trained: list[str]) -> None:
    predict("direct")
    predict("adaptation")
    predict("direct", scale=0.4)
    predict("direct", styled_images=7)
    predict("direct", device="cpu")
    assert trained == ["segmenter"]
    predict("direct", seed=1)
    predict("direct", fibre_px=50)
    assert trained == ["segmenter"] * 3


def test_a_tutorship_is_for_its_images_and_settings(
    predict: Callable[..., None], trained: list[str], new: list[Image]
) -> None:
    predict("tutorship")
    predict("tutorship", images=new[::-1])
    predict("tutorship", device="cpu")
    assert trained == ["tutored"]
    predict("tutorship", scale=0.4)
    predict("tutorship", styled_images=7)
    predict("tutorship", images=new[:1])
    assert trained == ["tutored"] * 4


def test_rounds_of_self_training_go_on_from_the_model_without(predict: Callable[..., None], trained: list[str]) -> None:
    predict("tutorship")
    predict("tutorship", rounds=1)
    predict("tutorship", rounds=1)
    assert trained == ["tutored", "further"]
    predict("tutorship", rounds=1, absent=AbsentClasses(("myelin",)))
    assert trained == ["tutored", "further", "further"], "nothing was learnt from images without myelin"
    predict("tutorship", rounds=2, seed=1)
    predict("tutorship", seed=1)
    assert trained[3:] == ["tutored", "further"]


def test_a_tutorship_begins_anew_where_the_weights_it_starts_from_have_changed(
    predict: Callable[..., None], trained: list[str], tmp_path: Path
) -> None:
    for folder, weights, trainings in (("one", b"1", 1), ("copy", b"1", 1), ("one", b"2", 2)):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "model.safetensors").write_bytes(weights)
        predict("tutorship", segmenter=tmp_path / folder)
        assert len(trained) == trainings


def test_models_are_kept_where_the_user_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "mine"))
    assert kept_folder("tutored", "f" * 64) == tmp_path / "mine" / "models" / ("tutored-" + "f" * 16)
    monkeypatch.delenv("LABELBRIDGE_HOME")
    assert "labelbridge" in kept_folder("tutored", "f" * 64).as_posix()
    assert not (tmp_path / "mine").exists()
