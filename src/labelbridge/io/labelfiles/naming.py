"""Label values and class names of others, brought to ours."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from labelbridge.core import AXON, BACKGROUND, MYELIN, AnyArray, ClassMap, InputError, LabelBridgeError, LabelMap
from labelbridge.io.lookup import count_values, look_up

__all__ = ["as_class_name", "name_values", "order_classes", "saying_what_is_wrong"]

_OURS = (BACKGROUND, AXON, MYELIN)


def as_class_name(name: str) -> str:
    """Return a class name as we write it: ``Axon`` and ``MYELIN`` become ``axon`` and ``myelin``, others stay."""
    plain = name.strip()
    return plain.lower() if plain.lower() in _OURS else plain


def order_classes(names: Iterable[str]) -> tuple[str, ...]:
    """Return ``axon``, ``myelin``, then the other names as they come, each once; the background is left out."""
    return tuple(dict.fromkeys((AXON, MYELIN, *(name for name in names if name != BACKGROUND))))


def name_values(path: Path, values: AnyArray, names: Mapping[int, str]) -> LabelMap:
    """Return label values of a file as a label map.

    Parameters
    ----------
    path
        Named in errors.
    values
        (Y, X), uint8 or uint16.
    names
        Class of each value, in any order; 0 is the background where it has no name.

    Returns
    -------
    LabelMap
        Classes ``background``, ``axon``, ``myelin``, then others in the order of `names`.

    Raises
    ------
    InputError
        Where axon or myelin is not among the names, or a value has none.
    """
    named = {0: BACKGROUND} | {value: as_class_name(name) for value, name in names.items()}
    for wanted in (AXON, MYELIN):
        if wanted not in named.values():
            raise InputError(
                f"{path}: got the classes {', '.join(names.values())}, expected axon and myelin among them; rename the "
                "classes, or export axon and myelin masks."
            )
    classes = ClassMap((BACKGROUND, *order_classes(named.values())))
    counts = count_values(values)
    strange = [int(value) for value in np.flatnonzero(counts) if value not in named]
    if strange:
        raise InputError(
            f"{path}: got the label value {strange[0]}, expected one of {sorted(named)} ({', '.join(named.values())}); "
            "export the labels again."
        )
    table = np.zeros(len(counts), np.uint8)
    for value, name in named.items():
        if value < len(table):
            table[value] = classes.value(name)
    return LabelMap(look_up(table, values), classes)


@contextmanager
def saying_what_is_wrong(path: Path, expected: str) -> Iterator[None]:
    """Turn whatever a damaged file leads to into one sentence."""
    try:
        yield
    except LabelBridgeError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split()).rstrip(".")[:200] or type(error).__name__
        raise InputError(f"{path}: got damaged labels ({reason}), expected {expected}; export them again.") from error
