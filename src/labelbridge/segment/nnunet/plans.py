"""Fingerprint, plans and preprocessed cases, made by nnU-Net's own code within this process."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from labelbridge.core import Reporter
from labelbridge.segment.nnunet.dataset import DATASET
from labelbridge.segment.nnunet.environment import quiet
from labelbridge.segment.nnunet.settings import TrainSettings

__all__ = ["CONFIGURATION", "PLANS", "make_plans", "preprocess", "take_plans"]

PLANS = "LabelBridgePlans"
"""Name of our plans among nnU-Net's."""

CONFIGURATION = "2d"
"""The configuration that is planned, trained and stored."""

_SAMPLES_PER_CASE = 2000


def make_plans(work: Path, settings: TrainSettings, log: Path) -> None:
    """Let nnU-Net look at the raw data set and plan, then put in what the settings fix.

    Called within `nnunet_environment` (with at least one worker: planning hands their number to torch).
    """
    with quiet(log):
        from nnunetv2.experiment_planning.experiment_planners.default_experiment_planner import ExperimentPlanner

        folder = work / "preprocessed" / DATASET
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "dataset_fingerprint.json").write_text(
            json.dumps(_fingerprint(work / "raw" / DATASET)), encoding="utf-8"
        )
        ExperimentPlanner(DATASET, plans_name=PLANS).plan_experiment()
    path = folder / f"{PLANS}.json"
    plans = json.loads(path.read_bytes())
    _apply(plans["configurations"][CONFIGURATION], settings)
    path.write_text(json.dumps(plans, indent=2), encoding="utf-8")


def take_plans(model: Path, work: Path) -> None:
    """Train as a model of ours was: the same network, patches, batches and normalisation."""
    folder = work / "preprocessed" / DATASET
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(work / "raw" / DATASET / "dataset.json", folder / "dataset.json")
    shutil.copyfile(model / "plans.json", folder / f"{PLANS}.json")


def preprocess(work: Path, log: Path, reporter: Reporter) -> None:
    """Preprocess every case of the raw data set as the plans say; reports and may be stopped after each."""
    with quiet(log):
        from nnunetv2.preprocessing.preprocessors.default_preprocessor import DefaultPreprocessor
        from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

        folder = work / "preprocessed" / DATASET
        manager = PlansManager(str(folder / f"{PLANS}.json"))
        configuration = manager.get_configuration(CONFIGURATION)
        worker = DefaultPreprocessor(verbose=False)
    target = folder / configuration.data_identifier
    shutil.rmtree(target, ignore_errors=True)  # an interrupted run's files, which would not be written over
    target.mkdir()
    dataset = json.loads((folder / "dataset.json").read_bytes())
    cases = _cases(work / "raw" / DATASET)
    for index, (case, (images, labels)) in enumerate(cases.items()):
        reporter.checkpoint()
        with quiet(log):
            worker.run_case_save(str(target / case), images, labels, manager, configuration, dataset)
        reporter.progress(index + 1, len(cases), "preprocessing")


def _cases(raw: Path) -> dict[str, tuple[list[str], str]]:
    from nnunetv2.utilities.utils import get_filenames_of_train_images_and_targets

    found = get_filenames_of_train_images_and_targets(str(raw), json.loads((raw / "dataset.json").read_bytes()))
    return {case: (files["images"], files["label"]) for case, files in found.items()}


def _fingerprint(raw: Path) -> dict[str, Any]:
    from nnunetv2.experiment_planning.dataset_fingerprint.fingerprint_extractor import DatasetFingerprintExtractor
    from nnunetv2.imageio.natural_image_reader_writer import NaturalImage2DIO

    analyse = DatasetFingerprintExtractor.analyze_case
    cases = [analyse(images, labels, NaturalImage2DIO, _SAMPLES_PER_CASE) for images, labels in _cases(raw).values()]
    intensities = np.concatenate([case[2][0] for case in cases])
    return {
        "spacings": [[float(step) for step in case[1]] for case in cases],
        "shapes_after_crop": [[int(side) for side in case[0]] for case in cases],
        "foreground_intensity_properties_per_channel": {"0": _statistics(intensities)},
        "median_relative_size_after_cropping": float(np.median([case[4] for case in cases])),
    }


def _statistics(values: np.ndarray[Any, Any]) -> dict[str, float]:
    low, median, high = np.percentile(values, (0.5, 50, 99.5))
    return {
        "mean": float(values.mean()),
        "median": float(median),
        "std": float(values.std()),
        "min": float(values.min()),
        "max": float(values.max()),
        "percentile_99_5": float(high),
        "percentile_00_5": float(low),
    }


def _apply(configuration: dict[str, Any], settings: TrainSettings) -> None:
    configuration["data_identifier"] = f"{PLANS}_{CONFIGURATION}"
    if settings.batch is not None:
        configuration["batch_size"] = settings.batch
    if settings.patch_px is None or settings.features is None:
        return
    stages = len(settings.features)
    configuration["patch_size"] = [settings.patch_px, settings.patch_px]
    configuration["architecture"]["arch_kwargs"].update(
        n_stages=stages,
        features_per_stage=list(settings.features),
        kernel_sizes=[[3, 3]] * stages,
        strides=[[1, 1]] + [[2, 2]] * (stages - 1),
        n_conv_per_stage=[2] * stages,
        n_conv_per_stage_decoder=[2] * (stages - 1),
    )
