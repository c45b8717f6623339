"""Files as napari gets them from us."""

from pathlib import Path

import napari
import numpy as np
import pytest
import tifffile
from PIL import Image as PillowImage

from labelbridge.core import AnyArray, ClassMap, Image, InputError, LabelMap
from labelbridge.io import find_masks, write_axondeepseg, write_ome_zarr_image
from labelbridge.io.export.geojson import write_geojson
from labelbridge.io.export.ometiff import write_ome_tiff, write_ome_tiff_volume
from labelbridge.io.export.omezarr import write_ome_zarr
from labelbridge.plugin.layerdata import LayerData
from labelbridge.plugin.masklayers import mask_layers
from labelbridge.plugin.readers import get_reader

SHAPE = (40, 56)
SIZE_UM = 0.13


@pytest.fixture
def labels() -> LabelMap:
    data = np.zeros(SHAPE, np.uint8)
    data[5:25, 5:30] = 2
    data[10:20, 10:25] = 1
    return LabelMap(data)


@pytest.fixture
def grey() -> AnyArray:
    return np.random.default_rng(3).integers(0, 255, SHAPE, np.uint8)


def read(path: Path) -> list[LayerData]:
    reader = get_reader(str(path))
    assert reader is not None
    return reader(str(path))


def by_name(layers: list[LayerData]) -> dict[str, LayerData]:
    return {layer[1]["name"]: layer for layer in layers}


@pytest.mark.parametrize(
    "name", ["x.png", "x_seg-axon.txt", "x_overlay.png", "x.tif", "folder", "x_seg-axon.npy", "x.zarr", "x_seg.png"]
)
def test_what_is_not_ours_is_left_to_others(name: str, tmp_path: Path) -> None:
    assert get_reader(str(tmp_path / name)) is None


def test_a_stack_of_files_is_left_to_others() -> None:
    assert get_reader(["a_seg-axon.png", "b_seg-axon.png"]) is None


def test_nothing_is_opened_before_it_is_read(tmp_path: Path) -> None:
    reader = get_reader(str(tmp_path / "gone_seg-axon.png"))
    assert reader is not None
    with pytest.raises(InputError, match="gone_seg-axon"):
        reader(str(tmp_path / "gone_seg-axon.png"))


def test_a_mask_opens_beside_its_image_with_its_scale(tmp_path: Path, labels: LabelMap, grey: AnyArray) -> None:
    PillowImage.fromarray(grey).save(tmp_path / "nerve.png")
    (tmp_path / "pixel_size_in_micrometer.txt").write_text(str(SIZE_UM), encoding="utf-8")
    write_axondeepseg(labels, "nerve", tmp_path, overwrite=False)
    layers = by_name(read(tmp_path / "nerve_seg-axon.png"))
    assert list(layers) == ["nerve", "nerve axon"]
    assert np.array_equal(layers["nerve"][0], grey)
    axon, meta, kind = layers["nerve axon"]
    assert kind == "labels"
    assert axon.dtype == np.uint8
    assert np.array_equal(axon, labels.mask("axon"))
    for _, meta, _ in layers.values():
        assert (meta["scale"], meta["units"]) == ((SIZE_UM, SIZE_UM), ("um", "um"))


def test_two_classes_of_one_file_are_two_layers_in_their_colours(tmp_path: Path, labels: LabelMap) -> None:
    write_axondeepseg(labels, "nerve", tmp_path, overwrite=False)
    layers = [napari.layers.Layer.create(*layer) for layer in read(tmp_path / "nerve_seg-axonmyelin.png")]
    assert [layer.name for layer in layers] == ["nerve axon", "nerve myelin"]
    assert [layer.metadata["labelbridge"]["class"] for layer in layers] == ["axon", "myelin"]
    blue, red = (layer.get_color(1) for layer in layers)
    assert blue.argmax() % 3 == 2
    assert red.argmax() % 3 == 0
    assert all(np.array_equal(layer.data, labels.mask(layer.name.split()[1])) for layer in layers)


def test_the_layers_take_strokes(tmp_path: Path, labels: LabelMap) -> None:
    write_axondeepseg(labels, "nerve", tmp_path, overwrite=False)
    axon = napari.layers.Layer.create(*read(tmp_path / "nerve_seg-axon.png")[-1])
    axon.paint((30, 40), 1)
    assert axon.data[30, 40] == 1


@pytest.mark.parametrize("write", [write_ome_tiff, write_ome_zarr, write_geojson])
def test_files_of_all_classes_open_as_one_layer_a_class(write, tmp_path: Path, labels: LabelMap) -> None:
    more = LabelMap(labels.data.copy(), ClassMap(("background", "axon", "myelin", "uaxon")))
    more.data[30:36, 40:50] = 3
    layers = by_name(read(write(more, "nerve", tmp_path, overwrite=False, pixel_size_um=SIZE_UM)))
    assert list(layers) == ["nerve axon", "nerve myelin", "nerve uaxon"]
    for name, (data, meta, _) in layers.items():
        assert np.array_equal(data, more.mask(name.split()[1]))
        assert meta["scale"] == pytest.approx((SIZE_UM, SIZE_UM))


def test_masks_and_image_in_one_zarr(tmp_path: Path, labels: LabelMap, grey: AnyArray) -> None:
    image = Image(grey.astype(np.float32), "nerve", SIZE_UM)
    layers = by_name(read(write_ome_zarr(labels, "nerve", tmp_path, overwrite=False, image=image)))
    assert list(layers) == ["nerve", "nerve axon", "nerve myelin"]
    assert np.array_equal(layers["nerve"][0], grey)


