"""What all runs of a seed took together."""

from collections.abc import Mapping

from realtable.measures import Measures
from realtable.store import Run

__all__ = ["times"]


def times(measures: Mapping[Run, Measures]) -> str:
    """Return a sentence for each seed: minutes of its trainings, each counted once, predictions and measurements."""
    return "\n".join(
        _sentence(seed, {run: found for run, found in measures.items() if run.seed == seed})
        for seed in sorted({run.seed for run in measures})
    )


def _sentence(seed: int, measures: Mapping[Run, Measures]) -> str:
    trainings_s = {name: seconds for run in measures for name, seconds in run.training_s().items()}
    parts_s = {
        "trainings": sum(seconds for seconds in trainings_s.values() if seconds is not None),
        "predictions": sum(run.predicting_s for run in measures),
        "measurements": sum(found.measuring_s for found in measures.values()),
    }
    untimed = [name for name, seconds in trainings_s.items() if seconds is None]
    parts = ", ".join(f"{name} {seconds / 60:.1f}" for name, seconds in parts_s.items())
    without = f"; not timed: {', '.join(untimed)}" if untimed else ""
    return f"seed {seed}, {len(measures)} rows: {sum(parts_s.values()) / 60:.1f} minutes ({parts}{without})"
