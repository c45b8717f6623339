"""Where a row's run is stored, so that nothing is computed twice."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotation_effort import labels_in
from labelbridge.core import LabelMap
from labelbridge.io import write_json
from realtable.rows import ROWS, Row

__all__ = ["Run", "stored_runs"]

_TRAININGS = "trainings"


@dataclass(frozen=True)
class Run:
    """A row with a seed, and its place.

    Attributes
    ----------
    store
        Folder of all runs.
    name
        Name of the row, one of `ROWS`.
    seed
        Of the trainings.
    """

    store: Path
    name: str
    seed: int

    @property
    def row(self) -> Row:
        """The row."""
        return ROWS[self.name]

    @property
    def folder(self) -> Path:
        """Folder with the results of all images with a truth."""
        return self.store / f"{self.name}-{self.seed}"

    @property
    def record(self) -> Path:
        """File that says what was found and how long it took; a run without it is not finished."""
        return self.folder / "run.json"

    @property
    def is_finished(self) -> bool:
        """Whether the run need not be made again."""
        return self.record.exists()

    @property
    def found(self) -> list[str]:
        """What was found out about the images, a sentence each."""
        return list(self._read()["found"])

    @property
    def predicting_s(self) -> float:
        """Seconds of looking at the images, predicting and writing."""
        return float(self._read()["predicting_s"])

    @property
    def trainings(self) -> list[str]:
        """Names of all trainings that the run needs, its own last."""
        return list(self._read()["trainings"])

    def labels(self) -> dict[str, LabelMap]:
        """Return the predicted masks by the image's name."""
        return labels_in(self.folder)

    def finish(self, found: list[str], trainings: list[str], predicting_s: float) -> None:
        """Note what was found and how long it took."""
        write_json(self.record, {"found": found, "trainings": trainings, "predicting_s": predicting_s}, overwrite=False)

    def training_file(self, training: str) -> Path:
        """Return the file that says how long a training took, and what it said."""
        return self.store / _TRAININGS / f"{training}.json"

    def training_s(self) -> dict[str, float | None]:
        """Return the seconds of the run's trainings by name; None of one that was made elsewhere and not timed."""
        files = {name: self.training_file(name) for name in self.trainings}
        return {name: float(_load(file)["seconds"]) if file.exists() else None for name, file in files.items()}

    def said(self) -> list[str]:
        """Return the sentences of the run's own training."""
        file = self.training_file(self.trainings[-1])
        return list(_load(file)["said"]) if file.exists() else []

    def seconds(self) -> float | None:
        """Return what the run takes where nothing is there: all its trainings, and its predictions."""
        trainings_s = list(self.training_s().values())
        return None if None in trainings_s else self.predicting_s + sum(filter(None, trainings_s))

    def _read(self) -> dict[str, Any]:
        return _load(self.record)


def stored_runs(store: Path) -> list[Run]:
    """Return all finished runs of a store, by row and seed."""
    places = [folder.name.rpartition("-") for folder in store.iterdir()] if store.is_dir() else []
    runs = [Run(store, name, int(seed)) for name, _, seed in places if name in ROWS and seed.isdigit()]
    order = list(ROWS)
    return sorted((run for run in runs if run.is_finished), key=lambda run: (order.index(run.name), run.seed))


def _load(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text("utf-8")))
