"""The review queue: fibres and places of an image, ranked by how likely they are wrong, with their states."""

from labelbridge.refine.review.outlines import Outline
from labelbridge.refine.review.place import Place, PlaceKind, Reason, ReviewState
from labelbridge.refine.review.provenance import FibreOrigin, FibreRow, ReviewOutcome, review_record
from labelbridge.refine.review.queue import ReviewQueue
from labelbridge.refine.review.settings import Ramp, ReviewSettings
from labelbridge.refine.review.sources import GreyImage
from labelbridge.refine.review.verified import (
    VerifiedMap,
    verified_by_journal,
    verified_by_record,
    verified_wholly,
)

__all__ = [
    "FibreOrigin",
    "FibreRow",
    "GreyImage",
    "Outline",
    "Place",
    "PlaceKind",
    "Ramp",
    "Reason",
    "ReviewOutcome",
    "ReviewQueue",
    "ReviewSettings",
    "ReviewState",
    "VerifiedMap",
    "review_record",
    "verified_by_journal",
    "verified_by_record",
    "verified_wholly",
]
