"""Links among what is read and written: no original is ever changed through one."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from labelbridge.core import InputError
from labelbridge.io import atomic_path, find_images, prepare_out, read_image, write_files


@pytest.fixture(autouse=True)
def _links_are_allowed(tmp_path: Path) -> None:
    try:
        (tmp_path / "probe").symlink_to(tmp_path / "nothing")
    except OSError:
        pytest.skip("this user may not make links, which is usual on Windows")
    (tmp_path / "probe").unlink()


@pytest.fixture
def original(tmp_path: Path) -> Path:
    path = tmp_path / "raw" / "IMG_0001.png"
    path.parent.mkdir()
    PillowImage.fromarray(np.arange(400, dtype=np.uint8).reshape(20, 20)).save(path)
    return path


def loop(folder: Path, name: str) -> Path:
    (folder / name).symlink_to(folder / f"other-{name}")
    (folder / f"other-{name}").symlink_to(folder / name)
    return folder / name


def test_a_result_that_is_a_link_is_replaced_and_its_original_stays(tmp_path: Path, original: Path) -> None:
    before = original.read_bytes()
    for name in ("a", "b", "mark"):
        (tmp_path / name).symlink_to(original)
    write_files({tmp_path / name: b"new" for name in ("a", "mark")}, overwrite=True)
    with atomic_path(tmp_path / "b", overwrite=True) as temporary:
        temporary.write_bytes(b"new")
    for name in ("a", "b", "mark"):
        assert not (tmp_path / name).is_symlink()
        assert (tmp_path / name).read_bytes() == b"new"
    assert original.read_bytes() == before


def test_a_hard_link_keeps_its_content(tmp_path: Path, original: Path) -> None:
    before = original.read_bytes()
    os.link(original, tmp_path / "a")
    write_files({tmp_path / "a": b"new"}, overwrite=True)
    assert original.read_bytes() == before


def test_links_that_lead_nowhere_or_round_count_as_files_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    for link in (tmp_path / "dangling", loop(tmp_path, "round")):
        with pytest.raises(InputError, match="--overwrite"):
            write_files({link: b"new"}, overwrite=False)
        assert link.is_symlink()
        write_files({link: b"new"}, overwrite=True)
        assert link.read_bytes() == b"new"
    assert not (tmp_path / "nothing").exists()


def test_a_folder_for_results_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk", target_is_directory=True)
    prepare_out(tmp_path / "out")
    write_files({tmp_path / "out" / "a": b"new"}, overwrite=False)
    assert (tmp_path / "disk" / "a").read_bytes() == b"new"
    assert (tmp_path / "out").is_symlink()


def test_a_folder_for_results_that_is_a_broken_link(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to(tmp_path / "unplugged", target_is_directory=True)
    for out in (tmp_path / "out", loop(tmp_path, "round"), tmp_path / "round" / "out"):
        with pytest.raises(InputError, match=r"cannot be written: [^\n]*\.$"):
            prepare_out(out)
    assert not (tmp_path / "unplugged").exists()


def test_a_linked_image_has_the_name_and_the_companions_of_the_link(tmp_path: Path, original: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "sub-01_sample-1_SEM.png").symlink_to(original)
    (data / "pixel_size_in_micrometer.txt").write_text("0.13", encoding="utf-8")
    (found,) = find_images(data)
    image = read_image(found)
    assert image.name == "sub-01_sample-1_SEM"
    assert image.pixel_size_um == 0.13


def test_a_folder_that_is_linked_into_itself_is_walked_once(tmp_path: Path, original: Path) -> None:
    (original.parent / "again").symlink_to(original.parent, target_is_directory=True)
    assert find_images(original.parent) == [original]


@pytest.mark.parametrize("kind", ["dangling", "loop"])
def test_an_image_that_is_a_broken_link(kind: str, tmp_path: Path) -> None:
    link = loop(tmp_path, "a.png") if kind == "loop" else tmp_path / "a.png"
    if kind == "dangling":
        link.symlink_to(tmp_path / "nothing.png")
    with pytest.raises(InputError, match=r"a\.png: there is no such file"):
        find_images(link)
    expected = "got a link to a file that is not there; fetch it" if kind == "dangling" else "cannot be read"
    with pytest.raises(InputError, match=rf"a\.png: {expected}"):
        read_image(link)
    assert link in find_images(tmp_path)  # not silently one image less
