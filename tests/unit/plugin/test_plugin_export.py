"""Exports without a window: what is written reads back the same, and says where each fibre comes from."""

import errno
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labelbridge.core import AXON, MYELIN, Cancelled, InputError, LabelArray, Reporter
from labelbridge.io import FORMATS, find_masks, read_image, read_label_map, sha256_of
from labelbridge.plugin.presenters.exportformats import FORMAT_TEXTS
from labelbridge.plugin.presenters.exportreview import KnownReview
from labelbridge.plugin.presenters.exportwork import Exported, ExportRequest, export
from labelbridge.plugin.presenters.identity import image_identity
from labelbridge.plugin.presenters.session import CorrectionSession
from labelbridge.plugin.presenters.shownimage import ShownImage
from labelbridge.refine import Edit

NAME = "sub-01_sample-1_SEM"
SHAPE = (100, 200)


class StopsAt(Reporter):
    """Asks to stop at the n-th question."""

    def __init__(self, question: int) -> None:
        self.left = question

    def should_stop(self) -> bool:
        self.left -= 1
        return self.left <= 0


class Says(Reporter):
    def __init__(self) -> None:
        self.sentences: list[str] = []

    def say(self, sentence: str) -> None:
        self.sentences.append(sentence)


def fibres(lefts: Sequence[int] = (10, 60, 110)) -> dict[str, LabelArray]:
    masks = {name: np.zeros(SHAPE, np.uint8) for name in (AXON, MYELIN)}
    for left in lefts:
        masks[MYELIN][20:50, left : left + 30] = 1
        masks[AXON][25:45, left + 5 : left + 25] = 1
    masks[MYELIN] *= masks[AXON] == 0
    return masks


def shown(data: Any = None, name: str = NAME) -> ShownImage:
    pixels = np.arange(20_000, dtype=np.uint16).reshape(SHAPE) if data is None else data
    return ShownImage(object(), name, pixels, pixel_size_um=0.25)


@pytest.fixture
def request_(tmp_path: Path) -> ExportRequest:
    out = tmp_path / "out"
    out.mkdir()
    return ExportRequest(shown(), fibres(), ("axondeepseg",), out, tmp_path / "journals")


def record_of(done: Exported) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.files[-1].read_text(encoding="utf-8"))
    return found


def test_every_format_can_be_ticked() -> None:
    assert FORMAT_TEXTS.keys() == FORMATS.keys()


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_reads_back_the_same(request_: ExportRequest, name: str) -> None:
    masks = request_.masks | {"uaxon": np.zeros(SHAPE, np.uint8)}
    masks["uaxon"][80:90, 10:20] = 7
    done = export(replace(request_, masks=masks, formats=(name,)), Reporter())
    assert done.folder == request_.folder / f"{NAME}_masks"
    found = find_masks(done.folder)
    assert list(found) == [NAME]
    labels = read_label_map(found[NAME], None)
    for mask, data in masks.items():
        np.testing.assert_array_equal(labels.mask(mask), data != 0)


def test_several_formats_have_folders_and_one_record(request_: ExportRequest) -> None:
    done = export(replace(request_, formats=("geojson", "ome-tiff", "ome-zarr", "nnunet")), Reporter())
    assert {path.name for path in done.folder.iterdir()} == {
        "geojson",
        "ome-tiff",
        "ome-zarr",
        "nnunet",
        f"{NAME}_provenance.json",
    }
    record = record_of(done)
    assert record["outputs"][f"geojson/{NAME}.geojson"] == sha256_of(done.folder / "geojson" / f"{NAME}.geojson")
    assert len(record["outputs"][f"ome-zarr/{NAME}_seg.ome.zarr"]) == 64
    assert record["inputs"][0] | {"sha256": ""} == {
        "name": NAME,
        "sha256": "",
        "shape": list(SHAPE),
        "pixel_size_um": 0.25,
    }
    image = read_image(done.folder / "nnunet" / "Dataset001_LabelBridge" / "imagesTr" / f"{NAME}_0000.png")
    np.testing.assert_array_equal(image.data, request_.shown.data)


def test_nothing_that_is_there_is_replaced(request_: ExportRequest) -> None:
    first = export(request_, Reporter())
    before = {path: path.read_bytes() for path in first.files}
    folders = [export(request_, Reporter()).folder.name for _ in range(2)]
    assert folders == [f"{NAME}_masks_2", f"{NAME}_masks_3"]
    assert {path: path.read_bytes() for path in first.files} == before


