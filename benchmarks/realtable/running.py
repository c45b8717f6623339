"""A row with a seed: what it needs is trained, and masks are made and stored."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from labelbridge.bootstrap import Bootstrap
from labelbridge.bootstrap.store import claim, file_hashes, key_of
from labelbridge.core import Image
from labelbridge.io import make_provenance, write_result
from realtable.material import Material
from realtable.store import Run
from realtable.timing import Stages, TrainingClock

__all__ = ["carry_out", "write_masks"]


def carry_out(run: Run, material: Material) -> None:
    """Train what a run needs and store its masks of all images with a truth; does nothing where it is finished.

    The run that it goes on from is carried out first. A training that was interrupted goes on.

    Raises
    ------
    InputError
        Where the run's folder is that of other settings or another translator.
    """
    claim(run.folder, _key(run, material))
    if run.is_finished:
        return
    before = Run(run.store, run.row.goes_on_from, run.seed) if run.row.goes_on_from else None
    if before:
        carry_out(before, material)
    print(f"{run.row.title}, seed {run.seed}", flush=True)
    begun_s, clock = time.perf_counter(), TrainingClock()
    job = Bootstrap(run.row.plan(material, run.seed), material.images, Stages(), training=clock)
    looking_s = time.perf_counter() - begun_s
    training = job.model_folder().parent.name
    if job.needs_training():
        clock.begin(run.training_file(training))
        for _ in job.predict([]):
            raise AssertionError("nothing was to be predicted")
        clock.note()
    predicting_s = _predict(job, run, material)
    trainings = dict.fromkeys([*(before.trainings if before else ()), training])
    run.finish(job.sentences(), list(trainings), looking_s + predicting_s)


def _predict(job: Bootstrap, run: Run, material: Material) -> float:
    """Write the masks of all images with a truth, and return the seconds."""
    begun_s = time.perf_counter()
    write_masks(job, material.judged, run.folder, {"row": asdict(run.row), "seed": run.seed})
    return time.perf_counter() - begun_s


def write_masks(job: Bootstrap, images: Sequence[Image], folder: Path, settings: Mapping[str, object]) -> None:
    """Predict images one by one, and write their results with the settings in the record."""
    for image, prediction in job.predict(images):
        record = make_provenance([image], models=job.records(), settings=settings)
        write_result(prediction, image, folder, provenance=record, overwrite=True)


def _key(run: Run, material: Material) -> str:
    """Return what tells the run from others of its name; images and labels are the store's own."""
    own = asdict(run.row)
    del own["title"], own["goes_on_from"]
    translator = run.row.translator_of(material)
    hashes = file_hashes(translator) if translator else {}
    return key_of((), (), {**own, "seed": run.seed, "preset": material.settings.preset, "translator": hashes})
