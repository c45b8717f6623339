"""The tables say the means over images and the spread over seeds."""

import pytest

from labelbridge.evaluate import FibreScores, Scores
from realtable.judged import Judged
from realtable.measures import ImageMeasures, Measures
from realtable.store import Run
from realtable.tables import image_table, mask_table, size_table, work_table
from realtable.times import times

SCRATCH_S = {"one": 100.0, "two": 300.0}


def image(dice: float, effort_s: float = 50.0, off: float | None = 4.0) -> ImageMeasures:
    scores = {
        "axon": Scores(dice=dice, iou=0.5, sensitivity=0.6, specificity=0.7),
        "myelin": Scores(dice=dice / 2, iou=0.5, sensitivity=0.4, specificity=0.9),
    }
    fibres = FibreScores(found=6, missed=2, invented=2, merged=0, split=0, found_iou=6 * dice)
    sizes = {"g_ratio": off, "axon_diameter": -4.0, "myelin_thickness": 8.0}
    return ImageMeasures(scores, fibres, sizes, effort_s, effort_s + 20)


def judged(title: str, seed: int, one: ImageMeasures, two: ImageMeasures, seconds: float | None = 90.0) -> Judged:
    return Judged(title, seed, {"one": one, "two": two}, SCRATCH_S, seconds)


def test_a_row_is_the_mean_over_images() -> None:
    table = mask_table([judged("tutorship", 0, image(0.7), image(0.9))])
    assert table.splitlines() == [
        "| path | seeds | axon Dice | myelin Dice | axon sens. / spec. | myelin sens. / spec. |",
        "| --- | --- | --- | --- | --- | --- |",
        "| tutorship | 0 | 0.800 | 0.400 | 0.600 / 0.700 | 0.400 / 0.900 |",
    ]


def test_seeds_are_one_row_with_the_deviation_of_their_means() -> None:
    seeds = [judged("tutorship", seed, image(dice), image(dice)) for seed, dice in ((0, 0.7), (1, 0.8), (2, 0.9))]
    other = judged("direct", 0, image(0.1), image(0.1))
    lines = mask_table([other, *seeds]).splitlines()[2:]
    assert lines[0].startswith("| direct | 0 | 0.100 | 0.050 |")
    assert lines[1].startswith("| tutorship | 0, 1, 2 | 0.800 ± 0.100 | 0.400 ± 0.050 | 0.600 / 0.700 |")


def test_effort_is_that_of_all_images_over_that_from_scratch() -> None:
    table = work_table([judged("tutorship", 0, image(0.9, effort_s=50), image(0.5, effort_s=150))])
    assert table.splitlines()[0] == (
        "| path | seeds | panoptic quality | fibres found, F1 | effort, % of from scratch | with the queue, % "
        "| minutes a seed |"
    )
    assert table.splitlines()[2] == "| tutorship | 0 | 0.525 | 0.750 | 50 | 60 | 1.5 |"


def test_what_is_not_known_of_all_seeds_is_left_open() -> None:
    timed, untimed = (judged("best", seed, image(0.9), image(0.9), seconds) for seed, seconds in ((0, 60.0), (1, None)))
    assert work_table([timed, untimed]).endswith("| - |")
    assert work_table([timed]).endswith("| 1.0 |")


def test_sizes_above_and_below_the_truth_do_not_cancel() -> None:
    line = size_table([judged("best", 0, image(0.9, off=4.0), image(0.9, off=-6.0))]).splitlines()[2]
    assert line == "| best | 0 | 5.0 | 4.0 | 8.0 |"


def test_sizes_without_fibres_are_left_open() -> None:
    line = size_table([judged("direct", 0, image(0.9), image(0.0, off=None))]).splitlines()[2]
    assert line == "| direct | 0 | - | 4.0 | 8.0 |"


def test_each_image_has_its_own_column() -> None:
    table = image_table([judged("best", 0, image(0.7), image(0.9)), judged("best", 1, image(0.8), image(0.9))])
    assert table.splitlines()[0] == "| path | seeds | one | two |"
    assert table.splitlines()[2] == "| best | 0, 1 | 0.750 / 0.375 | 0.900 / 0.450 |"


def test_the_time_of_all_rows_counts_each_training_once(tmp_path) -> None:
    runs = [Run(tmp_path, name, 0) for name in ("direct", "adaptation", "tutorship")]
    for run, training in zip(runs, ("of L", "of L", "of U"), strict=True):
        run.finish([], [training], predicting_s=60.0)
    runs[0].training_file("of L").parent.mkdir()
    runs[0].training_file("of L").write_text('{"seconds": 300, "said": []}')
    assert runs[1].seconds() == pytest.approx(360)
    said = times({run: Measures({}, measuring_s=30.0) for run in runs})
    assert said == ("seed 0, 3 rows: 9.5 minutes (trainings 5.0, predictions 3.0, measurements 1.5; not timed: of U)")
