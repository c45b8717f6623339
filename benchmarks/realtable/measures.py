"""What is measured of the masks of a run, and kept beside them."""

import json
import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from annotating.aims import Goal
from annotating.simulation import from_scratch, simulate
from annotation_effort import labels_in, uncertainty_beside
from labelbridge.core import AXON, FloatArray, Image, LabelMap
from labelbridge.evaluate import FibreScores, Scores, SizeComparison, measure_fibre_sizes, score, score_fibres
from labelbridge.io import write_files, write_json
from realtable.store import Run

__all__ = ["ImageMeasures", "Measures", "masks_measured", "measure", "measured", "scratch_s"]

GOAL = Goal(border_px=1)
"""People draw borders about 1 px apart, so pixels beside a border of the truth count neither way."""

Each = Callable[..., Iterable[Any]]
"""Calls a function with the first of each of its further arguments, then with the second, and so on, as `map`."""


@dataclass(frozen=True)
class ImageMeasures:
    """The masks of an image against the truth.

    Attributes
    ----------
    scores
        Of the pixels, by class.
    fibres
        Found, missed, invented, merged and split.
    sizes_off_percent
        How far the medians of the fibres' sizes are from the true ones, by the names of `SIZES`; None without fibres.
    effort_s, queue_effort_s
        Seconds of the scripted annotator, in reading order and along the review queue.
    """

    scores: dict[str, Scores]
    fibres: FibreScores
    sizes_off_percent: dict[str, float | None]
    effort_s: float
    queue_effort_s: float


@dataclass(frozen=True)
class Measures:
    """What was measured of a run, by the image's name, and the seconds that it took."""

    images: dict[str, ImageMeasures]
    measuring_s: float


_MEASURES = TypeAdapter(Measures)


def measured(run: Run, truth: Mapping[str, LabelMap], images: Mapping[str, Image], each: Each = map) -> Measures:
    """Return what was measured of a finished run's masks; further parameters as of `masks_measured`."""
    return masks_measured(run.folder, f"{run.row.title}, seed {run.seed}", truth, images, each)


def masks_measured(
    folder: Path, title: str, truth: Mapping[str, LabelMap], images: Mapping[str, Image], each: Each = map
) -> Measures:
    """Return what was measured of a folder's masks, and measure it the first time; ``measures.json`` keeps it.

    Parameters
    ----------
    folder
        Results of images with a truth.
    title
        What they are called while they are measured.
    truth
        True masks by the image's name.
    images
        The images by name.
    each
        Calls a function for each image: `map`, or that of a pool of processes.
    """
    file = folder / "measures.json"
    if not file.exists():
        print(f"{title}: measuring", flush=True)
        begun_s = time.perf_counter()
        masks = labels_in(folder)
        uncertainties = [uncertainty_beside(folder, name) for name in masks]
        shown = [images[name].data for name in masks]
        found = each(measure, masks.values(), [truth[name] for name in masks], uncertainties, shown)
        all_found = Measures(dict(zip(masks, found, strict=True)), time.perf_counter() - begun_s)
        write_files({file: _MEASURES.dump_json(all_found, indent=2)}, overwrite=False)
    return _MEASURES.validate_json(file.read_bytes())


def measure(labels: LabelMap, truth: LabelMap, uncertainty: FloatArray | None, image: FloatArray) -> ImageMeasures:
    """Measure the masks of an image, with the uncertainty (Y, X) and the image itself (Y, X) for the review queue."""
    sizes = SizeComparison(measure_fibre_sizes(labels), measure_fibre_sizes(truth)).errors()
    off = {name: error.difference_percent for name, error in sizes.items()}
    effort_s, queue_effort_s = (
        simulate(labels, truth, uncertainty, image=image, by_queue=by_queue, goal=GOAL).seconds
        for by_queue in (False, True)
    )
    return ImageMeasures(
        scores=score(labels, truth),
        fibres=score_fibres(labels.mask(AXON), truth.mask(AXON)),
        sizes_off_percent={name: None if math.isnan(value) else value for name, value in off.items()},
        effort_s=effort_s,
        queue_effort_s=queue_effort_s,
    )


def scratch_s(store: Path, truth: Mapping[str, LabelMap], each: Each = map) -> dict[str, float]:
    """Return the annotator's seconds from empty masks by the image's name; ``from-scratch.json`` keeps them."""
    file = store / "from-scratch.json"
    if not file.exists():
        print("from scratch: measuring", flush=True)
        efforts = each(partial(from_scratch, goal=GOAL), truth.values())
        seconds = {name: effort.seconds for name, effort in zip(truth, efforts, strict=True)}
        write_json(file, seconds, overwrite=False)
    return {name: float(seconds) for name, seconds in json.loads(file.read_text("utf-8")).items()}