def test_where_classes_overlap_the_axon_wins(request_: ExportRequest) -> None:
    masks = {name: np.ones(SHAPE, np.int32) for name in (MYELIN, AXON)}
    done = export(replace(request_, masks=masks), Reporter())
    labels = read_label_map(find_masks(done.folder)[NAME])
    assert labels.mask(AXON).all()


def test_a_colour_image_and_labels_of_single_fibres(request_: ExportRequest) -> None:
    colour = replace(shown(np.zeros((*SHAPE, 3), np.uint8)), is_colour=True)
    masks = {name: mask.astype(np.int32) * 70_000 for name, mask in fibres().items()}
    done = export(replace(request_, shown=colour, masks=masks, formats=("ome-zarr", "nnunet")), Reporter())
    for name in ("ome-zarr", "nnunet"):
        labels = read_label_map(find_masks(done.folder / name)[NAME])
        np.testing.assert_array_equal(labels.mask(AXON), masks[AXON] != 0)


def test_masks_of_one_plane_of_a_stack_go_without_the_image(request_: ExportRequest) -> None:
    stack = replace(shown(np.zeros((3, *SHAPE), np.uint8)), plane=(1,))
    says = Says()
    done = export(replace(request_, shown=stack, formats=("ome-zarr",)), says)
    assert len(says.sentences) == 1
    np.testing.assert_array_equal(read_label_map(find_masks(done.folder)[NAME]).mask(AXON), fibres()[AXON] != 0)


def test_a_stack_is_one_volume_or_single_planes(request_: ExportRequest) -> None:
    masks = {name: np.stack([mask, 1 - mask, mask]) for name, mask in fibres().items()}
    masks[MYELIN] *= masks[AXON] == 0
    stack = replace(shown(np.zeros((3, *SHAPE), np.uint8), "stack"), plane=(0,))
    done = export(replace(request_, shown=stack, masks=masks, formats=("ome-tiff", "nnunet")), Reporter())
    whole = find_masks(done.folder / "ome-tiff")["stack"]
    for index in range(3):
        np.testing.assert_array_equal(read_label_map(whole, index=index).mask(AXON), masks[AXON][index] != 0)
        plane = find_masks(done.folder / "nnunet")[f"stack_z{index:04d}"]
        np.testing.assert_array_equal(read_label_map(plane).mask(MYELIN), masks[MYELIN][index] != 0)


def correct(request: ExportRequest, *, rank: bool = True) -> CorrectionSession:
    """Accept the first fibre, and paint into the second one."""
    layers = {name: mask.copy() for name, mask in request.masks.items()}
    identity = image_identity(request.shown.data)
    session = CorrectionSession.begin(layers, folder=request.journals, image=NAME, image_id=identity)
    if rank:
        session.adopt(session.review_work()(Reporter()))
        (first,) = session.reviewing.settled().places_in((slice(30, 31), slice(20, 21)))
        session.accept(first)
    window = slice(30, 33), slice(75, 78)
    gone = {AXON: np.zeros((3, 3), np.uint8), MYELIN: np.ones((3, 3), np.uint8)}
    session.apply(Edit.of_arrays(layers, window, gone, "paint"))
    return session


def origins(done: Exported) -> list[tuple[int, str]]:
    return [(round(fibre["column"]), fibre["origin"]) for fibre in record_of(done)["review"]["fibres"]]


def test_the_record_says_of_each_fibre_where_it_comes_from(request_: ExportRequest) -> None:
    session = correct(request_)
    review = KnownReview.running(session.fibre_rows())
    done = export(
        replace(request_, masks=session.history.layers, review=review, models={"segmenter": "tutored"}), Reporter()
    )
    session.close()
    assert sorted(origins(done)) == [(24, "accepted"), (74, "corrected"), (124, "model")]
    about = record_of(done)["review"]
    assert about["outcome"] == "reviewed"
    assert about["counts"] == {"model": 1, "accepted": 1, "corrected": 1}
    assert about["first_masks"] == "bootstrapped"
    assert record_of(done)["models"] == {"segmenter": "tutored"}


