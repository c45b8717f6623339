"""The export of a folder: what is found, what is refused, what is told."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as PillowImage

from labelbridge.core import ClassMap, InputError, LabelMap
from labelbridge.io import (
    FORMATS,
    ExportOptions,
    check_stems,
    export_masks,
    find_masks,
    find_pixel_size,
    read_label_map,
    read_labeled_set,
    write_axondeepseg,
    write_bids_derivatives,
)
from labelbridge.io.atomicfolder import atomic_folder
from labelbridge.io.export.names import check_class_names, check_stem
from labelbridge.io.masks import count_mask_planes, find_mask_pixel_size

LABELS = np.zeros((24, 40), np.uint8)
LABELS[2:12, 3:20] = 2
LABELS[5:9, 8:15] = 1
LABELS[20:, :5] = 3
FOUR = ClassMap(("background", "axon", "myelin", "uaxon"))
SIZE_FILE = "pixel_size_in_micrometer.txt"
every_format = pytest.mark.parametrize("name", FORMATS)


def save(path: Path, data: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    PillowImage.fromarray(data).save(path)


def make_masks(folder: Path, *stems: str, pixel_size_um: float | None = None) -> Path:
    for stem in stems:
        write_axondeepseg(LabelMap(LABELS, FOUR), stem, folder, overwrite=False)
    if pixel_size_um is not None:
        (folder / SIZE_FILE).write_text(f"{pixel_size_um}\n", "utf-8")
    return folder


def make_images(folder: Path, *stems: str) -> Path:
    for number, stem in enumerate(stems):
        data = np.random.default_rng(number).integers(0, 256, LABELS.shape).astype(np.uint8)
        save(folder / f"{stem}.png", data)
    return folder


@every_format
def test_every_format_reads_back_and_can_be_exported_again(tmp_path: Path, name: str) -> None:
    stems = ("sub-1_SEM", "sub-2_SEM")
    masks = make_masks(tmp_path / "masks", *stems, pixel_size_um=0.13)
    images = make_images(tmp_path / "images", *stems)
    written = export_masks(masks, name, tmp_path / "out", images=images)
    assert all(path.exists() for path in written)
    for again in FORMATS:
        export_masks(tmp_path / "out", again, tmp_path / again, images=images)
        found = find_masks(tmp_path / again)
        assert tuple(found) == stems
        for files in found.values():
            labels = read_label_map(files, None)
            assert labels.classes == FOUR
            assert np.array_equal(labels.data, LABELS)
            assert find_mask_pixel_size(files) == pytest.approx(0.13)


def test_classes_can_be_chosen(tmp_path: Path) -> None:
    masks = make_masks(tmp_path / "masks", "a")
    written = export_masks(masks, "axondeepseg", tmp_path / "out", classes=("axon", "myelin"))
    assert [path.name for path in written] == ["a_seg-axon.png", "a_seg-myelin.png", "a_seg-axonmyelin.png"]


def test_axondeepseg_extras_confuse_nobody(tmp_path: Path) -> None:
    masks = make_masks(tmp_path / "rat1", "a")
    save(masks / "a.png", np.zeros(LABELS.shape, np.uint8))
    save(masks / "a_seg-nerve.png", np.full(LABELS.shape, 255, np.uint8))
    save(masks / "a_instance-map.png", np.full(LABELS.shape, 77, np.uint8))
    save(masks / "a_axonmyelin_index.png", np.full(LABELS.shape, 99, np.uint8))
    export_masks(masks, "ome-tiff", tmp_path / "out")
    labels = read_label_map(find_masks(tmp_path / "out")["a"], None)
    assert labels.classes == FOUR
    assert np.array_equal(labels.data, LABELS)
    export_masks(masks, "nnunet", tmp_path / "out")
    assert len(read_labeled_set(tmp_path / "out" / "Dataset001_LabelBridge")) == 1


def test_one_file_alone(tmp_path: Path) -> None:
    make_masks(tmp_path, "a", "b")
    (written,) = export_masks(tmp_path / "b_seg-axon.png", "geojson", tmp_path / "out")
    assert written.name == "b.geojson"
    export_masks(written, "ome-tiff", tmp_path / "out")
    assert export_masks(written, "axondeepseg", tmp_path / "again")[0].name == "b_seg-axon.png"


def test_plain_masks_and_bids_are_read(tmp_path: Path) -> None:
    save(tmp_path / "plain" / "masks" / "a.png", np.array([0, 255, 127, 0], np.uint8)[LABELS])
    write_bids_derivatives(LabelMap(LABELS, FOUR), "sub-1_SEM", tmp_path / "bids", provenance={}, overwrite=False)
    for folder, stem in (("plain", "a"), ("bids", "sub-1_SEM")):
        export_masks(tmp_path / folder, "ome-zarr", tmp_path / "out")
        labels = read_label_map(find_masks(tmp_path / "out")[stem])
        assert np.array_equal(labels.data, np.where(LABELS == 3, 0, LABELS))


def test_pixel_size_from_the_flag_the_record_or_the_image(tmp_path: Path) -> None:
    masks = make_masks(tmp_path / "masks", "a")
    images = make_images(tmp_path / "images", "a")
    (images / SIZE_FILE).write_text("0.3", "utf-8")
    export_masks(masks, "geojson", tmp_path / "1", images=images)
    (masks / "a_provenance.json").write_text(json.dumps({"inputs": [{"pixel_size_um": 0.2}]}), "utf-8")
    export_masks(masks, "geojson", tmp_path / "2", images=images)
    export_masks(masks, "geojson", tmp_path / "3", images=images, pixel_size_um=0.1)
    found = [find_mask_pixel_size(find_masks(tmp_path / folder)["a"]) for folder in "123"]
    assert found == [0.3, 0.2, 0.1]


def test_axondeepseg_keeps_one_pixel_size_a_folder(tmp_path: Path) -> None:
    for stem, size in (("a", 0.1), ("b", 0.2)):
        make_masks(tmp_path / "masks" / stem, stem, pixel_size_um=size)
    with pytest.raises(InputError, match=r"0\.1 um for a and of 0\.2 um for b, .* one by one .* --pixel-size"):
        export_masks(tmp_path / "masks", "axondeepseg", tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())
    export_masks(tmp_path / "masks" / "a", "axondeepseg", tmp_path / "out")
    assert find_pixel_size(tmp_path / "out" / "a_seg-axon.png") == 0.1
    with pytest.raises(InputError, match=r"got 0\.1 um for the images of this folder, expected 0\.2 um"):
        export_masks(tmp_path / "masks" / "b", "axondeepseg", tmp_path / "out", options=ExportOptions(overwrite=True))
    assert (tmp_path / "out" / SIZE_FILE).read_text("utf-8") == "0.1\n"


def test_axondeepseg_says_when_a_pixel_size_is_unknown(tmp_path: Path) -> None:
    make_masks(tmp_path / "masks" / "a", "a", pixel_size_um=0.1)
    make_masks(tmp_path / "masks" / "b", "b")
    told: list[str] = []
    export_masks(tmp_path / "masks", "axondeepseg", tmp_path / "out", options=ExportOptions(tell=told.append))
    assert ["because that of b is unknown" in sentence for sentence in told] == [True]
    assert not (tmp_path / "out" / SIZE_FILE).exists()


def test_nnunet_needs_the_images(tmp_path: Path) -> None:
    masks = make_masks(tmp_path / "masks", "a", "b")
    with pytest.raises(InputError, match=r"no image of a, .* --images"):
        export_masks(masks, "nnunet", tmp_path / "out")
    images = make_images(tmp_path / "images", "a")
    with pytest.raises(InputError, match=r"no image of b, .* --images"):
        export_masks(masks, "nnunet", tmp_path / "out", images=images)
    assert not list((tmp_path / "out").iterdir())


def test_images_that_do_not_belong(tmp_path: Path) -> None:
    masks = make_masks(tmp_path / "masks", "a")
    with pytest.raises(InputError, match=r"no image of the masks in .*, expected one named 'a'"):
        export_masks(masks, "ome-zarr", tmp_path / "out", images=make_images(tmp_path / "images", "b"))
    save(tmp_path / "twice" / "1" / "a.png", LABELS)
    save(tmp_path / "twice" / "2" / "a.png", LABELS)
    with pytest.raises(InputError, match="second image named 'a'"):
        export_masks(masks, "ome-zarr", tmp_path / "out", images=tmp_path / "twice")


def test_polygons_without_their_size_take_the_image_s(tmp_path: Path) -> None:
    masks = make_masks(tmp_path / "masks", "a")
    (path,) = export_masks(masks, "geojson", tmp_path / "qupath")
    content = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(content["features"]), "utf-8")
    export_masks(path, "ome-tiff", tmp_path / "out", images=make_images(tmp_path / "images", "a"))
    assert np.array_equal(read_label_map(find_masks(tmp_path / "out")["a"], None).data, LABELS)
    save(tmp_path / "images" / "a.png", np.zeros(LABELS.shape, np.uint8))
    path.rename(tmp_path / "images" / "a.geojson")
    (sample,) = read_labeled_set(tmp_path / "images")
    assert np.array_equal(sample.labels.data, np.where(LABELS == 3, 0, LABELS))


@every_format
def test_nothing_is_replaced_unless_asked(tmp_path: Path, name: str) -> None:
    masks = make_masks(tmp_path / "masks", "sub-1_SEM")
    images = make_images(tmp_path / "images", "sub-1_SEM")
    first = export_masks(masks, name, tmp_path / "out", images=images)
    if name == "nnunet":
        second = export_masks(masks, name, tmp_path / "out", images=images)
        assert (first[0].parts[-3], second[0].parts[-3]) == ("Dataset001_LabelBridge", "Dataset002_LabelBridge")
        return
    with pytest.raises(InputError, match="--overwrite"):
        export_masks(masks, name, tmp_path / "out", images=images)
    export_masks(masks, name, tmp_path / "out", images=images, options=ExportOptions(overwrite=True))


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "nnunet"])
def test_masks_are_not_replaced_by_what_is_made_of_them(tmp_path: Path, name: str) -> None:
    masks = make_masks(tmp_path / "masks", "sub-1_SEM")
    export_masks(masks, name, tmp_path / "out")
    with pytest.raises(InputError, match="a mask that the export would replace"):
        export_masks(tmp_path / "out", name, tmp_path / "out", options=ExportOptions(overwrite=True))


def make_stack(folder: Path, stem: str = "sub-1_SEM") -> tuple[Path, np.ndarray]:
    """Write masks as a bootstrap with ``--slices all`` does."""
    folder.mkdir()
    volume = np.stack([np.roll(np.where(LABELS == 3, 0, LABELS), 2 * plane, axis=1) for plane in range(3)])
    for what, grey in (("axon", (0, 255, 0)), ("myelin", (0, 0, 255)), ("axonmyelin", (0, 255, 127))):
        data = np.array(grey, np.uint8)[volume]
        path = folder / f"{stem}_seg-{what}.tif"
        tifffile.imwrite(path, data, photometric="minisblack", compression="zlib", metadata={"axes": "ZYX"})
    return folder, volume


@pytest.mark.parametrize("name", ["ome-tiff", "ome-zarr"])
def test_stacks_stay_stacks(tmp_path: Path, name: str) -> None:
    masks, volume = make_stack(tmp_path / "masks")
    export_masks(masks, name, tmp_path / "out", pixel_size_um=0.1)
    files = find_masks(tmp_path / "out")["sub-1_SEM"]
    assert count_mask_planes(files) == 3
    for index in range(3):
        assert np.array_equal(read_label_map(files, None, index=index).data, volume[index])
    export_masks(tmp_path / "out", "axondeepseg", tmp_path / "planes")
    assert list(find_masks(tmp_path / "planes")) == [f"sub-1_SEM_z{index:04d}" for index in range(3)]


@pytest.mark.parametrize("name", ["axondeepseg", "bids", "geojson", "nnunet"])
def test_stacks_become_planes_elsewhere(tmp_path: Path, name: str) -> None:
    masks, volume = make_stack(tmp_path / "masks")
    (tmp_path / "images").mkdir()
    image = np.random.default_rng(0).integers(0, 256, volume.shape).astype(np.uint8)
    tifffile.imwrite(tmp_path / "images" / "sub-1_SEM.tif", image, photometric="minisblack", metadata={"axes": "ZYX"})
    export_masks(masks, name, tmp_path / "out", images=tmp_path / "images")
    found = find_masks(tmp_path / "out")
    assert list(found) == [f"sub-1_SEM_z{index:04d}" for index in range(3)]
    for plane, files in zip(volume, found.values(), strict=True):
        assert np.array_equal(read_label_map(files, None).data, plane)
    if name == "nnunet":
        samples = read_labeled_set(tmp_path / "out" / "Dataset001_LabelBridge")
        assert np.array_equal(np.stack([sample.image.data for sample in samples]), image)


@pytest.mark.parametrize("stem", ["CON", "nul", "com1.tif", "Aux.x", "a.", "a ", "a:b", "", ".a", "a\nb", "LPT¹"])
def test_names_that_windows_cannot_hold(stem: str) -> None:
    with pytest.raises(InputError, match="rename the image"):
        check_stem(stem)


@pytest.mark.parametrize("stem", ["CONSOLE", "a.b", "nul_1", "sub-1_SEM", "µ 1"])
def test_names_that_any_system_can_hold(stem: str) -> None:
    check_stem(stem)


def test_names_that_differ_only_in_case() -> None:
    check_stems(["a", "b", "a"])
    with pytest.raises(InputError, match="'Rat1' and 'rat1'"):
        check_stems(["Rat1", "rat1"])


@pytest.mark.parametrize("names", [("a.",), ("a ",), ("a/b",), ("axonmyelin",), ("x-manual",), ("",), ("Axon", "axon")])
def test_classes_that_no_file_can_be_named_after(names: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match=r"got (the class|two classes)"):
        check_class_names(names)


def test_stems_that_differ_only_in_case_are_not_exported(tmp_path: Path) -> None:
    for folder, stem in (("1", "a"), ("2", "A")):
        make_masks(tmp_path / "masks" / folder, stem)
    with pytest.raises(InputError, match="differ in more than upper and lower case"):
        export_masks(tmp_path / "masks", "geojson", tmp_path / "out")


def test_unknown_format(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="got the format 'png', expected one of axondeepseg, bids"):
        export_masks(make_masks(tmp_path, "a"), "png", tmp_path / "out")


def test_a_folder_that_is_not_finished_is_not_there(tmp_path: Path) -> None:
    def fill() -> None:
        with atomic_folder(tmp_path / "a", overwrite=False) as folder:
            (folder / "x").write_text("half", "utf-8")
            raise KeyError

    with pytest.raises(KeyError):
        fill()
    assert not list(tmp_path.iterdir())


def test_a_killed_run_s_folder_goes_with_the_next(tmp_path: Path) -> None:
    (tmp_path / ".a.12345678.tmp").mkdir()
    with atomic_folder(tmp_path / "a", overwrite=False) as folder:
        (folder / "x").write_text("whole", "utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
