"""What a training run leaves on the disk: states to go on from, and candidates for the translator."""

import logging
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from labelbridge.core import InputError, TranslatorCard
from labelbridge.io import patiently
from labelbridge.io.trainingstate import read_state, write_state
from labelbridge.translate.models import read_translator_card
from labelbridge.translate.syndiff.networks import Networks
from labelbridge.translate.syndiff.package import write_translator
from labelbridge.translate.syndiff.predict import Direction
from labelbridge.translate.syndiff.settings import Architecture

__all__ = ["Candidate", "Checkpoints", "disk_need_bytes"]

_STATES_KEPT = 2
_BEST_KEPT = 10
_TENTHS = 10
_FLOAT32_BYTES, _FLOAT16_BYTES = 4, 2

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Candidate:
    """A translator's folder that may become the result.

    Attributes
    ----------
    folder
        Where it is; it can be used as it is.
    step
        Steps done when it was judged.
    score
        Higher is better.
    """

    folder: Path
    step: int
    score: float


class Checkpoints:
    """The two latest states, and the candidates: the ten best and the last of each tenth of the run.

    Everything appears whole or not at all, and is removed only once what replaces it is on the disk. What a killed run
    left half written goes with the next writing. One process writes, any number read.

    Parameters
    ----------
    folder
        Where they lie.
    card
        What is known of the translator already; each candidate's own has its metrics in addition.
    """

    def __init__(self, folder: Path, card: TranslatorCard) -> None:
        self._folder, self._card = folder, card

    def save(self, state: Mapping[str, Any], step: int) -> None:
        """Keep a state: tensors and plain values, in nested dicts and lists.

        Raises
        ------
        InputError
            Where the disk does not take it.
        """
        for left in self._folder.glob(".state-*.tmp"):
            left.unlink(missing_ok=True)
        target = self._folder / f"state-{step:08d}.pt"
        write_state(state, target)
        kept = [path for path in self._states() if path <= target][:_STATES_KEPT]
        for path in self._states():
            if path not in kept:  # a later one could not be read, or the run would not be at this step again
                path.unlink(missing_ok=True)

    def latest(self) -> dict[str, Any] | None:
        """Read the latest state that can be read, on the CPU; None where none was saved.

        Raises
        ------
        InputError
            Where states were saved and none can be read.
        """
        paths = self._states()
        for path in paths:
            try:
                return read_state(path)
            except InputError as error:
                _logger.warning("%s Trying the one before.", error)
        if paths:
            raise InputError(
                f"{self._folder}: got {len(paths)} saved states that are all damaged or of another version, expected "
                "one to go on from; train in a new folder."
            )
        return None

    def add_candidate(
        self,
        generators: Mapping[Direction, Mapping[str, Tensor]],
        step: int,
        score: float,
        metrics: Mapping[str, float],
        *,
        part: float,
    ) -> None:
        """Keep generators as float16 if they are among those to keep.

        Parameters
        ----------
        generators
            Averaged weights of both directions.
        step
            Steps done.
        score, metrics
            How good they are, finite numbers.
        part
            Which part of the run is done, 0 to 1.

        Raises
        ------
        InputError
            Where the disk does not take them.
        """
        known = {"step": float(step), "score": score, "part": part}
        card = self._card.model_copy(update={"metrics": {**metrics, **known}})
        folder = self._folder / f"candidate-{step:08d}"
        _remove_whole(folder)  # of the same step, before the run was killed
        halves: dict[Direction, dict[str, Tensor]] = {
            direction: {name: tensor.half() for name, tensor in state.items()}
            for direction, state in generators.items()
        }
        for left in self._folder.glob(".candidate-*.part"):
            shutil.rmtree(left, ignore_errors=True)
        write_translator(halves, card, folder)
        for file in folder.iterdir():
            _to_disk(file)
        kept = {candidate.folder for candidate in self._kept()}
        for candidate in self.candidates():
            if candidate.folder not in kept:
                _remove_whole(candidate.folder)

    def candidates(self) -> list[Candidate]:
        """Return all candidates, the best first."""
        found = []
        for folder in self._folder.glob("candidate-*"):
            try:
                metrics = read_translator_card(folder).metrics
                found.append(Candidate(folder, int(metrics["step"]), metrics["score"]))
            except (InputError, KeyError):
                continue
        return sorted(found, key=lambda candidate: (-candidate.score, -candidate.step))

    def best(self) -> Candidate | None:
        """Return the best candidate, the later of equals."""
        return next(iter(self.candidates()), None)

    def _kept(self) -> list[Candidate]:
        candidates = self.candidates()
        of_tenths = {
            int(read_translator_card(candidate.folder).metrics["part"] * _TENTHS): candidate
            for candidate in sorted(candidates, key=lambda candidate: candidate.step)
        }
        return [*candidates[:_BEST_KEPT], *of_tenths.values()]

    def _states(self) -> list[Path]:
        """Return the states' files, the latest first."""
        return sorted(self._folder.glob("state-*.pt"), reverse=True)


def disk_need_bytes(architecture: Architecture) -> int:
    """Return what the checkpoints of a run take at most, one more of each than are kept while it is written."""
    with torch.device("meta"):
        networks = Networks(architecture)
    every = sum(parameter.numel() for parameter in networks.parameters())
    generators = sum(parameter.numel() for parameter in networks.generators.parameters())
    diffusive = sum(
        parameter.numel()
        for own in (networks.generators.labeled, networks.generators.unlabeled)
        for parameter in own.diffusive.parameters()
    )
    state = _FLOAT32_BYTES * (3 * every + generators)  # weights, Adam's two moments, moving averages
    return (_STATES_KEPT + 1) * state + (_BEST_KEPT + _TENTHS + 2) * _FLOAT16_BYTES * diffusive


def _remove_whole(folder: Path) -> None:
    """Remove a candidate that has another name by then: a run that is killed here must not leave a part of it."""
    aside = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(aside, ignore_errors=True)
    with suppress(OSError):
        patiently(lambda: folder.rename(aside))
    shutil.rmtree(aside, ignore_errors=True)


def _to_disk(path: Path) -> None:
    """Make the system write a file's bytes, so that what it replaces can go."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
