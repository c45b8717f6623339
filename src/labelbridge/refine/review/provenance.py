"""Where each fibre of the masks comes from, as rows of a table."""

from dataclasses import dataclass
from typing import Literal

from labelbridge.refine.review.measures import FibreMeasures
from labelbridge.refine.review.place import ReviewState

__all__ = ["FibreOrigin", "FibreRow", "fibre_row"]

FibreOrigin = Literal["model", "accepted", "corrected"]
"""``model``: nobody has looked at it; ``accepted``: looked at and left as it was; ``corrected``: changed by hand."""


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
