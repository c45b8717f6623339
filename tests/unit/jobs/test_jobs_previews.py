from itertools import pairwise
from pathlib import Path

import pytest

from labelbridge.jobs.previews import keep_selection, next_preview


def shown(folder: Path, name: str, times: int, most: int) -> list[int]:
    folder.mkdir(exist_ok=True)
    for _ in range(times):
        next_preview(folder, name).write_bytes(b"picture")
        keep_selection(folder, name, most)
    return sorted(int(file.stem.rpartition("-")[2]) for file in folder.glob(f"{name}-??????.png"))


def test_few_pictures_all_stay(tmp_path: Path) -> None:
    assert shown(tmp_path / "previews", "styled", 5, 8) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("times", [9, 17, 64, 101])
def test_of_many_pictures_an_even_selection_with_the_first_and_the_last_stays(tmp_path: Path, times: int) -> None:
    numbers = shown(tmp_path / "previews", "styled", times, 8)
    assert len(numbers) <= 9
    assert (numbers[0], numbers[-1]) == (0, times - 1)
    steps = {after - before for before, after in pairwise(numbers[:-1])}
    assert len(steps) == 1


def test_names_do_not_mix_and_other_files_stay(tmp_path: Path) -> None:
    folder = tmp_path / "previews"
    assert shown(folder, "styled-to", 9, 4)[0] == 0
    (folder / "styled.png").write_bytes(b"of an earlier version")
    assert shown(folder, "styled", 1, 4) == [0]
    assert (folder / "styled.png").exists()
    assert next_preview(folder, "new").name == "new-000000.png"
