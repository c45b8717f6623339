"""Where each fibre of the masks comes from, as rows of a table."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from labelbridge.refine.review.measures import FibreMeasures
from labelbridge.refine.review.place import ReviewState

__all__ = ["FibreOrigin", "FibreRow", "ReviewOutcome", "fibre_row", "review_record"]

FibreOrigin = Literal["model", "accepted", "corrected"]
"""``model``: nobody has looked at it; ``accepted``: looked at and left as it was; ``corrected``: changed by hand."""

ReviewOutcome = Literal["reviewed", "not ranked", "not reviewed"]
"""Whether states of the fibres are known; ``not ranked``: masks were corrected before their fibres had been ranked."""

_MEANINGS: Mapping[ReviewOutcome, str] = {
    "reviewed": "Each fibre is 'model' (as it was made, nobody has looked at it), 'accepted' or 'corrected'.",
    "not ranked": "The masks were being corrected, and their fibres not ranked yet: nobody noted which are corrected.",
    "not reviewed": "No review of these masks is known.",
}


@dataclass(frozen=True)
class FibreRow:
    """A fibre in the table that is exported with the masks.

    Attributes
    ----------
    row, column
        Centre of its axon in px.
    origin
        Where it comes from.
    axon_area_px2, myelin_area_px2
        Areas in px².
    g_ratio
        Diameter of the axon over that of the fibre, of circles of their areas; None without myelin.
    touches_edge
        Whether the image's edge cuts it off.
    """

    row: float
    column: float
    origin: FibreOrigin
    axon_area_px2: int
    myelin_area_px2: int
    g_ratio: float | None
    touches_edge: bool


def fibre_row(fibre: FibreMeasures, state: ReviewState) -> FibreRow:
    """Return the row of a fibre."""
    return FibreRow(
        *fibre.centre,
        "model" if state == "unseen" else state,
        fibre.axon_area_px2,
        fibre.myelin_area_px2,
        fibre.g_ratio,
        fibre.is_cut_off,
    )


def review_record(
    outcome: ReviewOutcome, fibres: Sequence[FibreRow] = (), *, first_masks: str = "unknown"
) -> dict[str, object]:
    """Return what the provenance of masks says about their review, for JSON.

    Parameters
    ----------
    outcome
        Whether states of the fibres are known.
    fibres
        Each fibre, where they are known.
    first_masks
        Where the masks came from, as `labelbridge.refine.effort.FirstMasks` has it.

    Returns
    -------
    dict
        ``outcome`` and its ``meaning``, ``first_masks``, ``counts`` of the fibres by origin, and ``fibres``: the fields
        of `FibreRow` for each.
    """
    counts = Counter(fibre.origin for fibre in fibres)
    return {
        "outcome": outcome,
        "meaning": _MEANINGS[outcome],
        "first_masks": first_masks,
        "counts": {origin: counts[origin] for origin in get_args(FibreOrigin)} if outcome == "reviewed" else {},
        "fibres": [asdict(fibre) for fibre in fibres],
    }
