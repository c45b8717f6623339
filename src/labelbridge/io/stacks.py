"""Results of stacks: every plane was worked on by its own, the result is a stack again."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from labelbridge.core import AXON, MYELIN, AnyArray, ClassMap, Image, InputError, LabelMap, Prediction, scratch_array
from labelbridge.io.atomic import Content, check_absent
from labelbridge.io.export import encode_png
from labelbridge.io.maskvalues import AXON_VALUE, MYELIN_VALUE, ON_VALUE
from labelbridge.io.overlay import draw_overlay
from labelbridge.io.results import result_files, tiff_content, write_result_files

__all__ = ["StackResult", "write_stack_result"]


class StackResult:
    """Predictions of the planes of a stack, collected one after the other; on disk where they are large.

    Parameters
    ----------
    planes
        Number of planes that will come.
    """

    def __init__(self, planes: int) -> None:
        self._planes = planes
        self._done = 0
        self._labels: AnyArray | None = None
        self._uncertainty: AnyArray | None = None
        self._classes: ClassMap | None = None
        self._middle: Image | None = None

    @property
    def image(self) -> Image:
        """The plane in the middle."""
        assert self._middle is not None, "no plane was added"
        return self._middle

    @property
    def classes(self) -> ClassMap:
        """Names of the label values."""
        assert self._classes is not None, "no plane was added"
        return self._classes

    @property
    def labels(self) -> AnyArray:
        """Class values, axes (Z, Y, X), uint8."""
        assert self._labels is not None, "no plane was added"
        return self._labels

    @property
    def uncertainty(self) -> AnyArray:
        """As in `Prediction`, axes (Z, Y, X), float32."""
        assert self._uncertainty is not None, "no plane was added"
        return self._uncertainty

    def add(self, image: Image, prediction: Prediction) -> None:
        """Take the next plane's prediction.

        Raises
        ------
        InputError
            Where its shape differs from that of the planes before.
        """
        shape = (self._planes, *image.shape)
        if self._labels is None or self._uncertainty is None:
            self._classes = prediction.labels.classes
            self._labels, self._uncertainty = scratch_array(shape, np.uint8), scratch_array(shape, np.float32)
        if self._labels.shape != shape:
            raise InputError(f"{image.source or image.name}: got planes of different shapes, expected one for all.")
        self._labels[self._done] = prediction.labels.data
        self._uncertainty[self._done] = prediction.uncertainty
        if self._done == self._planes // 2:
            self._middle = image
        self._done += 1


def write_stack_result(
    stack: StackResult, out: Path, *, provenance: Mapping[str, object], overwrite: bool
) -> list[Path]:
    """Write the result of a stack as `write_result` does that of an image, all files or none.

    Masks and uncertainty are TIFFs with axes (Z, Y, X); the overlay shows the plane in the middle.

    Parameters
    ----------
    stack
        All planes' predictions.
    out
        Folder; made where it is missing.
    provenance
        Written with the SHA-256 of each file under ``outputs``.
    overwrite
        Replace files that exist.

    Returns
    -------
    list[Path]
        The files written.

    Raises
    ------
    InputError
        Where a file exists or the disk does not take the files.
    """
    image, classes = stack.image, stack.classes
    targets = result_files(image.name, out, classes.foreground, is_stack=True)
    if not overwrite:
        check_absent(targets)
    values = [_looked_up(stack, {name: ON_VALUE}) for name in classes.foreground]
    both = _looked_up(stack, {MYELIN: MYELIN_VALUE, AXON: AXON_VALUE})
    tiffs = [tiff_content(data, image.pixel_size_um) for data in (*values, both, stack.uncertainty)]
    middle = LabelMap(np.asarray(stack.labels[len(stack.labels) // 2]), classes)
    contents: list[Content] = [*tiffs, encode_png(draw_overlay(image, middle))]
    return write_result_files(
        dict(zip(targets[:-1], contents, strict=True)), targets[-1], provenance, overwrite=overwrite
    )


def _looked_up(stack: StackResult, grey: Mapping[str, int]) -> AnyArray:
    """Return the stack with the classes' grey values, (Z, Y, X), uint8, 0 for all others."""
    table = np.zeros(len(stack.classes), np.uint8)
    for name, value in grey.items():
        table[stack.classes.value(name)] = value
    out = scratch_array(stack.labels.shape, np.uint8)
    for plane, labels in enumerate(stack.labels):
        out[plane] = table[labels]
    return out
