"""Masks of the user, read as one label map."""

import json
from collections.abc import Iterator, Sequence

import numpy as np

from labelbridge.core import AXON, BACKGROUND, MYELIN, AnyArray, BoolArray, ClassMap, InputError, LabelMap
from labelbridge.io.labelfiles import count_label_planes, find_label_pixel_size, read_label_file
from labelbridge.io.lookup import look_up
from labelbridge.io.maskfiles import MaskFiles
from labelbridge.io.maskvalues import read_class_mask, read_combined_mask
from labelbridge.io.names import AXONMYELIN
from labelbridge.io.pixelsize import find_pixel_size

__all__ = ["count_mask_planes", "find_mask_pixel_size", "read_label_map"]

_REGIONS = ("nerve",)
"""Masks of AxonDeepSeg that outline where fibres are and are no class of pixels; read only where asked for."""


def read_label_map(
    files: MaskFiles,
    classes: Sequence[str] | None = (AXON, MYELIN),
    *,
    index: int | None = None,
    shape: tuple[int, int] | None = None,
) -> LabelMap:
    """Read an image's masks as one label map.

    Where masks overlap, the axon wins over the myelin, and both win over further classes.

    Parameters
    ----------
    files
        A class's own file is preferred to the combined one, and both to a file with all classes.
    classes
        Classes wanted, ``axon`` and ``myelin`` among them; all others are background. A further class without a file
        is nowhere in this image. None takes ``axon``, ``myelin`` and all others that there are.
    index
        Plane of a stack, from 0; None where there is but one.
    shape
        Height and width of the image in px, for polygons that come without.

    Returns
    -------
    LabelMap
        Classes ``background``, then `classes` in their order.

    Raises
    ------
    InputError
        Where axon or myelin has no file, a file holds values that mean nothing, or the shapes differ.
    """
    if not files.is_complete:
        missing = MYELIN if AXON in files.classes else AXON
        raise InputError(
            f"{files.files[0] if files.files else files.stem}: got no {missing} mask beside it, expected axon and "
            f"myelin; add {files.stem}_seg-{missing}.png or {files.stem}_seg-{AXONMYELIN}.png."
        )
    if files.whole and not _has_own_masks(files):
        return _restricted(read_label_file(files.whole, index=index, shape=shape), classes)
    further = sorted(set(files.classes) - {AXON, MYELIN, *_REGIONS})
    return _painted(files, ClassMap((BACKGROUND, *((AXON, MYELIN, *further) if classes is None else classes))), index)


def find_mask_pixel_size(files: MaskFiles) -> float | None:
    """Return the side of a pixel in um that the mask files, or files beside them, state, or None.

    The record of a bootstrap counts where nothing else says it.

    Raises
    ------
    InputError
        Where a stated size is not a positive number, lacks its unit, or differs by more than 1 % between directions.
    """
    if files.whole and not _has_own_masks(files):
        stated = find_label_pixel_size(files.whole)
    else:
        stated = next((size for file in files.files if (size := find_pixel_size(file)) is not None), None)
    return _recorded_pixel_size(files) if stated is None else stated


def count_mask_planes(files: MaskFiles) -> int | None:
    """Return the number of planes of a stack of masks, None where the masks are single planes."""
    file = files.files[0] if _has_own_masks(files) else files.whole
    planes = 1 if file is None else count_label_planes(file)
    return planes if planes > 1 else None


def _recorded_pixel_size(files: MaskFiles) -> float | None:
    """Return the pixel size of the image in the record that a bootstrap wrote beside its masks."""
    record = files.files[0].with_name(f"{files.stem}_provenance.json")
    try:
        inputs = json.loads(record.read_text("utf-8"))["inputs"]
        return float(inputs[0]["pixel_size_um"])
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _has_own_masks(files: MaskFiles) -> bool:
    return files.combined is not None or {AXON, MYELIN} <= set(files.classes)


def _painted(files: MaskFiles, classes: ClassMap, index: int | None) -> LabelMap:
    """Read mask after mask; each takes the pixels that are still free."""
    data: AnyArray | None = None
    first = ""
    for name, mask in _masks(files, classes, index):
        if data is None:
            data, first = np.zeros(mask.shape, np.uint8), name
        if mask.shape != data.shape:
            got = ", ".join(f"{what} {y} x {x}" for what, (y, x) in ((first, data.shape), (name, mask.shape)))
            raise InputError(f"{files.files[0]}: got masks of different shapes ({got}), expected one shape for all.")
        data[mask & (data == 0)] = classes.value(name)
    assert data is not None, "axon and myelin are there"
    return LabelMap(data, classes)


def _masks(files: MaskFiles, classes: ClassMap, index: int | None) -> Iterator[tuple[str, BoolArray]]:
    """Give the masks that there are: axon, myelin, then further classes."""
    both = {}
    if files.combined and not {AXON, MYELIN} <= set(files.classes):
        both = read_combined_mask(files.combined, index=index)
    for name in (AXON, MYELIN):
        yield name, read_class_mask(files.classes[name], index=index) if name in files.classes else both[name]
    for name in classes.foreground:
        if name not in (AXON, MYELIN) and name in files.classes:
            yield name, read_class_mask(files.classes[name], index=index)


def _restricted(labels: LabelMap, classes: Sequence[str] | None) -> LabelMap:
    """Return labels with only `classes`, in their order."""
    if classes is None:
        return labels
    wanted = ClassMap((BACKGROUND, *classes))
    values = [wanted.value(name) if name in wanted.names else 0 for name in labels.classes.names]
    return LabelMap(look_up(np.array(values, np.uint8), labels.data), wanted)
