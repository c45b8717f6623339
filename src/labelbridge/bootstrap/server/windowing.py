"""A window of an image, seen with some of what lies around it."""

from dataclasses import replace

from labelbridge.bootstrap.server.results import Outcome
from labelbridge.core import Image, InputError, LabelMap, Prediction

__all__ = ["Window", "cut_out", "with_margin"]

_MARGIN_PX = 128

Window = tuple[slice, slice]
"""Rows and columns in px."""


def with_margin(image: Image, window: Window) -> tuple[Image, Window]:
    """Return the part of an image around a window, and where the window lies in it.

    Raises
    ------
    InputError
        Where nothing of the window is within the image.
    """
    wanted = [slice(*part.indices(length)[:2]) for part, length in zip(window, image.shape, strict=True)]
    if any(part.stop <= part.start for part in wanted):
        raise InputError(
            f"{image.name}: got a window that shows nothing of the image; move the view so that the image is in it."
        )
    outer = [
        slice(max(0, part.start - _MARGIN_PX), min(length, part.stop + _MARGIN_PX))
        for part, length in zip(wanted, image.shape, strict=True)
    ]
    rows, columns = (
        slice(part.start - around.start, part.stop - around.start) for part, around in zip(wanted, outer, strict=True)
    )
    return image.with_data(image.data[outer[0], outer[1]]), (rows, columns)


def cut_out(outcome: Outcome, window: Window) -> Outcome:
    """Return the part of an outcome that lies in the window."""
    labels, uncertainty = outcome.prediction.labels, outcome.prediction.uncertainty
    part = Prediction(LabelMap(labels.data[window].copy(), labels.classes), uncertainty[window].copy())
    translated = None if outcome.translated is None else outcome.translated[window].copy()
    return replace(outcome, prediction=part, translated=translated)
