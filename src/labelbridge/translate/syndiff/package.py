"""A translator's folder: the diffusive generators of both directions and their card."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from labelbridge.core import InputError, TranslatorCard
from labelbridge.io.modelfolder import CARD, WEIGHTS
from labelbridge.io.newfolder import new_folder
from labelbridge.translate.models import read_translator_card
from labelbridge.translate.syndiff.networks.ncsnpp import DiffusiveGenerator
from labelbridge.translate.syndiff.settings import Architecture

if TYPE_CHECKING:
    from labelbridge.translate.syndiff.predict import Direction

__all__ = ["DIRECTIONS", "expected_shapes", "read_translator", "write_translator"]

DIRECTIONS: tuple["Direction", ...] = ("to_labeled", "to_unlabeled")
"""The two generators of a translator; each begins the names of its weights."""


def write_translator(
    generators: Mapping["Direction", Mapping[str, Tensor]], card: TranslatorCard, out: Path
) -> TranslatorCard:
    """Write a translator's folder: `WEIGHTS` and `CARD`.

    Parameters
    ----------
    generators
        State of the `DiffusiveGenerator` of each direction, of any floating type, which is kept.
    card
        What config.json says; its architecture is that of the generators.
    out
        Folder to write; must not exist or be empty. It appears complete at the end or not at all.

    Returns
    -------
    TranslatorCard
        `card`.

    Raises
    ------
    InputError
        Where `out` is not free, the disk does not take the files, or the weights are not those of the architecture.
    """
    weights = {
        f"{direction}.{name}": tensor.detach().cpu().contiguous()
        for direction, state in generators.items()
        for name, tensor in state.items()
    }
    _check(weights, _architecture(card, out), out)
    with new_folder(out) as building:
        (building / WEIGHTS).write_bytes(save(weights, {"format": "pt"}))
        (building / CARD).write_text(card.model_dump_json(indent=2), encoding="utf-8")
    return card


def read_translator(folder: Path, device: torch.device) -> tuple[TranslatorCard, dict["Direction", DiffusiveGenerator]]:
    """Read a translator's folder.

    Parameters
    ----------
    folder
        As `write_translator` wrote it.
    device
        Where the generators shall compute.

    Returns
    -------
    TranslatorCard
        What config.json says.
    dict
        The generator of each direction, in float32, ready to predict.

    Raises
    ------
    InputError
        Where it is no translator's folder, incomplete, or damaged.
    """
    card = read_translator_card(folder)
    architecture = _architecture(card, folder)
    weights = _read_weights(folder / WEIGHTS)
    _check(weights, architecture, folder)
    return card, {direction: _generator(architecture, direction, weights).to(device) for direction in DIRECTIONS}


def expected_shapes(architecture: Architecture, where: Path) -> dict[str, torch.Size]:
    """Return the shape of each of a generator's weights by its name; takes no memory.

    Parameters
    ----------
    architecture
        Sizes.
    where
        Where they are from, for messages.

    Raises
    ------
    InputError
        Where no network can be built so.
    """
    try:
        with torch.device("meta"):
            return {name: tensor.shape for name, tensor in DiffusiveGenerator(architecture).state_dict().items()}
    except (ArithmeticError, RuntimeError, TypeError, ValueError) as error:
        raise InputError(
            f"{where}: got sizes of a network that cannot be built ({error}); get the translator again."
        ) from error


def _architecture(card: TranslatorCard, where: Path) -> Architecture:
    try:
        return Architecture.model_validate(card.architecture)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"{where}: got a translator of an unknown architecture ({field}: {first['msg']}); copy it again, or use "
            "the version of LabelBridge that made it."
        ) from error


def _read_weights(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise InputError(f"{path.parent}: got a translator without {path.name}; copy the whole folder again.")
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path}: got weights that are damaged; copy the translator again.") from error


def _check(weights: Mapping[str, Tensor], architecture: Architecture, where: Path) -> None:
    """Raise InputError unless these are exactly the weights of two such generators."""
    levels = len(architecture.generator_multipliers)
    if levels * architecture.generator_blocks > len(weights):  # before so many blocks are even counted
        raise InputError(f"{where}: got fewer weights than config.json tells of; copy the translator again.")
    shapes = expected_shapes(architecture, where)
    expected = {f"{direction}.{name}": shape for direction in DIRECTIONS for name, shape in shapes.items()}
    wrong = sorted(expected.keys() ^ weights.keys())
    wrong += [name for name, shape in expected.items() if name in weights and not _fits(weights[name], shape)]
    if wrong:
        raise InputError(
            f"{where}: got weights of another network than config.json tells of ({len(wrong)} differ, first "
            f"{wrong[0]}); copy the translator again."
        )


def _fits(tensor: Tensor, shape: torch.Size) -> bool:
    return tensor.shape == shape and tensor.is_floating_point()


def _generator(architecture: Architecture, direction: "Direction", weights: Mapping[str, Tensor]) -> DiffusiveGenerator:
    with torch.random.fork_rng(devices=[]):  # its first, random weights must not change what is random elsewhere
        generator = DiffusiveGenerator(architecture)
    start = f"{direction}."
    generator.load_state_dict({name[len(start) :]: one for name, one in weights.items() if name.startswith(start)})
    return generator.eval()
