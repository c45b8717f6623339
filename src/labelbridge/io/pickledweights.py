"""Weights out of a file that torch has pickled, without calling anything that it names."""

import pickle
import re
import struct
import warnings
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from labelbridge.core import InputError
from labelbridge.io.sourcefiles import SourceFile

if TYPE_CHECKING:
    import torch

__all__ = ["named_tensors", "read_pickled"]

_UNREADABLE = (
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    struct.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
_WRAPPERS = re.compile(r"^(?:module\.|_orig_mod\.)+")


class _Ignored:
    """Takes the place of NumPy's numbers in the log of a training, which are not needed and never made."""

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        pass


_NUMPY: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [
    (_Ignored, name)
    for name in (
        "numpy.dtype",
        "numpy.ndarray",
        *(f"numpy.{core}.multiarray.{name}" for core in ("core", "_core") for name in ("scalar", "_reconstruct")),
        *(f"numpy.dtypes.{kind}DType" for kind in ("Float16", "Float32", "Float64", "Int32", "Int64", "Bool")),
    )
]


def read_pickled(file: SourceFile, expected: str) -> object:
    """Read what ``torch.save`` wrote, on the CPU.

    Parameters
    ----------
    file
        The file.
    expected
        What it should hold, for messages.

    Raises
    ------
    InputError
        Where it is damaged, unpacks to more than it is, or names anything but tensors and plain values.
    """
    import torch

    _check_size(file)
    try:
        with warnings.catch_warnings(), torch.serialization.safe_globals(_NUMPY):
            warnings.simplefilter("ignore")
            return torch.load(file.path, map_location="cpu", weights_only=True)
    except _UNREADABLE as error:
        named = re.search(r"GLOBAL (\S+)", str(error))
        problem = f"names {named[1]}, which LabelBridge does not run" if named else "is damaged"
        raise InputError(
            f"{file.shown}: got a checkpoint that {problem}; expected {expected}, so get it again from a source that "
            "you trust."
        ) from error


def named_tensors(content: object) -> "dict[str, torch.Tensor] | None":
    """Return tensors by their name in the network, without the prefixes of wrappers, or None where it holds others."""
    import torch

    if not isinstance(content, dict) or not all(isinstance(value, torch.Tensor) for value in content.values()):
        return None
    return {_WRAPPERS.sub("", str(name)): value for name, value in content.items()}


def _check_size(file: SourceFile) -> None:
    """Raise InputError where the checkpoint, itself a zip, would unpack to more than it is."""
    try:
        if not zipfile.is_zipfile(file.path):
            return
        with zipfile.ZipFile(file.path) as content:
            total = sum(entry.file_size for entry in content.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise InputError(f"{file.shown}: got a checkpoint that is damaged; get it again.") from error
    if total > file.path.stat().st_size:
        raise InputError(
            f"{file.shown}: got a checkpoint of {file.path.stat().st_size} bytes that unpacks to {total}, "
            "expected one as torch saves it; do not use it."
        )
