"""The folder of a training run: whose it is and which stages are behind it."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from labelbridge.core import InputError, LabeledImage
from labelbridge.io import write_json
from labelbridge.segment.nnunet.settings import TrainSettings

__all__ = ["begin", "do_stage", "fingerprint"]

_RUN = "run.json"


def fingerprint(samples: Sequence[LabeledImage], settings: TrainSettings, initial: Path | None) -> str:
    """Return a hash of everything that decides what a training run gives."""
    digest = hashlib.sha256(settings.model_dump_json().encode())
    for weights in sorted(initial.glob("fold_*/model.safetensors")) if initial else ():
        digest.update(weights.read_bytes())
    for sample in samples:
        digest.update(repr((sample.subject, sample.image.shape, sample.labels.classes.names)).encode())
        digest.update(sample.image.data.tobytes())
        digest.update(sample.labels.data.tobytes())
    return digest.hexdigest()


def begin(work: Path, run: str, resume: bool) -> None:
    """Make the folder of a new run, or make sure that it is the run to resume.

    Parameters
    ----------
    work
        The folder.
    run
        `fingerprint` of the run.
    resume
        Whether an earlier run there may be continued.

    Raises
    ------
    InputError
        Where the folder has other files, or a run that is not to be or cannot be resumed.
    """
    record = work / _RUN
    if work.exists() and (not work.is_dir() or any(not path.name.startswith(".") for path in work.iterdir())):
        if not resume or not record.is_file():
            raise InputError(
                f"{work}: got a folder with an earlier run or other files in it, expected an empty one; "
                "resume that run or choose another folder."
            )
        if json.loads(record.read_bytes())["fingerprint"] != run:
            raise InputError(
                f"{work}: got a run of other images or settings, expected the same to resume it; "
                "give those that it was started with or choose another folder."
            )
    else:
        write_json(record, {"fingerprint": run}, overwrite=True)


def do_stage(work: Path, name: str, do: Callable[[], None]) -> None:
    """Do a stage unless its mark is there, then leave the mark."""
    mark = work / f"{name}.done"
    if not mark.exists():
        do()
        mark.touch()
