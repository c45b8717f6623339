"""How the published code names the weights of a diffusive generator, and what ours are called.

The published generator (Özbey et al., IEEE TMI 2023; its layout is that of NCSN++ by Song et al., ICLR 2021) keeps all
modules in one list, ``all_modules.<number>``, in the order in which they compute; the latent's layers lie beside it.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError
from torch import Tensor

from labelbridge.core import InputError
from labelbridge.translate.syndiff.package import expected_shapes
from labelbridge.translate.syndiff.settings import Architecture

__all__ = ["find_architecture", "published_names", "rename"]

_BLOCK, _ATTENTION, _PYRAMID, _PLAIN = "block", "attention", "pyramid", "plain"

_PARTS = {
    _BLOCK: {
        "GroupNorm_0.style": "norm_1.style",
        "Conv_0": "conv_1",
        "Dense_0": "time",
        "GroupNorm_1.style": "norm_2.style",
        "Conv_1": "conv_2",
        "Conv_2": "skip",
    },
    _ATTENTION: {"GroupNorm_0": "norm", "NIN_0": "query", "NIN_1": "key", "NIN_2": "value", "NIN_3": "out"},
    _PYRAMID: {"Conv2d_0": ""},
    _PLAIN: {"": ""},
}
"""Parts of each kind of module: their published name, and ours."""

_MODULE = re.compile(r"all_modules\.(\d{1,4})\.(.+)")
_FIRST_BLOCK = 3
"""Before it: two layers of the time's embedding and the first convolution."""

_LATENT_LAYERS = (1, 3, 5, 7)
"""Numbers of the latent's linear layers; a normalisation and activations lie between them."""


def find_architecture(weights: Mapping[str, Tensor], where: Path) -> Architecture:
    """Return the sizes of a published generator, taken from the shapes of its weights.

    Only what decides the diffusive generator is set.

    Parameters
    ----------
    weights
        Tensors by their published name, without prefixes of wrappers.
    where
        Where they are from, for messages.

    Raises
    ------
    InputError
        Where they are not those of such a generator.
    """
    modules = _modules(weights)
    kinds = [_kind(modules.get(number, {})) for number in range(len(modules))]
    starts = [_FIRST_BLOCK, *(number + 1 for number, kind in enumerate(kinds) if kind == _PYRAMID)]
    try:
        base, *channels = (_outputs(modules[number]) for number in (_FIRST_BLOCK - 1, *starts))
        return Architecture(
            generator_channels=base,
            generator_multipliers=tuple(_whole(wide, base) for wide in channels),
            generator_blocks=_whole(kinds.count(_BLOCK), len(starts), 3) // 2,
            attention_levels=tuple(
                level for level, start in enumerate(starts) if kinds[start + 1 : start + 2] == [_ATTENTION]
            ),
        )
    except (KeyError, ValueError, ValidationError) as error:
        raise _unfit(where, "its modules are not in the order of NCSN++ with residual input") from error


def published_names(architecture: Architecture) -> Iterator[tuple[str, str]]:
    """Give the published name and ours of every weight that such a generator may have."""
    for number, layer in enumerate(_LATENT_LAYERS):
        for parameter in ("weight", "bias"):
            yield f"z_transform.{layer}.{parameter}", f"latent.layers.{number}.{parameter}"
    for number, (kind, module) in enumerate(_order(architecture)):
        for part, ours in _PARTS[kind].items():
            for parameter in ("weight", "bias"):
                published = {"weight": "W", "bias": "b"}[parameter] if part.startswith("NIN") else parameter
                yield _join("all_modules", number, part, published), _join(module, ours, parameter)


