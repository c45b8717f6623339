"""The state of a training run on disk: complete or not there."""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from labelbridge.core import InputError
from labelbridge.io.trainingstate import read_state, write_state

__all__ = ["TrainingState", "load_state", "save_state"]


@dataclass(frozen=True)
class TrainingState:
    """Where a fold's training stands.

    Attributes
    ----------
    iteration
        Steps done.
    network, optimizer
        State dictionaries.
    scaler
        State of the gradient scaler, or None where there is none.
    metrics
        Last loss and validation.
    """

    iteration: int
    network: dict[str, Any]
    optimizer: dict[str, Any]
    scaler: dict[str, Any] | None
    metrics: dict[str, float]


def save_state(state: TrainingState, path: Path) -> None:
    """Write the state and the random numbers' states to `path`, replacing an earlier one in one step."""
    content = {
        "iteration": state.iteration,
        "network": state.network,
        "optimizer": state.optimizer,
        "scaler": state.scaler,
        "metrics": state.metrics,
        "random": _random_states(),
    }
    write_state(content, path)


def load_state(path: Path) -> TrainingState | None:
    """Read a state and put the random numbers back to where they were; None where there is no readable state."""
    if not path.is_file():
        return None
    try:
        content = read_state(path)
    except InputError:
        return None
    _restore_random_states(content.pop("random"))
    return TrainingState(**content)


def _random_states() -> dict[str, Any]:
    name, keys, position, has_gauss, cached = np.random.get_state(legacy=True)
    return {
        "python": random.getstate(),
        "numpy": (name, torch.from_numpy(np.asarray(keys, np.int64)), position, has_gauss, cached),
        "torch": torch.get_rng_state(),
    }


def _restore_random_states(states: dict[str, Any]) -> None:
    version, numbers, gauss = states["python"]
    random.setstate((version, tuple(numbers), gauss))
    name, keys, position, has_gauss, cached = states["numpy"]
    np.random.set_state((name, keys.numpy().astype(np.uint32), position, has_gauss, cached))
    torch.set_rng_state(states["torch"])
