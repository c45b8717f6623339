"""Raw data sets of nnU-Net, in and out."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as PillowImage

from labelbridge.core import ClassMap, Image, InputError, LabeledImage, LabelMap
from labelbridge.io import find_masks, read_label_map, read_labeled_set
from labelbridge.io.export.nnunet import nnunet_folder, write_nnunet
from labelbridge.io.masks import find_mask_pixel_size

LABELS = np.zeros((20, 30), np.uint8)
LABELS[2:12, 3:20] = 2
LABELS[5:9, 8:15] = 1
USUAL = {"background": 0, "myelin": 1, "axon": 2}


def say_nothing(sentence: str) -> None:
    pass


def make_set(
    root: Path,
    labels: Mapping[str, object] = USUAL,
    *,
    values: Sequence[int] = (0, 2, 1),
    channels: Sequence[str] = ("rescale_to_0_1",),
    ending: str = ".png",
    cases: Sequence[str] = ("sub-1_SEM", "b"),
) -> Path:
    """Make a set; `values` are those of background, axon and myelin."""
    folder = root / "Dataset007_Axons"
    for place in ("imagesTr", "labelsTr", "imagesTs"):
        (folder / place).mkdir(parents=True)
    for number, case in enumerate(cases):
        for channel in range(len(channels)):
            data = np.full(LABELS.shape, 10 * number + channel, np.uint8)
            save(folder / "imagesTr" / f"{case}_{channel:04d}{ending}", data)
        save(folder / "labelsTr" / f"{case}{ending}", np.array(values, np.uint8)[LABELS])
    names = {str(number): name for number, name in enumerate(channels)}
    content = {"channel_names": names, "labels": labels, "numTraining": len(cases), "file_ending": ending}
    (folder / "dataset.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def save(path: Path, data: np.ndarray) -> None:
    if path.suffix == ".tif":
        tifffile.imwrite(path, data)
    else:
        PillowImage.fromarray(data).save(path)


@pytest.mark.parametrize("ending", [".png", ".tif"])
@pytest.mark.parametrize(
    ("labels", "values"),
    [
        (USUAL, (0, 2, 1)),
        ({"background": 0, "Axon": 1, "Myelin": 2}, (0, 1, 2)),
        ({"AXON": 3, "nerve": 2, "background": 0, "myelin": 1}, (0, 3, 1)),
        (USUAL | {"ignore": 3}, (0, 2, 1)),
    ],
)
def test_labels_by_name(
    tmp_path: Path, ending: str, labels: Mapping[str, object], values: tuple[int, int, int]
) -> None:
    samples = read_labeled_set(make_set(tmp_path, labels, values=values, ending=ending))
    assert [(sample.image.name, sample.subject) for sample in samples] == [("b", None), ("sub-1_SEM", "sub-1")]
    for sample in samples:
        assert sample.labels.classes.names == ("background", "axon", "myelin")
        assert np.array_equal(sample.labels.data, LABELS)
    assert samples[0].image.data[0, 0] == 10


def test_the_masks_alone(tmp_path: Path) -> None:
    masks = find_masks(make_set(tmp_path, {"background": 0, "Axon": 1, "Myelin": 2}, values=(0, 1, 2)))
    assert list(masks) == ["b", "sub-1_SEM"]
    assert np.array_equal(read_label_map(masks["b"]).data, LABELS)


@pytest.mark.parametrize(("channel", "value"), [(1, 1), ("DAPI", 1), ("bf", 0)])
def test_one_of_several_channels(tmp_path: Path, channel: str | int, value: int) -> None:
    samples = read_labeled_set(make_set(tmp_path, channels=("BF", "dapi"), cases=("a",)), channel=channel)
    assert (samples[0].image.data == value).all()


@pytest.mark.parametrize("channel", [None, 2, "red"])
def test_several_channels_need_a_choice(tmp_path: Path, channel: str | int | None) -> None:
    with pytest.raises(InputError, match=r"channels 0 \(BF\), 1 \(dapi\), expected one; .* --channel"):
        read_labeled_set(make_set(tmp_path, channels=("BF", "dapi")), channel=channel)


def test_pixels_to_ignore_are_refused(tmp_path: Path) -> None:
    labels = {"background": 0, "axon": 1, "myelin": 2, "ignore": 3}
    folder = make_set(tmp_path, labels, values=(3, 1, 2))
    with pytest.raises(InputError, match=r"b\.png: got 430 pixels labelled 'ignore'"):
        read_labeled_set(folder)


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ({"background": 0, "fibre": [1, 2], "axon": 2}, r"region 'fibre' of the label values \[1, 2\]"),
        ({"background": 0, "axon": 1, "cell": 2}, "classes background, axon, cell, expected axon and myelin"),
        ({"0": "background", "1": "axon"}, "label '0': 'background', expected a class name and its value"),
        ({"background": 0, "axon": 1, "myelin": 3}, r"label value 2, expected one of \[0, 1, 3\]"),
    ],
)
def test_labels_that_cannot_be_used(tmp_path: Path, labels: Mapping[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_labeled_set(make_set(tmp_path, labels))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"labels": 3, "file_ending": ".png"}'])
def test_damaged_description(tmp_path: Path, text: str) -> None:
    folder = make_set(tmp_path)
    (folder / "dataset.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"dataset\.json: got "):
        read_labeled_set(folder)


def test_an_ending_that_cannot_be_read(tmp_path: Path) -> None:
    folder = make_set(tmp_path)
    description = folder / "dataset.json"
    description.write_text(description.read_text("utf-8").replace(".png", ".nii.gz"), "utf-8")
    with pytest.raises(InputError, match=r"file ending '\.nii\.gz', expected one of \.png"):
        read_labeled_set(folder)


def sample(name: str, data: np.ndarray, pixel_size_um: float | None = None, further: str | None = None) -> LabeledImage:
    classes = ClassMap(("background", "axon", "myelin", *([further] if further else [])))
    labels = LABELS.copy()
    if further:
        labels[-1] = 3
    return LabeledImage(Image(data.astype(np.float32), name, pixel_size_um), LabelMap(labels, classes))


def noise(high: float) -> np.ndarray:
    return np.random.default_rng(0).random(LABELS.shape) * high


def test_written_sets_are_as_the_axon_community_has_them(tmp_path: Path) -> None:
    folder = tmp_path / "Dataset001_LabelBridge"
    samples = [sample("a", np.floor(noise(256))), sample("b", np.floor(noise(65_536)), further="uaxon")]
    written = write_nnunet(samples, folder, tell=say_nothing)
    assert all(path.is_file() for path in written)
    content = json.loads((folder / "dataset.json").read_text("utf-8"))
    assert content["labels"] == {"background": 0, "myelin": 1, "axon": 2, "uaxon": 3}
    assert content["channel_names"] == {"0": "rescale_to_0_1"}
    assert (content["numTraining"], content["file_ending"]) == (2, ".png")
    with PillowImage.open(folder / "labelsTr" / "b.png") as picture:
        values = np.asarray(picture)
    assert values.dtype == np.uint8
    assert np.array_equal(values == 2, LABELS == 1)
    assert np.unique(values).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(("high", "bits"), [(256, 8), (65_536, 16)])
def test_whole_numbers_stay_as_they_are(tmp_path: Path, high: int, bits: int) -> None:
    told: list[str] = []
    original = sample("a", np.floor(noise(high)), 0.123)
    write_nnunet([original], tmp_path / "Dataset001_A", tell=told.append)
    (back,) = read_labeled_set(tmp_path / "Dataset001_A")
    assert not told
    assert np.array_equal(back.image.data, original.image.data)
    assert np.array_equal(back.labels.data, LABELS)
    assert back.image.pixel_size_um == 0.123
    assert find_mask_pixel_size(find_masks(tmp_path)["a"]) == 0.123
    with PillowImage.open(tmp_path / "Dataset001_A" / "imagesTr" / "a_0000.png") as picture:
        assert np.asarray(picture).dtype.itemsize * 8 == bits


@pytest.mark.parametrize(("scale", "offset"), [(1, 0), (1e-3, 7), (100, -50)])
def test_other_intensities_are_scaled_and_that_is_said(tmp_path: Path, scale: float, offset: float) -> None:
    told: list[str] = []
    original = sample("a", noise(scale) + offset)
    write_nnunet([original], tmp_path / "Dataset001_A", tell=told.append)
    (back,) = read_labeled_set(tmp_path / "Dataset001_A")
    assert [sentence.startswith("a: its intensities") for sentence in told] == [True]
    low, high = original.image.data.min(), original.image.data.max()
    assert np.allclose(back.image.data / 65_535, (original.image.data - low) / (high - low), atol=1e-5)


def test_the_first_free_number(tmp_path: Path) -> None:
    for name in ("Dataset001_A", "Dataset003_B"):
        (tmp_path / name).mkdir()
    assert nnunet_folder(tmp_path).name == "Dataset002_LabelBridge"
    assert nnunet_folder(tmp_path, "Mine").name == "Dataset002_Mine"
    assert nnunet_folder(tmp_path, "Dataset042_Mine").name == "Dataset042_Mine"
    assert nnunet_folder(tmp_path / "new").name == "Dataset001_LabelBridge"
    with pytest.raises(InputError, match="this data set exists already; choose another --name"):
        nnunet_folder(tmp_path, "Dataset003_B")


def test_a_set_that_fails_is_not_there(tmp_path: Path) -> None:
    samples = [sample("a", noise(1)), sample("b", noise(1), further="ignore")]
    with pytest.raises(InputError, match="class 'ignore'"):
        write_nnunet(samples, tmp_path / "Dataset001_A", tell=say_nothing)
    assert not list(tmp_path.iterdir())
