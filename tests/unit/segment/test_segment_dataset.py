import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from labelbridge.core import ClassMap, FloatArray, Image, InputError, LabeledImage, LabelMap, Reporter
from labelbridge.segment.nnunet.dataset import case_names, common_classes, subject_splits, write_raw
from labelbridge.segment.nnunet.scaling import NORMALIZATIONS, fit_normalizer, to_network_range


def standardized(data: FloatArray) -> FloatArray:
    return fit_normalizer(data)(data)


def test_raw_data_set_is_one_that_nnunet_reads(tmp_path: Path, make_rings) -> None:
    samples = [make_rings(1, (40, 50)), make_rings(2, (33, 64))]
    write_raw(samples, tmp_path / "Dataset001_X", "MIT", Reporter())
    description = json.loads((tmp_path / "Dataset001_X/dataset.json").read_text())
    assert description["labels"] == {"background": 0, "axon": 1, "myelin": 2}
    assert description["numTraining"] == 2
    assert "rescale_to_0_1" not in description["channel_names"].values()
    for case, sample in zip(case_names(samples), samples, strict=True):
        assert tifffile.imread(tmp_path / f"Dataset001_X/imagesTr/{case}_0000.tif").shape == sample.image.shape
        np.testing.assert_array_equal(
            tifffile.imread(tmp_path / f"Dataset001_X/labelsTr/{case}.tif"), sample.labels.data
        )


def test_splits_keep_a_subject_on_one_side_and_use_every_case_once(make_rings) -> None:
    subjects = ["a"] * 5 + ["b"] * 3 + ["c", "d", "e", "f", None, None]
    samples = [make_rings(seed, (20, 20), subject) for seed, subject in enumerate(subjects)]
    splits = subject_splits(samples, seed=3)
    subject_of = dict(zip(case_names(samples), subjects, strict=True))
    assert len(splits) == 5
    assert sorted(case for split in splits for case in split["val"]) == case_names(samples)
    for split in splits:
        assert split["val"]
        assert sorted(split["train"] + split["val"]) == case_names(samples)
        sides = [{subject_of[case] for case in split[side]} - {None} for side in ("train", "val")]
        assert not sides[0] & sides[1]
    assert splits == subject_splits(samples, seed=3)


def test_numbered_folds_need_five_subjects(make_rings) -> None:
    samples = [make_rings(seed, (20, 20), f"s{seed % 4}") for seed in range(8)]
    with pytest.raises(InputError, match="4 subjects"):
        subject_splits(samples, seed=0)


def test_classes_must_agree(make_rings) -> None:
    other = LabeledImage(
        Image(np.zeros((20, 20), np.float32), "other"),
        LabelMap(np.zeros((20, 20), np.uint8), ClassMap(("background", "myelin", "axon"))),
    )
    with pytest.raises(InputError, match="other"):
        common_classes([make_rings(0, (20, 20)), other])
    with pytest.raises(InputError, match="no labelled images"):
        common_classes([])


def test_scaling_does_not_depend_on_units_and_keeps_order(make_rings) -> None:
    data = make_rings(4, (60, 70)).image.data
    scaled = to_network_range(data)
    assert scaled.dtype == np.uint16
    assert scaled.min() >= 1
    assert np.abs(scaled.astype(int) - to_network_range(data * 37 - 5000).astype(int)).max() <= 2
    order = np.argsort(data, axis=None)
    assert (np.diff(scaled.ravel()[order].astype(int)) >= 0).all()


def test_an_outlier_does_not_squeeze_the_rest() -> None:
    data = np.random.default_rng(0).uniform(0, 1, (100, 100)).astype(np.float32)
    hot = data.copy()
    hot[0, 0] = 1e6
    assert np.abs(standardized(data)[1:] - standardized(hot)[1:]).max() < 0.01


@pytest.mark.parametrize("value", [0.0, -3.5, 70_000.0])
def test_a_flat_image_stays_finite(value: float) -> None:
    data = np.full((20, 30), value, np.float32)
    assert (to_network_range(data) == 1).all()
    assert (standardized(data) == 0).all()


def test_standardized_has_mean_0_and_deviation_1(make_rings) -> None:
    result = standardized(make_rings(5, (60, 70)).image.data)
    assert abs(result.mean()) < 1e-4
    assert result.std() == pytest.approx(1, abs=1e-4)


def test_normalisations_of_foreign_models_are_nnunets_own() -> None:
    from nnunetv2.preprocessing.normalization import default_normalization_schemes as theirs

    data = np.random.default_rng(0).gamma(2.0, 30.0, (40, 50)).clip(0, 255).astype(np.float32)
    training = {"mean": 50.0, "std": 20.0, "percentile_00_5": 3.0, "percentile_99_5": 180.0}
    for name in NORMALIZATIONS:
        scheme = getattr(theirs, name)(use_mask_for_norm=False, intensityproperties=training)
        expected = scheme.run(data.copy()[None])[0]
        ours = fit_normalizer(data, name, percentiles=False, training=training)(data)
        np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-5, err_msg=name)
