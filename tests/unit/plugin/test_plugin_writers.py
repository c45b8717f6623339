"""Class layers saved through napari's own dialog."""

from pathlib import Path
from typing import Any

import napari
import numpy as np
import pytest

from labelbridge.core import InputError
from labelbridge.io import find_masks, find_pixel_size, read_label_map
from labelbridge.plugin.layerdata import LayerData
from labelbridge.plugin.writers import save_axondeepseg, save_geojson, save_ome_tiff, save_ome_zarr

SHAPE = (40, 56)
SAVE = [save_axondeepseg, save_ome_tiff, save_ome_zarr, save_geojson]


def layer(name: str, rows: slice, *, shape: tuple[int, ...] = SHAPE, value: int = 1, **keywords: Any) -> LayerData:
    data = np.zeros(shape, np.uint8)
    data[..., rows, 8:40] = value
    keywords = {"scale": (0.1, 0.1), "units": ("um", "um")} | keywords if len(shape) == 2 else keywords
    return napari.layers.Labels(data, name=name, **keywords).as_layer_data_tuple()


@pytest.fixture
def layers() -> list[LayerData]:
    return [layer("nerve 7 axon", slice(10, 20)), layer("nerve 7 myelin", slice(15, 30))]


@pytest.mark.parametrize("save", SAVE)
def test_what_is_saved_reads_back(save: Any, layers: list[LayerData], tmp_path: Path) -> None:
    further = layer("nerve 7 uaxon", slice(28, 36))
    written = save(str(tmp_path / "nerve 7.png"), [*layers, further])
    assert all(Path(file).exists() for file in written)
    labels = read_label_map(find_masks(tmp_path)["nerve 7"], None)
    assert labels.classes.foreground == ("axon", "myelin", "uaxon")
    rows = {name: np.flatnonzero(labels.mask(name).any(axis=1)) for name in labels.classes.foreground}
    assert (rows["axon"][0], rows["axon"][-1]) == (10, 19)
    assert (rows["myelin"][0], rows["myelin"][-1]) == (20, 29), "the axon wins where they overlap"
    assert (rows["uaxon"][0], rows["uaxon"][-1]) == (30, 35), "both win over further classes"


@pytest.mark.parametrize(("scale", "unit", "um"), [(0.1, "um", 0.1), (250, "nm", 0.25), (1, "pixel", None)])
def test_pixels_keep_their_size(scale: float, unit: str, um: float | None, tmp_path: Path) -> None:
    look = {"scale": (scale, scale), "units": (unit, unit)}
    pair = [layer("x axon", slice(10, 20), **look), layer("x myelin", slice(20, 30), **look)]
    (written,) = save_ome_tiff(str(tmp_path / "x"), pair)
    found = find_pixel_size(Path(written))
    assert found == (um if um is None else pytest.approx(um))


@pytest.mark.parametrize("save", SAVE)
def test_nothing_is_replaced_unasked(save: Any, layers: list[LayerData], tmp_path: Path) -> None:
    written = [Path(file) for file in save(str(tmp_path / "nerve"), layers)]
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    with pytest.raises(InputError, match="exists already; choose another name"):
        save(str(tmp_path / "nerve.png"), list(reversed(layers)))
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before
    assert all(file.exists() for file in written)


@pytest.mark.parametrize("save", [save_ome_tiff, save_ome_zarr, save_geojson])
def test_the_file_that_was_chosen_is_replaced(save: Any, layers: list[LayerData], tmp_path: Path) -> None:
    (written,) = save(str(tmp_path / "nerve"), layers)
    changed = [layer("nerve 7 axon", slice(2, 6)), layers[1]]
    assert save(written, changed) == [written]
    labels = read_label_map(find_masks(Path(written))["nerve"], None)
    assert labels.mask("axon")[2:6, 8:40].all()


def test_of_several_files_none_is_replaced_for_one(layers: list[LayerData], tmp_path: Path) -> None:
    save_axondeepseg(str(tmp_path / "nerve"), layers)
    with pytest.raises(InputError, match="exists already"):
        save_axondeepseg(str(tmp_path / "nerve_seg-axon.png"), layers)


@pytest.mark.parametrize("name", ["at 1.5 um", "at 1.5 um.png", "at 1.5 um.ome.tif", "at 1.5 um_seg-axon.png"])
def test_a_dot_in_the_name_stays(name: str, layers: list[LayerData], tmp_path: Path) -> None:
    (written,) = save_ome_tiff(str(tmp_path / name), layers)
    assert Path(written).name == "at 1.5 um_seg.ome.tif"


def test_masks_alone_are_written_into_the_folder_of_the_images(layers: list[LayerData], tmp_path: Path) -> None:
    written = save_axondeepseg(str(tmp_path / "x"), layers)
    assert {Path(file) for file in written} == set(tmp_path.iterdir())
    assert {file.name for file in tmp_path.iterdir()} == {
        f"x_seg-{name}.png" for name in ("axon", "myelin", "axonmyelin")
    }


def test_the_image_of_that_name_is_never_touched(layers: list[LayerData], tmp_path: Path) -> None:
    (tmp_path / "nerve.ome.tif").write_bytes(b"the image")
    save_ome_tiff(str(tmp_path / "nerve.ome.tif"), layers)
    assert (tmp_path / "nerve.ome.tif").read_bytes() == b"the image"
    assert (tmp_path / "nerve_seg.ome.tif").exists()


@pytest.mark.parametrize(
    ("names", "shapes", "words"),
    [
        (("x axon", "x nerve"), (SHAPE, SHAPE), "expected one each of axon and myelin"),
        (("x axon", "y axon"), (SHAPE, SHAPE), "expected one each of axon and myelin"),
        (("x axon", "y myelin"), (SHAPE, SHAPE), "of one image"),
        (("x axon", "x axon 2", "x myelin"), (SHAPE, SHAPE, SHAPE), "expected one each of axon and myelin"),
        (("x axon", "x myelin"), (SHAPE, (40, 55)), "of one shape for all"),
        (("x axon", "x myelin"), ((3, *SHAPE), (3, *SHAPE)), "expected one plane"),
    ],
)
def test_other_layers_are_one_sentence(
    names: tuple[str, ...], shapes: tuple[tuple[int, ...], ...], words: str, tmp_path: Path
) -> None:
    wrong = [layer(name, slice(3, 9), shape=shape) for name, shape in zip(names, shapes, strict=True)]
    with pytest.raises(InputError, match=words):
        save_ome_tiff(str(tmp_path / "x"), wrong)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["x axon", "x axon 2", "x axon [1]", "x axon 2 [1]", "axon of x"])
def test_classes_are_known_by_note_or_name(name: str, tmp_path: Path) -> None:
    note = {"metadata": {"labelbridge": {"class": "axon"}}} if name == "axon of x" else {}
    pair = [layer(name, slice(10, 20), value=7, **note), layer("x myelin", slice(20, 30))]
    save_ome_tiff(str(tmp_path / "x"), pair)
    assert read_label_map(find_masks(tmp_path)["x"]).mask("axon").sum() == 10 * 32
