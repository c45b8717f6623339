"""What the Bootstrap dock asks for, and what comes of it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labelbridge.bootstrap import Plan
from labelbridge.bootstrap.server import Findings, Outcome
from labelbridge.core import FloatArray, LabelArray, scratch_array
from labelbridge.plugin.presenters.shownimage import ShownImage

__all__ = ["Assembly", "BootstrapRequest", "BootstrapResult", "TrainingNeeded"]


@dataclass(frozen=True, eq=False)
class BootstrapRequest:
    """What to bootstrap, and how.

    Attributes
    ----------
    shown
        The image.
    plan
        What to do with which model; L's images are read by the worker.
    labeled
        Folder of L's labelled images, or None.
    channel
        What is taken of a colour image.
    all_planes
        Whether all planes of a stack are worked on.
    window
        Rows and columns in px of the seen plane for a preview; None for whole planes.
    may_train
        Whether the user has agreed to a training.
    """

    shown: ShownImage
    plan: Plan
    labeled: Path | None = None
    channel: str | None = None
    all_planes: bool = False
    window: tuple[slice, slice] | None = None
    may_train: bool = False


@dataclass(frozen=True, eq=False)
class TrainingNeeded:
    """A model must be trained first, which the user must agree to.

    Attributes
    ----------
    request
        What was asked for.
    findings
        How L and U compare.
    """

    request: BootstrapRequest
    findings: Findings


@dataclass(frozen=True, eq=False)
class BootstrapResult:
    """The masks of an image, or of a window of the seen plane.

    Attributes
    ----------
    request
        What was asked for.
    findings
        How L and U compare.
    masks
        A mask for each class, the image's own axes (..., Y, X), for a preview (Y, X) of the window: uint8, 0 and 1.
    uncertainty
        The same axes, float32, 0 certain to 1 undecided.
    translated
        The same axes, float32 in [0, 1]: the image as the model saw it; None where it saw the image itself.
    models
        What the provenance says of all models in use, by their role.
    device
        What it was computed on.
    """

    request: BootstrapRequest
    findings: Findings
    masks: dict[str, LabelArray]
    uncertainty: FloatArray
    translated: FloatArray | None
    models: dict[str, object]
    device: str


class Assembly:
    """Puts planes where they belong; what is not worked on stays zero.

    Parameters
    ----------
    first
        The first plane.
    shape
        Shape of the whole.
    """

    def __init__(self, first: Outcome, shape: tuple[int, ...]) -> None:
        self._first = first
        self._masks: dict[str, LabelArray] = {
            name: scratch_array(shape, np.uint8) for name in first.prediction.labels.classes.foreground
        }
        self._uncertainty: FloatArray = scratch_array(shape, np.float32)
        self._translated: FloatArray | None = None if first.translated is None else scratch_array(shape, np.float32)

    def add(self, outcome: Outcome, plane: tuple[int, ...]) -> None:
        """Put a plane at its index, the empty one where there is but one."""
        for name, mask in self._masks.items():
            mask[plane] = outcome.prediction.labels.mask(name)
        self._uncertainty[plane] = outcome.prediction.uncertainty
        if self._translated is not None and outcome.translated is not None:
            self._translated[plane] = outcome.translated

    def result(self, request: BootstrapRequest, findings: Findings) -> BootstrapResult:
        """Return what was put together."""
        return BootstrapResult(
            request,
            findings,
            self._masks,
            self._uncertainty,
            self._translated,
            self._first.models,
            self._first.device,
        )
