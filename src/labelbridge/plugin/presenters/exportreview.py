"""What is known of the review of masks: from the correction in work, or from the journals of earlier ones."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from labelbridge.core import AnyArray, InputError, Reporter
from labelbridge.plugin.presenters.differences import are_same
from labelbridge.refine import RestoredSession, list_journals, restore_session
from labelbridge.refine.review import FibreRow, ReviewOutcome, ReviewQueue

__all__ = ["KnownReview", "find_review"]


@dataclass(frozen=True)
class KnownReview:
    """What became of the fibres of masks.

    Attributes
    ----------
    outcome
        Whether that is known.
    fibres
        Each fibre with its state, where it is.
    """

    outcome: ReviewOutcome
    fibres: tuple[FibreRow, ...] = ()

    @classmethod
    def running(cls, fibres: "list[FibreRow] | None") -> "KnownReview":
        """Return what the correction in work says: its fibres, or None before they are ranked."""
        return cls("not ranked") if fibres is None else cls("reviewed", tuple(fibres))

    @property
    def sentence(self) -> str:
        """What the record of an export says of the fibres, in the user's words."""
        if self.outcome == "not reviewed":
            return "The record says that no review of these masks is known."
        if self.outcome == "not ranked":
            return "The fibres were not ranked yet, so the record does not say which are corrected."
        origins = [fibre.origin for fibre in self.fibres]
        accepted, corrected = origins.count("accepted"), origins.count("corrected")
        return (
            f"The record says of each of {len(origins):,} fibres where it comes from: {accepted:,} accepted, "
            f"{corrected:,} corrected, {len(origins) - accepted - corrected:,} as they were made."
        )


def find_review(folder: Path, image_id: str, masks: Mapping[str, AnyArray], reporter: Reporter) -> KnownReview:
    """Look for a correction that ended with exactly these masks.

    Parameters
    ----------
    folder
        Where journals lie.
    image_id
        What tells the image from others, as `image_identity` does.
    masks
        By class name, (Y, X), 0 outside; of a stack nothing is known.
    reporter
        Asked whether to stop.

    Raises
    ------
    Cancelled
        Where the reporter asked to stop.
    """
    outcome: ReviewOutcome = "not reviewed"
    for session in _sessions(folder, image_id, next(iter(masks.values())).shape, reporter):
        if not are_same(session.history.layers, masks):
            continue
        if any("review" in note.content for note in session.notes):
            queue = ReviewQueue.build(session.history.layers, notes=session.notes, reporter=reporter)
            return KnownReview("reviewed", tuple(queue.fibre_rows()))
        outcome = "not ranked"
    return KnownReview(outcome)


def _sessions(folder: Path, image_id: str, shape: tuple[int, ...], reporter: Reporter) -> Iterator[RestoredSession]:
    """Give the ended corrections of an image, the latest first; what cannot be read is passed over."""
    try:
        journals = list_journals(folder)
    except InputError:
        return
    for info in journals:
        header = info.header
        if header is None or (header.image_id, header.shape) != (image_id, shape) or info.is_in_use:
            continue
        reporter.checkpoint()
        try:
            session = restore_session(info.path)
        except InputError:
            continue
        yield session
