"""Weights out of a pickled checkpoint, without calling anything that it names."""

import pickle
import re
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from labelbridge.core import InputError
from labelbridge.segment.nnunet.foreign.files import StockFile
from labelbridge.segment.nnunet.loading import NnUnetModel

__all__ = ["Checkpoint", "fitted_network", "read_checkpoint"]

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
_HEAD = re.compile(r"decoder\.seg_layers\.(\d+)\.")


class _Ignored:
    """Takes the place of NumPy's numbers in the log of the training, which are not needed and never made."""

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


@dataclass(frozen=True)
class Checkpoint:
    """What is read of a checkpoint.

    Attributes
    ----------
    weights
        Tensors by their name in the network, without the prefixes of wrappers.
    configuration
        Name of the configuration in the plans, or None where the checkpoint does not say.
    trainer
        Name of the trainer's class.
    mirror_axes
        Axes along which prediction may mirror: 0 is Y, 1 is X.
    """

    weights: dict[str, torch.Tensor]
    configuration: str | None
    trainer: str
    mirror_axes: tuple[int, ...]


def read_checkpoint(file: StockFile) -> Checkpoint:
    """Read a checkpoint of nnU-Net v2 on the CPU.

    Raises
    ------
    InputError
        Where it is damaged, unpacks to more than it is, names anything but tensors and plain values, or holds no
        ``network_weights``.
    """
    _check_size(file)
    try:
        with warnings.catch_warnings(), torch.serialization.safe_globals(_NUMPY):
            warnings.simplefilter("ignore")
            content = torch.load(file.path, map_location="cpu", weights_only=True)
    except _UNREADABLE as error:
        named = re.search(r"GLOBAL (\S+)", str(error))
        problem = f"names {named[1]}, which LabelBridge does not run" if named else "is damaged"
        raise InputError(
            f"{file.shown}: got a checkpoint that {problem}; expected weights as nnU-Net v2 saves them, so get it "
            "again from a source that you trust."
        ) from error
    weights = content.get("network_weights") if isinstance(content, dict) else None
    if not isinstance(weights, dict) or not all(isinstance(value, torch.Tensor) for value in weights.values()):
        raise InputError(f"{file.shown}: got a checkpoint without network_weights, expected one of nnU-Net v2.")
    arguments, axes = content.get("init_args"), content.get("inference_allowed_mirroring_axes")
    configuration = arguments.get("configuration") if isinstance(arguments, dict) else None
    return Checkpoint(
        {_WRAPPERS.sub("", str(name)): value for name, value in weights.items()},
        configuration if isinstance(configuration, str) else None,
        str(content.get("trainer_name", "unknown")),
        tuple(sorted({0, 1} & set(axes))) if isinstance(axes, tuple | list) else (),
    )


def fitted_network(model: NnUnetModel, checkpoint: Checkpoint, file: StockFile) -> torch.nn.Module:
    """Return the network of `model` with the checkpoint's weights, on the CPU.

    Raises
    ------
    InputError
        Where the weights are not exactly those of the network, heads of deep supervision aside.
    """
    with torch.device("meta"):
        expected = model.network().state_dict()
    weights = _without_further_heads(checkpoint.weights, expected)
    wrong = sorted(expected.keys() ^ weights.keys())
    wrong += [name for name in expected if name in weights and expected[name].shape != weights[name].shape]
    large = sum(value.numel() for value in expected.values()) > 4 * file.path.stat().st_size
    if wrong or large:
        raise InputError(
            f"{file.shown}: got weights of another network than plans.json"
            f"{f' ({len(wrong)} differ, first {wrong[0]})' if wrong else ''}; get the whole model again."
        )
    network = model.network()
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise InputError(f"{file.shown}: got weights that cannot be used; get the whole model again.") from error
    return network


def _without_further_heads(weights: Mapping[str, torch.Tensor], expected: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """Keep the last heads (of the finest stages), as many as the network has; the others only served training."""
    there, wanted = (
        sorted({int(found[1]) for name in some if (found := _HEAD.match(name))}) for some in (weights, expected)
    )
    surplus = max(0, len(there) - len(wanted))
    new = dict(zip(there[surplus:], wanted, strict=False))
    kept = {}
    for name, value in weights.items():
        head = _HEAD.match(name)
        if head is None:
            kept[name] = value
        elif int(head[1]) in new:
            kept[f"decoder.seg_layers.{new[int(head[1])]}.{name[head.end() :]}"] = value
    return kept


def _check_size(file: StockFile) -> None:
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
