"""What nnU-Net needs and leaves around it: environment variables, prints, warnings, random numbers."""

import os
import random
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np

__all__ = ["nnunet_environment", "own_random_numbers", "quiet"]


@contextmanager
def nnunet_environment(work: Path, workers: int | None) -> Iterator[None]:
    """Point nnU-Net to folders below `work` for the time of the block; the environment is as before afterwards.

    Parameters
    ----------
    work
        Folder of the training run.
    workers
        Processes that prepare patches; None leaves it to nnU-Net.
    """
    wanted: dict[str, str | None] = {
        "nnUNet_raw": str(work / "raw"),
        "nnUNet_preprocessed": str(work / "preprocessed"),
        "nnUNet_results": str(work / "results"),
        "nnUNet_compile": "f",
        "nnUNet_wandb_enabled": "0",
    }
    if workers is not None:
        wanted["nnUNet_n_proc_DA"] = str(workers)
    before = {name: os.environ.get(name) for name in wanted}
    _set(wanted)
    try:
        yield
    finally:
        _set(before)


@contextmanager
def quiet(log: Path) -> Iterator[None]:
    """Send what is printed within the block to the end of `log` and keep its warnings silent."""
    with (
        log.open("a", encoding="utf-8") as file,
        redirect_stdout(file),
        redirect_stderr(file),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


@contextmanager
def own_random_numbers(seed: int) -> Iterator[None]:
    """Seed random, numpy and torch for the block; their states are as before afterwards."""
    import torch

    before = random.getstate(), np.random.get_state(), torch.get_rng_state()
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])
        torch.set_rng_state(before[2])


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
