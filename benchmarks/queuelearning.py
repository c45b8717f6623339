"""The order of a queue's places that the truth of other images teaches: what better weights of its signs could gain."""

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

from labelbridge.core import BoolArray, FloatArray
from labelbridge.refine.review import Place

__all__ = ["learnt_orders", "signs_of"]

_TREES = 400
_LEAST_PLACES_A_LEAF = 5
_SUREST = 0.999


def signs_of(place: Place) -> dict[str, float]:
    """Return how much each sign of a place speaks against it, as the queue adds signs up, and what kind of place it is.

    Numbers in the names of signs are left out: ``ring 30% open`` and ``ring 60% open`` are one sign of two strengths.
    """
    doubt = -math.log1p(-min(place.score, _SUREST))
    signs = {f"is a {place.kind}": 1.0}
    for reason in place.reasons:
        name = re.sub(r"[\d.]+%?", "#", reason.text)
        signs[name] = signs.get(name, 0.0) + reason.share * doubt
    return signs


def learnt_orders(places: Sequence[Sequence[Place]], is_error: Sequence[BoolArray]) -> list[FloatArray]:
    """Return for each image how likely its places are errors, after a random forest that the other images have taught.

    Parameters
    ----------
    places
        The places of each image; two images at least.
    is_error
        For each image which of its places are errors, (N,), bool.

    Returns
    -------
    list of FloatArray
        (N,), float32, 0 to 1, for each image.
    """
    from sklearn.ensemble import RandomForestClassifier

    signs = [[signs_of(place) for place in of_image] for of_image in places]
    names = sorted({name for of_image in signs for one in of_image for name in one})
    tables = [_table(of_image, names) for of_image in signs]
    orders = []
    for image, table in enumerate(tables):
        others = [number for number in range(len(tables)) if number != image]
        forest = RandomForestClassifier(_TREES, min_samples_leaf=_LEAST_PLACES_A_LEAF, random_state=0)
        forest.fit(np.concatenate([tables[one] for one in others]), np.concatenate([is_error[one] for one in others]))
        likely = forest.predict_proba(table)
        orders.append(np.asarray(likely[:, list(forest.classes_).index(True)], np.float32))
    return orders


def _table(signs: Sequence[Mapping[str, float]], names: Sequence[str]) -> FloatArray:
    return np.array([[one.get(name, 0.0) for name in names] for one in signs], np.float32)