def test_a_correction_that_ended_is_remembered_as_long_as_the_masks_are_the_same(request_: ExportRequest) -> None:
    session = correct(request_)
    session.close()
    masks = {name: mask.copy() for name, mask in session.history.layers.items()}
    done = export(replace(request_, masks=masks), Reporter())
    assert sorted(origins(done)) == [(24, "accepted"), (74, "corrected"), (124, "model")]
    masks[AXON][90, 10] = 1
    later = export(replace(request_, masks=masks), Reporter())
    assert later.review == KnownReview("not reviewed")
    other = export(replace(request_, masks=session.history.layers, shown=shown(np.ones(SHAPE))), Reporter())
    assert other.review == KnownReview("not reviewed")


def test_masks_that_nobody_reviewed_say_so(request_: ExportRequest) -> None:
    about = record_of(export(request_, Reporter()))["review"]
    assert (about["outcome"], about["fibres"], about["counts"]) == ("not reviewed", [], {})
    assert about["meaning"] == "No review of these masks is known."
    assert about["first_masks"] == "unknown"


def test_masks_corrected_before_their_fibres_were_ranked_say_so(request_: ExportRequest) -> None:
    session = correct(request_, rank=False)
    assert session.fibre_rows() is None
    session.close()
    done = export(replace(request_, masks=session.history.layers), Reporter())
    assert record_of(done)["review"]["outcome"] == "not ranked"


@pytest.mark.parametrize("question", range(1, 5))
def test_cancelling_leaves_nothing(request_: ExportRequest, question: int) -> None:
    correct(request_).close()
    with pytest.raises(Cancelled):
        export(replace(request_, formats=("axondeepseg", "ome-zarr")), StopsAt(question))
    assert not list(request_.folder.iterdir())


def test_a_format_that_fails_takes_the_others_with_it(request_: ExportRequest) -> None:
    with pytest.raises(InputError, match="expected sub-<label>"):
        export(replace(request_, shown=shown(name="nerve"), formats=("ome-tiff", "bids")), Reporter())
    assert not list(request_.folder.iterdir())


def test_a_full_disk_names_the_file_as_it_would_be_called(
    request_: ExportRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(InputError) as told:
        export(request_, Reporter())
    assert str(told.value).startswith(f"{request_.folder / f'{NAME}_masks'}: cannot be written: the disk is full")
    assert not list(request_.folder.iterdir())


def test_an_image_that_cannot_be_read_is_left_out_where_that_is_possible(request_: ExportRequest) -> None:
    says = Says()
    done = export(replace(request_, shown=shown(np.full(SHAPE, np.nan)), formats=("ome-zarr",)), says)
    assert [sentence.startswith("The image is left out of OME-Zarr") for sentence in says.sentences] == [True]
    assert record_of(done)["inputs"] == []
    with pytest.raises(InputError, match=r"nnU-Net's data sets hold the image as well: .* NaN"):
        export(replace(request_, shown=shown(np.full(SHAPE, np.nan)), formats=("nnunet",)), Reporter())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"masks": {name: mask[:50] for name, mask in fibres().items()}}, "got masks of 50 x 200 px for an image of"),
        ({"masks": {AXON: fibres()[AXON]}}, "got masks of axon, expected axon and myelin"),
        ({"masks": fibres() | {AXON: np.zeros((3, *SHAPE))}}, "expected one shape"),
        ({"masks": fibres() | {"uaxon": np.zeros((50, 200))}}, "expected one shape"),
        ({"masks": {name: mask[None, None] for name, mask in fibres().items()}}, "expected one shape"),
        ({"shown": shown(np.zeros((0, 0)))}, "got an image without pixels"),
        ({"shown": shown(name="a/b")}, "expected one that can begin a file's name; rename the image"),
        ({"shown": shown(name="a.")}, "Windows cannot hold"),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(request_: ExportRequest, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        export(replace(request_, **changes), Reporter())
    assert not list(request_.folder.iterdir())


def test_a_folder_that_is_gone_or_a_file_is_one_sentence(request_: ExportRequest, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "gone", tmp_path / "file"):
        with pytest.raises(InputError, match="there is no such folder any more; choose another one"):
            export(replace(request_, folder=folder), Reporter())
    assert not (tmp_path / "gone").exists()


def test_a_folder_that_is_read_only_is_one_sentence(request_: ExportRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(InputError, match="_masks: cannot be written: the file system is read-only; choose another"):
        export(request_, Reporter())
