"""Classes by name, whatever the order of their values."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from labelbridge.core import BACKGROUND, InputError
from labelbridge.io.names import AXONMYELIN

__all__ = ["class_names"]

_IGNORE = "ignore"
_MAX_CLASSES = 255


def class_names(labels: Mapping[str, object], shown: Path) -> tuple[str, ...]:
    """Return the names of the network's outputs, made safe for file names.

    Names are in lower case with hyphens for all that is neither letter nor digit, so that ``Axon`` is ``axon``; names
    that are then the same get numbers. An ``ignore`` label has no output.

    Parameters
    ----------
    labels
        Entry ``labels`` of dataset.json.
    shown
        That file, for messages.

    Raises
    ------
    InputError
        Where labels are regions, or are not consecutive from a background of 0.
    """
    values = {name: _value(name, value, shown) for name, value in labels.items() if name.lower() != _IGNORE}
    names = sorted(values, key=lambda name: values[name])
    if [values[name] for name in names] != list(range(len(names))) or len(names) > _MAX_CLASSES:
        raise InputError(f"{shown}: got the labels {dict(labels)}, expected consecutive values from {BACKGROUND} 0.")
    safe = [_safe(name) or f"class-{values[name]}" for name in names]
    if safe[:1] != [BACKGROUND]:
        raise InputError(f"{shown}: got the labels {dict(labels)}, expected the value 0 for '{BACKGROUND}'.")
    return tuple(_numbered(safe))


def _value(name: str, value: object, shown: Path) -> int:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, list):
        raise InputError(
            f"{shown}: got '{name}' as a region of the labels {value}, expected one value a class; "
            "LabelBridge does not run models trained on regions."
        )
    return int(str(value))


def _safe(name: str) -> str:
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-")[:64]


def _numbered(names: Iterable[str]) -> list[str]:
    taken = {AXONMYELIN}  # names the file of both masks
    unique = []
    for name in names:
        choices = [name, *(f"{name}-{number}" for number in range(2, _MAX_CLASSES + 2))]
        unique.append(next(choice for choice in choices if choice not in taken))
        taken.add(unique[-1])
    return unique
