"""A model that somebody else trained, from its folder to masks."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from labelbridge.bootstrap import TutorshipSettings
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.bootstrap.files import FileRequest, bootstrap_files
from labelbridge.bootstrap.settings import BootstrapPath
from labelbridge.bootstrap.sources import Reading
from labelbridge.core import InputError, Reporter
from labelbridge.io import find_images, find_masks, read_label_map
from labelbridge.segment import read_card
from labelbridge.segment.nnunet.foreign.importing import ModelFacts, import_model
from labelbridge.segment.nnunet.stock import export_model
from make_phantoms import make_tem

TEM = sample_data_folder() / "tem_labeled"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample model as stock nnU-Net has it, without the look of its images, imported again."""
    folder = tmp_path_factory.mktemp("foreign")
    export_model(sample_data_folder() / "models" / "segmenter", folder / "stock")
    facts = ModelFacts(pixel_size_um=0.05)
    import_model(folder / "stock", folder / "model", name="theirs", facts=facts, reporter=Reporter())
    card = read_card(folder / "model")
    assert card.style is None
    assert card.structure_size_px is None
    assert card.intensities == "file"
    return folder / "model"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An image of TEM at three times the size of the network, its truth, and examples of TEM without masks."""
    for folder in ("tem", "examples", "truth"):
        (tmp_path / folder).mkdir()
    image, labels = make_tem(31, (400, 400))
    PillowImage.fromarray(image).save(tmp_path / "tem" / "new.png")
    for value, name in ((1, "axon"), (2, "myelin")):
        PillowImage.fromarray(((labels == value) * 255).astype(np.uint8)).save(
            tmp_path / "truth" / f"new_seg-{name}.png"
        )
    for seed, file in enumerate(find_images(TEM)[:2]):
        with PillowImage.open(file) as picture:
            picture.resize([side // 3 for side in picture.size]).save(tmp_path / "examples" / f"{seed}.png")
    return tmp_path


def run(data: Path, path: BootstrapPath, model: Path, **more: object) -> list[str]:
    said: list[str] = []
    request = FileRequest(
        images=[data / "tem"],
        out=data / "out",
        path=path,
        segmenter=model,
        settings=TutorshipSettings(device="cpu"),
        **more,  # type: ignore[arg-type]
    )
    bootstrap_files(request, Reporter(), said.append)
    return said


def dice(data: Path) -> float:
    found, truth = (read_label_map(find_masks(folder)["new"]).mask("axon") for folder in (data / "out", data / "truth"))
    return float(2 * (found & truth).sum() / (found.sum() + truth.sum()))


def test_direct_works_with_a_model_alone_at_the_scale_given(data: Path, model: Path) -> None:
    (said, _) = run(data, "direct", model, scale=3.0)
    assert "at the scale given (3)" in said
    assert dice(data) > 0.6


def test_direct_meets_the_models_pixel_size(data: Path, model: Path) -> None:
    said = run(data, "direct", model, reading=Reading(pixel_size_um=0.05 / 3))
    assert "its pixel size of 0.05 um" in said[0]
    assert dice(data) > 0.6


def test_images_without_masks_show_how_large_fibres_were(data: Path, model: Path) -> None:
    said = run(data, "direct", model, labeled=data / "examples")
    assert said[0].startswith("scale ")
    assert dice(data) > 0.6


def test_adaptation_asks_for_a_look_at_the_models_images(data: Path, model: Path) -> None:
    with pytest.raises(InputError, match=r"does not remember how .* look; give a few of them .* with --labeled DIR"):
        run(data, "adaptation", model)
    run(data, "adaptation", model, labeled=data / "examples")
    assert dice(data) > 0.5


def test_a_tutorship_needs_labels_whatever_the_model(data: Path, model: Path) -> None:
    with pytest.raises(InputError, match="got no labelled image"):
        run(data, "tutorship", model, labeled=data / "examples")
