"""Stacks of planes, from a TIFF to masks that are stacks."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from labelbridge.bootstrap import TutorshipSettings
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.bootstrap.files import FileRequest, bootstrap_files
from labelbridge.bootstrap.sources import LazyImages, Reading, Slices, find_sources
from labelbridge.core import InputError, Reporter
from make_phantoms import make_sem

MODEL = sample_data_folder() / "models" / "segmenter"


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    planes = np.stack([make_sem(seed, (120, 150))[0] for seed in (1, 2, 3)])
    tifffile.imwrite(
        tmp_path / "stack.tif", planes, imagej=True, metadata={"axes": "ZYX", "unit": "um"}, resolution=(10, 10)
    )
    return tmp_path / "stack.tif"


def run(stack: Path, out: str, slices: Slices, **more: object) -> list[Path]:
    request = FileRequest(
        images=[stack],
        out=stack.parent / out,
        path="adaptation",
        segmenter=MODEL,
        reading=Reading(slices=slices),
        settings=TutorshipSettings(device="cpu"),
        **more,  # type: ignore[arg-type]
    )
    return bootstrap_files(request, Reporter(), lambda _: None)


def test_every_plane_of_a_stack_gets_its_masks(stack: Path) -> None:
    written = run(stack, "all", "all")
    assert [file.name for file in written] == [
        f"stack_{end}"
        for end in (
            "seg-axon.tif",
            "seg-myelin.tif",
            "seg-axonmyelin.tif",
            "uncertainty.tif",
            "overlay.png",
            "provenance.json",
        )
    ]
    axon, myelin, both, uncertainty = (tifffile.imread(file) for file in written[:4])
    assert axon.shape == myelin.shape == both.shape == uncertainty.shape == (3, 120, 150)
    assert set(np.unique(axon)) == {0, 255}
    np.testing.assert_array_equal(both, np.where(axon, 255, np.where(myelin, 127, 0)))
    assert all((axon[plane] > 0).any() for plane in range(3))
    with tifffile.TiffFile(written[0]) as tiff:
        assert tiff.series[0].axes == "ZYX"
        assert tiff.pages.first.tags["XResolution"].value[0] / tiff.pages.first.tags["XResolution"].value[1] == 1e5
    record = json.loads(written[-1].read_text())
    assert set(record["outputs"]) == {file.name for file in written[:-1]}


def test_planes_of_a_stack_share_their_fibre_size_and_one_plane_is_an_image(stack: Path) -> None:
    written = run(stack, "one", 1)
    assert written[0].name == "stack_seg-axon.png"
    with pytest.raises(InputError, match="--slices 0 to 2"):
        run(stack, "none", None)


def test_bids_takes_planes(stack: Path) -> None:
    with pytest.raises(InputError, match="got a stack with --bids"):
        run(stack, "bids", "all", bids=True)


def test_images_are_read_when_they_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        tifffile.imwrite(tmp_path / f"{name}.tif", np.full((20, 30), ord(name), np.uint8))
    monkeypatch.setattr("labelbridge.bootstrap.sources._KEPT_BYTES", 2500)
    sources = find_sources([tmp_path], Reading())
    images = LazyImages(sources)
    (tmp_path / "c.tif").unlink()
    assert [images[index].data[0, 0] for index in (0, 1, 0)] == [97, 98, 97]
    with pytest.raises(InputError, match="no such file"):
        images[2]
    tifffile.imwrite(tmp_path / "c.tif", np.full((20, 30), 1, np.uint8))
    (tmp_path / "a.tif").unlink()
    assert images[0].data[0, 0] == 97
    assert images[2].data[0, 0] == 1


def test_names_that_differ_in_case_alone_are_refused(tmp_path: Path) -> None:
    for folder, name in (("one", "Image"), ("two", "image")):
        (tmp_path / folder).mkdir()
        tifffile.imwrite(tmp_path / folder / f"{name}.tif", np.zeros((20, 30), np.uint8))
    with pytest.raises(InputError, match="got several images named 'image'"):
        find_sources([tmp_path], Reading())
