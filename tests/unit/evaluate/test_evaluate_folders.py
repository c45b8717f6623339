"""Whole folders of masks: matching, runs, table and CSV."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from ringimages import rings

from labelbridge.core import InputError, LabelMap
from labelbridge.evaluate import (
    DISTRIBUTION_METRICS,
    FIBRE_METRICS,
    SIZES,
    FibreScores,
    Report,
    SizeComparison,
    compare_folders,
)
from labelbridge.io import write_axondeepseg
from phantoms import make_sem

SHAPE = (20, 20)


def save(folder: Path, stem: str, axon: slice, myelin: slice, ending: str = "", shape: tuple[int, int] = SHAPE) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("axon", axon), ("myelin", myelin)):
        mask = np.zeros(shape, np.uint8)
        mask[rows] = 255
        Image.fromarray(mask).save(folder / f"{stem}_seg-{name}{ending}.png")


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    folder = tmp_path / "truth"
    for subject in ("sub-a", "sub-b"):
        place = folder / "derivatives" / "labels" / subject / "micr"
        save(place, f"{subject}_SEM", slice(0, 8), slice(8, 12), "-manual")
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    for subject in ("sub-a", "sub-b"):
        save(folder / "seed-0", f"{subject}_SEM", slice(0, 8), slice(8, 12))
        save(folder / "seed-1", f"{subject}_SEM", slice(0, 4), slice(8, 12))
    return folder


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_masks_are_matched_by_stem_and_manual_is_ignored(tmp_path: Path, truth: Path) -> None:
    save(tmp_path / "out", "sub-a_SEM", slice(0, 8), slice(8, 12))
    save(tmp_path / "out", "sub-c_SEM", slice(0, 8), slice(8, 12))
    report = compare_folders(tmp_path / "out", truth)
    assert [(row.run, row.image, row.name, row.scores.dice) for row in report.rows] == [
        ("", "sub-a_SEM", "axon", 1.0),
        ("", "sub-a_SEM", "myelin", 1.0),
    ]
    assert report.unmatched_predictions == ("sub-c_SEM",)
    assert report.unmatched_truth == ("sub-b_SEM",)
    assert "sub-c_SEM" in report.table()
    assert "sub-b_SEM" in report.table()


def test_a_single_run_has_a_mean_over_images_and_no_sd(tmp_path: Path, truth: Path) -> None:
    save(tmp_path / "out", "sub-a_SEM", slice(0, 8), slice(8, 12))
    save(tmp_path / "out", "sub-b_SEM", slice(12, 20), slice(8, 12))
    summary = compare_folders(tmp_path / "out", truth).summary()
    assert summary["axon"].mean.dice == 0.5
    assert summary["axon"].mean.specificity == pytest.approx((1 + 4 / 12) / 2)
    assert summary["axon"].sd is None


def test_runs_give_the_mean_and_sd_of_their_image_means(runs: Path, truth: Path) -> None:
    report = compare_folders(runs, truth)
    assert report.runs == ("seed-0", "seed-1")
    axon, myelin = report.summary()["axon"], report.summary()["myelin"]
    assert axon.mean.dice == pytest.approx((1 + 2 / 3) / 2)
    assert axon.sd is not None
    assert axon.sd.dice == pytest.approx(np.std([1, 2 / 3], ddof=1))
    assert myelin.sd is not None
    assert (myelin.mean.dice, myelin.sd.dice) == (1, 0)


def test_a_run_that_lacks_an_image_is_told(runs: Path, truth: Path) -> None:
    for mask in (runs / "seed-1").glob("sub-b*"):
        mask.unlink()
    assert compare_folders(runs, truth).unmatched_truth == ("seed-1/sub-b_SEM",)


def test_two_masks_of_one_image_within_a_run_are_refused(runs: Path, truth: Path) -> None:
    save(runs / "seed-1" / "again", "sub-a_SEM", slice(0, 8), slice(8, 12))
    with pytest.raises(InputError, match="second mask"):
        compare_folders(runs, truth)


def test_folders_of_subjects_are_not_runs(truth: Path) -> None:
    assert compare_folders(truth / "derivatives" / "labels", truth).runs == ("",)
    assert compare_folders(truth, truth).runs == ("",)


def test_no_match_names_a_stem_of_each_side(tmp_path: Path, truth: Path) -> None:
    save(tmp_path / "out", "other", slice(0, 8), slice(8, 12))
    with pytest.raises(InputError, match=r"'other'.*'sub-a_SEM'"):
        compare_folders(tmp_path / "out", truth)


def test_another_shape_is_refused(tmp_path: Path, truth: Path) -> None:
    save(tmp_path / "out", "sub-a_SEM", slice(0, 8), slice(8, 12), shape=(40, 20))
    with pytest.raises(InputError, match=r"sub-a_SEM_seg-axon.*\(40, 20\).*\(20, 20\)"):
        compare_folders(tmp_path / "out", truth)


@pytest.mark.parametrize("side", ["predictions", "truth"])
def test_a_missing_folder_is_named(tmp_path: Path, truth: Path, side: str) -> None:
    nowhere = tmp_path / "nowhere"
    with pytest.raises(InputError, match="nowhere"):
        compare_folders(*((nowhere, truth) if side == "predictions" else (truth, nowhere)))


def test_further_classes_are_scored_when_asked(tmp_path: Path, truth: Path) -> None:
    mask = np.zeros(SHAPE, np.uint8)
    mask[14:] = 255
    Image.fromarray(mask).save(truth / "derivatives/labels/sub-a/micr/sub-a_SEM_seg-uaxon-manual.png")
    save(tmp_path / "out", "sub-a_SEM", slice(0, 8), slice(8, 12))
    summary = compare_folders(tmp_path / "out", truth, classes=("axon", "myelin", "uaxon")).summary()
    assert [one.mean.dice for one in summary.values()] == [1, 1, 0]


def test_csv_has_a_row_a_run_image_and_class_then_mean_and_sd(runs: Path, truth: Path, tmp_path: Path) -> None:
    compare_folders(runs, truth).to_csv(tmp_path / "report.csv")
    rows = read_csv(tmp_path / "report.csv")
    scores = ["dice", "iou", "sensitivity", "specificity"]
    fibres = [f"fibres_{name}" for name in FIBRE_METRICS]
    sizes = [f"{size}_{name}" for size in SIZES for name in DISTRIBUTION_METRICS]
    assert list(rows[0]) == ["run", "image", "class", *scores, *fibres, "length_unit", *sizes]
    assert fibres[:4] == ["fibres_found", "fibres_missed", "fibres_invented", "fibres_f1"]
    assert [row["run"] for row in rows] == ["seed-0"] * 4 + ["seed-1"] * 4 + ["mean", "sd"] * 2
    assert float(rows[4]["dice"]) == 2 / 3
    assert float(rows[8]["dice"]) == pytest.approx(5 / 6)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["report.csv"]


def test_csv_is_not_overwritten_unasked(runs: Path, truth: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.csv"
    target.write_text("mine")
    report = compare_folders(runs, truth)
    with pytest.raises(InputError, match="--overwrite"):
        report.to_csv(target)
    assert target.read_text() == "mine"
    report.to_csv(target, overwrite=True)
    assert len(read_csv(target)) == 12


def test_the_table_is_readable(runs: Path, truth: Path) -> None:
    report: Report = compare_folders(runs, truth)
    lines = report.table().splitlines()
    assert lines[0].split() == ["run", "image", "class", "dice", "iou", "sensitivity", "specificity"]
    assert "mean ± SD over 2 runs" in report.table()
    assert any(line.split()[:4] == ["axon", "0.833", "±", "0.236"] for line in lines)
    starts = {line.index("0.") for line in lines if line.startswith("seed-1") and "axon  " in line}
    assert starts == {lines[0].index("dice")}


@pytest.fixture
def uneven(tmp_path: Path) -> Path:
    """Two runs: the first finds each axon, the second misses one and invents another."""
    folder = tmp_path / "uneven"
    for subject in ("sub-a", "sub-b"):
        save(folder / "seed-0", f"{subject}_SEM", slice(0, 8), slice(8, 12))
        save(folder / "seed-1", f"{subject}_SEM", slice(0, 4 if subject == "sub-a" else 3), slice(8, 12))
    return folder


def test_fibres_are_counted_and_summed_over_images(uneven: Path, truth: Path) -> None:
    report = compare_folders(uneven, truth)
    assert report.fibres() == {"seed-0": FibreScores(2, 0, 0, 0, 0, 2.0), "seed-1": FibreScores(1, 1, 1, 0, 0, 0.5)}
    assert [row.fibres for row in report.rows if row.name == "myelin"] == [None] * 4
    lines = [line.split() for line in report.table().splitlines()]
    assert ["seed-1", "sub-b_SEM", "0", "1", "1", "0.000", "0", "0", "0.000", "0.000"] in lines
    assert ["seed-1", "1", "1", "1", "0.500", "0", "0", "0.500", "0.250"] in lines
    mean = "mean ± SD over 2 runs 1.500 ± 0.707 0.500 ± 0.707 0.500 ± 0.707 0.750 ± 0.354 "
    assert (mean + "0.000 ± 0.000 0.000 ± 0.000 0.750 ± 0.354 0.625 ± 0.530").split() in lines


def test_a_single_run_has_its_fibres_summed(uneven: Path, truth: Path) -> None:
    table = compare_folders(uneven / "seed-1", truth).table()
    lines = [line.split() for line in table.splitlines()]
    assert ["all", "images", "1", "1", "1", "0.500", "0", "0", "0.500", "0.250"] in lines


def test_csv_has_fibres_in_the_rows_of_the_axon(uneven: Path, truth: Path, tmp_path: Path) -> None:
    compare_folders(uneven, truth).to_csv(tmp_path / "report.csv")
    rows = read_csv(tmp_path / "report.csv")
    names = [f"fibres_{name}" for name in FIBRE_METRICS]
    assert all(row[name] == "" for row in rows if row["class"] == "myelin" for name in names)
    found = {(row["run"], row["image"]): [float(row[name]) for name in names] for row in rows if row["class"] == "axon"}
    assert found["seed-1", "sub-a_SEM"] == [1, 0, 0, 1, 0, 0, 0.5, 0.5]
    assert found["seed-1", "sub-b_SEM"] == [0, 1, 1, 0, 0, 0, 0, 0]
    assert found["mean", ""] == [1.5, 0.5, 0.5, 0.75, 0, 0, 0.75, 0.625]
    assert found["sd", ""] == pytest.approx([0.5**0.5] * 3 + [0.125**0.5, 0, 0, 0.125**0.5, 0.28125**0.5])


THIN, THICK = (40, 40, 12, 16), (40, 40, 12, 20)


def save_labels(folder: Path, stem: str, labels: LabelMap) -> None:
    write_axondeepseg(labels, stem, folder, overwrite=False)


@pytest.fixture
def thinned(tmp_path: Path) -> tuple[Path, Path]:
    """Two images of a fibre each, whose myelin is too thin in the prediction; an unmyelinated axon in the second."""
    predictions, truth = tmp_path / "predictions", tmp_path / "true"
    save_labels(truth, "a", rings((80, 80), THICK))
    save_labels(truth, "b", rings((80, 120), THICK, (40, 100, 6, 0)))
    save_labels(predictions, "a", rings((80, 80), THIN))
    save_labels(predictions, "b", rings((80, 120), THIN, (40, 100, 6, 0)))
    return predictions, truth


def test_sizes_are_told_in_px_where_nobody_knows_the_pixels(thinned: tuple[Path, Path], tmp_path: Path) -> None:
    report = compare_folders(*thinned)
    report.to_csv(tmp_path / "report.csv")
    axon, myelin = read_csv(tmp_path / "report.csv")[:2]
    assert axon["length_unit"] == "px"
    assert float(axon["g_ratio_median"]) == pytest.approx(0.75, abs=0.01)
    assert float(axon["g_ratio_true_median"]) == pytest.approx(0.6, abs=0.01)
    assert float(axon["g_ratio_difference_percent"]) == pytest.approx(25, abs=1.5)
    assert float(axon["myelin_thickness_wasserstein"]) == pytest.approx(4, abs=0.1)
    assert float(axon["axon_diameter_wasserstein"]) == 0
    names = ["length_unit", *(f"{size}_{name}" for size in SIZES for name in DISTRIBUTION_METRICS)]
    assert [myelin[name] for name in names] == [""] * len(names)
    assert "myelin thickness (px)" in report.table()


@pytest.mark.parametrize("side", [0, 1])
def test_sizes_are_told_in_um_where_the_masks_of_one_side_know_the_pixels(
    thinned: tuple[Path, Path], side: int
) -> None:
    (thinned[side] / "pixel_size_in_micrometer.txt").write_text("0.25", encoding="utf-8")
    report = compare_folders(*thinned)
    assert report.sizes()[""].unit == "um"
    assert report.sizes()[""].errors()["myelin_thickness"].wasserstein == pytest.approx(1, abs=0.03)
    assert "axon diameter (um)" in report.table()


def test_the_pixel_size_of_a_bootstrap_counts_and_the_flag_wins(thinned: tuple[Path, Path]) -> None:
    for stem in "ab":
        record = {"inputs": [{"pixel_size_um": 0.5}]}
        (thinned[0] / f"{stem}_provenance.json").write_text(json.dumps(record), encoding="utf-8")
    recorded = compare_folders(*thinned).sizes()[""].errors()["axon_diameter"]
    assert recorded.median == pytest.approx(12, rel=0.02)
    given = compare_folders(*thinned, pixel_size_um=0.1).sizes()[""].errors()["axon_diameter"]
    assert given.median == pytest.approx(recorded.median / 5)
    with pytest.raises(InputError, match=r"--pixel-size: got the pixel size 0"):
        compare_folders(*thinned, pixel_size_um=0)


def test_one_image_without_a_pixel_size_leaves_all_in_px(thinned: tuple[Path, Path]) -> None:
    record = {"inputs": [{"pixel_size_um": 0.5}]}
    (thinned[0] / "a_provenance.json").write_text(json.dumps(record), encoding="utf-8")
    report = compare_folders(*thinned)
    assert {sizes.unit for _, sizes in report.rows_with_sizes() if sizes} == {"px"}
    assert report.sizes()[""].errors()["axon_diameter"].true_fibres == 3


def test_fibres_of_all_images_make_one_distribution(thinned: tuple[Path, Path]) -> None:
    report = compare_folders(*thinned)
    errors = report.sizes()[""].errors()
    assert {name: error.fibres for name, error in errors.items()} == {
        "g_ratio": 2,
        "axon_diameter": 3,
        "myelin_thickness": 2,
    }
    lines = [line.split() for line in report.table().splitlines()]
    assert ["a", "g-ratio", "1", "1"] in [line[:4] for line in lines]
    assert ["all", "images", "axon", "diameter", "(px)", "3", "3"] in [line[:7] for line in lines]
    assert any(line[:3] == ["all", "images", "g-ratio"] and line[-2].startswith("+2") for line in lines)


def test_sizes_of_runs_have_a_mean_and_an_sd(thinned: tuple[Path, Path], tmp_path: Path) -> None:
    predictions, truth = thinned
    for run, fibre in (("seed-0", THIN), ("seed-1", THICK)):
        for stem in "ab":
            save_labels(predictions / run, stem, rings((80, 80 if stem == "a" else 120), fibre))
    for file in predictions.glob("*.png"):
        file.unlink()
    report = compare_folders(predictions, truth)
    report.to_csv(tmp_path / "report.csv")
    rows = {row["run"]: row for row in read_csv(tmp_path / "report.csv") if row["class"] == "axon"}
    of_runs = [sizes.errors()["g_ratio"].wasserstein for sizes in report.sizes().values()]
    assert of_runs[1] == 0
    assert float(rows["mean"]["g_ratio_wasserstein"]) == pytest.approx(of_runs[0] / 2)
    assert float(rows["sd"]["g_ratio_wasserstein"]) == pytest.approx(of_runs[0] / 2**0.5)
    assert rows["sd"]["length_unit"] == "px"
    assert any(line.startswith("mean ± SD over 2 runs  g-ratio") for line in report.table().splitlines())


def test_sizes_that_no_fibre_tells_are_left_empty(uneven: Path, truth: Path, tmp_path: Path) -> None:
    """All fibres of these images are cut by the edge."""
    report = compare_folders(uneven, truth)
    report.to_csv(tmp_path / "report.csv")
    row = read_csv(tmp_path / "report.csv")[0]
    assert (row["g_ratio_fibres"], row["g_ratio_median"], row["g_ratio_wasserstein"]) == ("0", "", "")
    lines = [line.split() for line in report.table().splitlines()]
    assert ["seed-0", "sub-a_SEM", "g-ratio", "0", "0", "-", "-", "-", "-"] in lines


def test_no_table_has_more_than_ten_columns(uneven: Path, truth: Path) -> None:
    rules = [line.split() for line in compare_folders(uneven, truth).table().splitlines() if set(line) == {"-", " "}]
    assert [len(rule) for rule in rules] == [7, 5, 10, 9, 9, 8]


def test_the_report_of_a_phantom_against_itself_is_without_error(tmp_path: Path) -> None:
    save_labels(tmp_path / "masks", "sem", LabelMap(make_sem(5, (200, 240))[1]))
    sizes: SizeComparison = compare_folders(tmp_path / "masks", tmp_path / "masks").sizes()[""]
    for error in sizes.errors().values():
        assert error.fibres == error.true_fibres > 15
        assert error.difference_percent == error.wasserstein == 0