def rename(weights: Mapping[str, Tensor], architecture: Architecture, where: Path) -> dict[str, Tensor]:
    """Return the weights of a published generator under our names, the numbers unchanged.

    Parameters
    ----------
    weights
        Tensors by their published name, without prefixes of wrappers.
    architecture
        Sizes, as `find_architecture` found them.
    where
        Where they are from, for messages.

    Raises
    ------
    InputError
        Where the weights are not exactly those of the network.
    """
    expected = expected_shapes(architecture, where)
    left = dict(weights)
    ours = {}
    for published, name in published_names(architecture):
        if name not in expected:  # a block that keeps its channels has no skip
            continue
        if published not in left:
            raise _unfit(where, f"{published} is missing")
        ours[name] = _as_ours(published, left.pop(published))
        if ours[name].shape != expected[name]:
            got, wanted = (tuple(shape) for shape in (weights[published].shape, expected[name]))
            raise _unfit(where, f"{published} has the shape {got}, which does not become {wanted}")
    if left:
        raise _unfit(where, f"{min(left)} is not a part of it")
    return ours


def _order(architecture: Architecture) -> Iterator[tuple[str, str]]:
    """Give kind and name of our modules in the order of the published list."""
    blocks, levels = architecture.generator_blocks, range(len(architecture.generator_multipliers))
    yield from ((_PLAIN, name) for name in ("time.linear_1", "time.linear_2", "head"))
    for level in levels:
        for block in range(blocks):
            yield _BLOCK, f"down.{level}.blocks.{block}"
            if level in architecture.attention_levels:
                yield _ATTENTION, f"down.{level}.attentions.{block}"
        if level != levels[-1]:
            yield _BLOCK, f"down.{level}.shrink"
            yield _PYRAMID, f"down.{level}.pyramid"
    yield from ((_BLOCK, "middle_1"), (_ATTENTION, "middle_attention"), (_BLOCK, "middle_2"))
    for up, level in enumerate(reversed(levels)):
        yield from ((_BLOCK, f"up.{up}.blocks.{block}") for block in range(blocks + 1))
        if level in architecture.attention_levels:
            yield _ATTENTION, f"up.{up}.attention"
        if level != 0:
            yield _BLOCK, f"up.{up}.grow"
    yield from ((_PLAIN, name) for name in ("tail_norm", "tail"))


def _as_ours(published: str, tensor: Tensor) -> Tensor:
    """Turn the matrix (inputs, outputs) of an attention's layer into the kernel of a 1x1 convolution."""
    return tensor.T[:, :, None, None] if published.endswith(".W") and tensor.ndim == 2 else tensor


def _modules(weights: Mapping[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    """Return the weights of each of the modules in the list, by its number."""
    modules: dict[int, dict[str, Tensor]] = {}
    for name, tensor in weights.items():
        if found := _MODULE.fullmatch(name):
            modules.setdefault(int(found[1]), {})[found[2]] = tensor
    return modules


def _kind(module: Mapping[str, Tensor]) -> str:
    marks = {"Conv_0.weight": _BLOCK, "NIN_0.W": _ATTENTION, "Conv2d_0.weight": _PYRAMID}
    return next((kind for mark, kind in marks.items() if mark in module), _PLAIN)


def _outputs(module: Mapping[str, Tensor]) -> int:
    """Return the channels that the first convolution of a module gives."""
    first = module["Conv_0.weight"] if "Conv_0.weight" in module else module["weight"]
    return first.shape[0] if first.ndim else 0


def _whole(number: int, divisor: int, less: int = 0) -> int:
    """Return number / divisor - less; raises ValueError where that is no whole number above 0."""
    ratio, rest = divmod(number, divisor) if divisor else (0, 1)
    if rest or ratio <= less:
        raise ValueError(f"{number} / {divisor} - {less}")
    return ratio - less


def _join(*parts: object) -> str:
    return ".".join(str(part) for part in parts if part != "")


def _unfit(where: Path, problem: str) -> InputError:
    return InputError(
        f"{where}: got weights of another network than SynDiff's diffusive generator ({problem}); expected the "
        "published layout with 100 latent numbers and an embedding four times as wide as the first convolution."
    )