def test_a_stack_of_masks_keeps_its_planes(tmp_path: Path, labels: LabelMap) -> None:
    volume = np.stack([labels.data, np.zeros_like(labels.data), labels.data])
    layers = by_name(read(write_ome_tiff_volume(volume, labels.classes, "nerve", tmp_path, overwrite=False)))
    assert np.array_equal(layers["nerve axon"][0], volume == 1)
    assert layers["nerve axon"][1]["axis_labels"] == ("z", "y", "x")


def test_a_mask_beside_an_open_image_takes_its_place(
    tmp_path: Path, labels: LabelMap, grey: AnyArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = napari.components.ViewerModel()
    viewer.add_image(grey, name="nerve", scale=(0.5, 0.5), units=("nm", "nm"), translate=(3, 4))
    monkeypatch.setattr(napari, "current_viewer", lambda: viewer)
    PillowImage.fromarray(grey).save(tmp_path / "nerve.png")
    write_axondeepseg(labels, "nerve", tmp_path, overwrite=False)
    layers = [napari.layers.Layer.create(*layer) for layer in read(tmp_path / "nerve_seg-axon.png")]
    assert [layer.name for layer in layers] == ["nerve axon"]
    assert list(layers[0].scale) == [0.5, 0.5]
    assert list(layers[0].translate) == [3, 4]
    assert str(layers[0].units[0]) == "nanometer"


def test_a_stack_of_masks_beside_an_open_plane_keeps_its_own_place(
    tmp_path: Path, labels: LabelMap, grey: AnyArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = napari.components.ViewerModel()
    viewer.add_image(grey, name="nerve.ome", scale=(0.5, 0.5))
    monkeypatch.setattr(napari, "current_viewer", lambda: viewer)
    volume = np.stack([labels.data, labels.data])
    file = write_ome_tiff_volume(volume, labels.classes, "nerve", tmp_path, overwrite=False, pixel_size_um=SIZE_UM)
    axon = napari.layers.Layer.create(*read(file)[0])
    assert axon.name == "nerve.ome axon"
    assert list(axon.scale) == pytest.approx([1, SIZE_UM, SIZE_UM])


def test_an_ome_tiff_keeps_pixel_size_dtype_and_colours(tmp_path: Path) -> None:
    data = np.random.default_rng(1).integers(0, 60_000, (*SHAPE, 3), np.uint16)
    size = {"PhysicalSizeX": SIZE_UM, "PhysicalSizeY": SIZE_UM, "PhysicalSizeXUnit": "µm", "PhysicalSizeYUnit": "µm"}
    tifffile.imwrite(tmp_path / "x.ome.tif", data, photometric="rgb", metadata={"axes": "YXS", **size})
    ((found, meta, kind),) = read(tmp_path / "x.ome.tif")
    assert kind == "image"
    assert meta["rgb"]
    assert np.array_equal(found, data)
    assert meta["scale"] == pytest.approx((SIZE_UM, SIZE_UM))


def test_channels_are_layers(tmp_path: Path) -> None:
    data = np.random.default_rng(1).integers(0, 255, (2, *SHAPE), np.uint8)
    tifffile.imwrite(tmp_path / "x.ome.tif", data, metadata={"axes": "CYX"}, photometric="minisblack")
    layers = by_name(read(tmp_path / "x.ome.tif"))
    assert list(layers) == ["x 0", "x 1"]
    assert np.array_equal(layers["x 1"][0], data[1])


def test_a_stack_of_images_keeps_its_planes(tmp_path: Path) -> None:
    data = np.random.default_rng(1).random((3, *SHAPE), np.float32)
    tifffile.imwrite(tmp_path / "x.ome.tif", data, metadata={"axes": "ZYX"}, photometric="minisblack")
    ((found, _, _),) = read(tmp_path / "x.ome.tif")
    assert np.array_equal(found, data)


def test_an_ome_zarr_image(tmp_path: Path, grey: AnyArray) -> None:
    image = Image(grey.astype(np.float32) / np.float32(65_535), "x", SIZE_UM)
    ((found, meta, _),) = read(write_ome_zarr_image(image, tmp_path / "x.ome.zarr", overwrite=False))
    assert np.array_equal(found, grey)
    assert meta["scale"] == pytest.approx((SIZE_UM, SIZE_UM))


def test_masks_of_a_folder_take_the_images_pixel_size(tmp_path: Path, labels: LabelMap, grey: AnyArray) -> None:
    (tmp_path / "masks").mkdir()
    PillowImage.fromarray(grey).save(tmp_path / "nerve.png")
    (tmp_path / "pixel_size_in_micrometer.txt").write_text(str(SIZE_UM), encoding="utf-8")
    write_axondeepseg(labels, "nerve", tmp_path / "masks", overwrite=False)
    layers = mask_layers(find_masks(tmp_path / "masks")["nerve"], tmp_path / "nerve.png")
    assert [meta["scale"] for _, meta, _ in layers] == [(SIZE_UM, SIZE_UM)] * 2


def test_a_file_that_is_no_mask_is_one_sentence(tmp_path: Path, grey: AnyArray) -> None:
    PillowImage.fromarray(grey).save(tmp_path / "nerve_seg-axon.png")
    with pytest.raises(InputError, match="nerve_seg-axon"):
        read(tmp_path / "nerve_seg-axon.png")
