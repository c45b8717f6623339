"""Files in, files out, with real (if tiny) trainings."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from labelbridge.bootstrap import TutorshipSettings
from labelbridge.bootstrap.files import FileRequest, bootstrap_files
from labelbridge.bootstrap.settings import BootstrapPath
from labelbridge.bootstrap.store import key_of
from labelbridge.bootstrap.translating import Modality, TranslateRequest, translate_files
from labelbridge.core import Cancelled, Image, InputError, LabeledImage, LabelMap, Reporter
from labelbridge.io import read_image
from labelbridge.io.userdata import user_data_folder
from labelbridge.segment import read_card
from make_phantoms import make_sem, make_tem


class Watching(Reporter):
    """Remembers the stages, and asks to stop in one of them."""

    def __init__(self, stop_in: str = "nothing") -> None:
        self.stages: set[str] = set()
        self._stop_in = stop_in

    def progress(self, done: float, total: float, stage: str) -> None:
        self.stages.add(stage)

    def should_stop(self) -> bool:
        return any(self._stop_in in stage for stage in self.stages)

    @property
    def trained(self) -> bool:
        return any("training (fold" in stage for stage in self.stages)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    (tmp_path / "labeled").mkdir()
    (tmp_path / "sem").mkdir()
    for seed in (31, 32):
        image, labels = make_tem(seed, (200, 200))
        PillowImage.fromarray(image).save(tmp_path / "labeled" / f"tem{seed}.png")
        for value, name in ((1, "axon"), (2, "myelin"), (3, "uaxon")):
            mask = ((labels == value) * 255).astype(np.uint8)
            PillowImage.fromarray(mask).save(tmp_path / "labeled" / f"tem{seed}_seg-{name}.png")
    PillowImage.fromarray(make_sem(33, (117, 150))[0]).save(tmp_path / "sem" / "sub-a_sample-1_SEM.png")
    return tmp_path


def request(data: Path, path: BootstrapPath, **more: object) -> FileRequest:
    settings = TutorshipSettings(preset="tiny", styled_images=6, fibre_px=40, device="cpu")
    arguments: dict[str, object] = {
        "images": [data / "sem"],
        "out": data / f"out-{path}",
        "path": path,
        "labeled": data / "labeled",
        "settings": settings,
    }
    return FileRequest(**(arguments | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["direct", "adaptation", "tutorship"])
def test_a_path_writes_masks_of_the_images_shape_and_keeps_its_model(data: Path, path: BootstrapPath) -> None:
    first = Watching()
    written = bootstrap_files(request(data, path, bids=True), first, lambda _: None)
    assert first.trained
    out = data / f"out-{path}"
    stem = "sub-a_sample-1_SEM"
    masks = {what: np.asarray(PillowImage.open(out / f"{stem}_seg-{what}.png")) for what in ("axon", "myelin")}
    both = np.asarray(PillowImage.open(out / f"{stem}_seg-axonmyelin.png"))
    assert masks["axon"].shape == both.shape == (117, 150)
    assert not ((masks["axon"] > 0) & (masks["myelin"] > 0)).any()
    assert np.array_equal(both == 255, masks["axon"] == 255)
    assert np.array_equal(both == 127, masks["myelin"] == 255)
    assert read_image(out / f"{stem}_uncertainty.tif").shape == (117, 150)
    record = json.loads((out / f"{stem}_provenance.json").read_text(encoding="utf-8"))
    assert record["settings"]["path"] == path
    assert record["settings"]["polarity"] == "dark-axon"
    assert len(record["inputs"][0]["sha256"]) == 64
    assert any("model.safetensors" in name for name in record["models"]["segmenter"]["files"])
    assert (out / "derivatives" / "labels" / "sub-a" / "micr" / f"{stem}_seg-axon.png") in written

    before = {file: file.read_bytes() for file in out.rglob("*") if file.is_file()}
    with pytest.raises(InputError, match="--overwrite"):
        bootstrap_files(request(data, path), Reporter(), lambda _: None)
    assert {file: file.read_bytes() for file in out.rglob("*") if file.is_file()} == before

    again = Watching()
    bootstrap_files(request(data, path, out=data / "again"), again, lambda _: None)
    assert not again.trained
    assert np.array_equal(np.asarray(PillowImage.open(data / "again" / f"{stem}_seg-axon.png")), masks["axon"])
    kept = list((user_data_folder() / "models").iterdir())
    assert [folder.name for folder in kept[0].iterdir()] == ["result"]


@pytest.mark.parametrize("stage", ["style", "training (fold"])
def test_a_stopped_tutorship_goes_on_from_its_stages(data: Path, stage: str) -> None:
    with pytest.raises(Cancelled):
        bootstrap_files(request(data, "tutorship"), Watching(stop_in=stage), lambda _: None)
    assert not list((data / "out-tutorship").iterdir())
    kept = user_data_folder() / "models"
    assert bool(list(kept.glob("*/work/styled.npz"))) == (stage != "style")
    going_on = Watching()
    bootstrap_files(request(data, "tutorship"), going_on, lambda _: None)
    assert going_on.trained
    assert ("style" in going_on.stages) == (stage == "style")


def test_a_model_that_remembers_its_look_needs_no_labels(data: Path) -> None:
    bootstrap_files(request(data, "direct"), Reporter(), lambda _: None)
    (model,) = (user_data_folder() / "models").glob("*/result")
    card = read_card(model)
    assert card.kind == "segmenter"
    assert card.style is not None
    assert card.style.polarity == "bright-axon"
    assert card.structure_size_px == pytest.approx(40)
    assert 80 < (card.labeled_structure_size_px or 0) < 170
    lone = request(data, "adaptation", labeled=None, segmenter=model)
    assert len(bootstrap_files(lone, Reporter(), lambda _: None)) == 6


def test_further_classes_are_kept_where_asked_for(data: Path) -> None:
    settings = TutorshipSettings(
        preset="tiny", styled_images=6, fibre_px=40, device="cpu", classes=("axon", "myelin", "uaxon")
    )
    written = bootstrap_files(request(data, "tutorship", settings=settings), Reporter(), lambda _: None)
    assert "sub-a_sample-1_SEM_seg-uaxon.png" in [file.name for file in written]


@pytest.mark.parametrize("path", ["direct", "adaptation", "tutorship"])
def test_neither_labels_nor_model(data: Path, path: BootstrapPath) -> None:
    with pytest.raises(InputError, match="--labeled"):
        bootstrap_files(request(data, path, labeled=None), Reporter(), lambda _: None)


def test_translation_to_either_side(data: Path) -> None:
    ways: list[tuple[Modality, str]] = [("labeled", "sem"), ("unlabeled", "labeled")]
    for to, source in ways:
        wanted = TranslateRequest(
            [data / source], to=to, out=data / to, labeled=data / "labeled", unlabeled=data / "sem"
        )
        (first, *_) = translate_files(wanted, Reporter(), lambda _: None)
        assert first.name.endswith(f"_as-{to}.tif")
        assert read_image(first).data.max() > read_image(first).data.min()
    tif = read_image(data / "labeled" / "sub-a_sample-1_SEM_as-labeled.tif")
    assert tif.shape == (117, 150)
    wanted = TranslateRequest(
        [data / "sem"],
        to="labeled",
        out=data / "labeled",
        labeled=data / "labeled",
        unlabeled=data / "sem",
        format="ome-zarr",
    )
    (first, *_) = translate_files(wanted, Reporter(), lambda _: None)
    assert first.name == "sub-a_sample-1_SEM_as-labeled.ome.zarr"
    np.testing.assert_array_equal(read_image(first).data, tif.data)


def test_the_key_of_a_kept_model_follows_pixels_labels_and_settings_not_names() -> None:
    data = np.arange(400, dtype=np.float32).reshape(20, 20)
    labels = np.zeros((20, 20), np.uint8)

    def key(name: str = "a", shift: float = 0, label: int = 0, seed: int = 0) -> str:
        sample = LabeledImage(Image(data + np.float32(shift), name), LabelMap(labels + np.uint8(label)))
        return key_of([sample], [sample.image], {"seed": seed})

    assert key() == key(name="b")
    assert len({key(), key(shift=1), key(label=1), key(seed=1)}) == 4


def test_the_order_of_the_new_images_does_not_change_the_key() -> None:
    one, two = (Image(np.full((20, 20), grey, np.float32), str(grey)) for grey in (1, 2))
    assert key_of([], [one, two], {}) == key_of([], [two, one], {})
    assert key_of([], [one, two], {}) != key_of([], [one, one], {})
