"""A path tried on tiles: its masks of each as it is, and seen otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass

from labelbridge.bootstrap.advice.tiles import Tile
from labelbridge.bootstrap.advice.views import VIEWS
from labelbridge.bootstrap.run import Bootstrap
from labelbridge.core import Image, LabelMap, Prediction, Reporter

__all__ = ["Attempt", "count_steps", "try_path"]

_STAGE = "trying the paths"


@dataclass(frozen=True, eq=False)
class Attempt:
    """What a path makes of tiles; all in their order.

    Attributes
    ----------
    predictions
        Masks and uncertainty of the tiles as they are.
    otherwise
        For each view of `VIEWS` the masks of the tiles seen so, brought back to the tiles.
    seen
        The tiles as the model saw them: in adaptation made to look like L.
    """

    predictions: Sequence[Prediction]
    otherwise: Sequence[Sequence[LabelMap]]
    seen: Sequence[Image]

    @property
    def masks(self) -> list[LabelMap]:
        """Masks of the tiles as they are."""
        return [prediction.labels for prediction in self.predictions]


def count_steps(tiles: Sequence[Tile]) -> int:
    """Return how many predictions `try_path` makes."""
    return len(tiles) * (1 + len(VIEWS))


def try_path(job: Bootstrap, tiles: Sequence[Tile], reporter: Reporter, done: int, total: int) -> Attempt:
    """Make masks of all tiles in all views; trains first where no model is at hand.

    Parameters
    ----------
    job
        The path.
    tiles
        Named like images that the job has looked at.
    reporter
        Receives progress and may ask to stop.
    done, total
        Steps that are behind us, and steps of the whole.

    Raises
    ------
    Cancelled
        Where the reporter, or that of the job's training, asked to stop.
    """
    predictions, seen = [], []
    otherwise: list[list[LabelMap]] = [[] for _ in VIEWS]
    reporter.progress(done, total, _STAGE)
    for tile in tiles:
        shown, prediction = job.predict_seen(tile.image)
        predictions.append(prediction)
        seen.append(shown)
        for masks, view in zip(otherwise, VIEWS, strict=True):
            reporter.checkpoint()
            labels = job.predict_seen(view.of(tile.image))[1].labels
            masks.append(view.back(labels, tile.image.shape))
        done += 1 + len(VIEWS)
        reporter.progress(done, total, _STAGE)
    return Attempt(predictions, otherwise, seen)
