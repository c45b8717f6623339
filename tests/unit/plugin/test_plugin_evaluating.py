"""Masks against a truth, without a window."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labelbridge.core import AXON, MYELIN, InputError, LabelArray, LabelMap, Reporter
from labelbridge.evaluate import FibreScores
from labelbridge.io import write_axondeepseg
from labelbridge.plugin.presenters.differences import ANOTHER_CLASS, ONLY_AFTER, ONLY_BEFORE
from labelbridge.plugin.presenters.evaluating import Evaluation, EvaluationRequest, evaluate
from labelbridge.plugin.presenters.shownimage import ShownImage
from labelbridge.plugin.presenters.shownmasks import ShownMasks

SHAPE = (40, 60)


def masks(axon: slice, myelin: slice) -> dict[str, LabelArray]:
    """An axon and a myelin that take these columns of all rows."""
    made = {name: np.zeros(SHAPE, np.uint8) for name in (AXON, MYELIN)}
    made[AXON][:, axon] = 1
    made[MYELIN][:, myelin] = 1
    return made


MADE = masks(slice(0, 10), slice(10, 20))
TRUE = masks(slice(0, 5), slice(5, 25))


def judge(truth: Any, made: dict[str, LabelArray] = MADE, shape: tuple[int, ...] = SHAPE) -> Evaluation:
    image = ShownImage(object(), "nerve", np.zeros(shape))
    return evaluate(EvaluationRequest(image, made, truth), Reporter())


def layers(data: dict[str, Any]) -> ShownMasks:
    return ShownMasks((1, 2), "truth", "", data)


def write(folder: Path, stem: str) -> None:
    write_axondeepseg(
        LabelMap.from_masks({name: mask != 0 for name, mask in TRUE.items()}), stem, folder, overwrite=False
    )


def check(done: Evaluation) -> None:
    assert done.scores[AXON].dice == pytest.approx(2 * 5 / (10 + 5))
    assert done.scores[AXON].iou == pytest.approx(5 / 10)
    assert done.scores[AXON].sensitivity == 1
    assert done.fibres == FibreScores(found=1, missed=0, invented=0, merged=0, split=0, found_iou=0.5)
    assert done.scores[MYELIN].dice == pytest.approx(2 * 10 / (10 + 20))
    assert done.scores[MYELIN].sensitivity == pytest.approx(0.5)
    errors = done.errors[0]
    assert set(errors[:5]) == {0}
    assert set(errors[5:10]) == {ANOTHER_CLASS}
    assert set(errors[10:20]) == {0}
    assert set(errors[20:25]) == {ONLY_BEFORE}
    assert not errors[25:].any()


def test_against_layers() -> None:
    check(judge(layers(TRUE)))


def test_labels_of_single_fibres_are_masks_as_well() -> None:
    check(judge(layers({name: mask.astype(np.int32) * 700 for name, mask in TRUE.items()})))


def test_against_a_file_and_a_folder(tmp_path: Path) -> None:
    write(tmp_path, "nerve")
    check(judge(tmp_path / "nerve_seg-axon.png"))
    check(judge(tmp_path))
    write(tmp_path, "other")
    check(judge(tmp_path))
    check(judge(tmp_path / "other_seg-axon.png"))


def test_a_truth_of_axons_alone_judges_these(tmp_path: Path) -> None:
    write(tmp_path, "nerve")
    for what in (MYELIN, "axonmyelin"):
        (tmp_path / f"nerve_seg-{what}.png").unlink()
    done = judge(tmp_path)
    assert list(done.scores) == [AXON]
    assert set(done.errors[0, 5:10]) == {ONLY_AFTER}
    assert not done.errors[0, 10:].any()


def test_stacks_are_judged_as_a_whole() -> None:
    made, true = ({name: np.stack([mask, mask]) for name, mask in one.items()} for one in (MADE, TRUE))
    done = judge(layers(true), made, (2, *SHAPE))
    assert done.errors.shape == (2, *SHAPE)
    assert done.scores[AXON].dice == pytest.approx(2 / 3)
    assert done.fibres == FibreScores(found=2, missed=0, invented=0, merged=0, split=0, found_iou=1.0)


def test_without_axons_there_are_no_fibres() -> None:
    assert judge(layers({MYELIN: TRUE[MYELIN]})).fibres is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({AXON: np.zeros((40, 61))}, "got a truth of 40 x 61 px for axon masks of 40 x 60 px"),
        ({AXON: np.zeros((2, *SHAPE))}, "got a truth of 2 x 40 x 60 px for axon masks of 40 x 60 px"),
        ({"nucleus": np.zeros(SHAPE)}, "got masks of axon, myelin and a truth of nucleus, expected a class that both"),
    ],
)
def test_layers_that_do_not_fit_are_one_sentence(data: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        judge(layers(data))


def test_files_that_do_not_fit_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file or folder"):
        judge(tmp_path / "gone")
    with pytest.raises(InputError, match="got no mask"):
        judge(tmp_path)
    write(tmp_path, "one")
    write(tmp_path, "other")
    with pytest.raises(InputError, match="got masks of 2 images and none of 'nerve'"):
        judge(tmp_path)
