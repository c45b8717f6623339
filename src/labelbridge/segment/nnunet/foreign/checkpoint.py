"""Weights out of a checkpoint of nnU-Net."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from labelbridge.core import InputError
from labelbridge.io.pickledweights import named_tensors, read_pickled
from labelbridge.io.sourcefiles import SourceFile
from labelbridge.segment.nnunet.loading import NnUnetModel

__all__ = ["Checkpoint", "fitted_network", "read_checkpoint"]

_HEAD = re.compile(r"decoder\.seg_layers\.(\d+)\.")


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


def read_checkpoint(file: SourceFile) -> Checkpoint:
    """Read a checkpoint of nnU-Net v2 on the CPU.

    Raises
    ------
    InputError
        Where it is damaged, unpacks to more than it is, names anything but tensors and plain values, or holds no
        ``network_weights``.
    """
    content = read_pickled(file, "weights as nnU-Net v2 saves them")
    content = content if isinstance(content, dict) else {}
    weights = named_tensors(content.get("network_weights"))
    if weights is None:
        raise InputError(f"{file.shown}: got a checkpoint without network_weights, expected one of nnU-Net v2.")
    arguments, axes = content.get("init_args"), content.get("inference_allowed_mirroring_axes")
    configuration = arguments.get("configuration") if isinstance(arguments, dict) else None
    return Checkpoint(
        weights,
        configuration if isinstance(configuration, str) else None,
        str(content.get("trainer_name", "unknown")),
        tuple(sorted({0, 1} & set(axes))) if isinstance(axes, tuple | list) else (),
    )


def fitted_network(model: NnUnetModel, checkpoint: Checkpoint, file: SourceFile) -> torch.nn.Module:
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
