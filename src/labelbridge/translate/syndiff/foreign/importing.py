"""From generators of the published code to a translator's folder of ours."""

import tempfile
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from labelbridge.core import InputError, Reporter, TranslatorCard, scratch_folder
from labelbridge.io.atomic import saying_why
from labelbridge.io.modelfolder import CARD
from labelbridge.io.newfolder import check_out
from labelbridge.io.pickledweights import named_tensors, read_pickled
from labelbridge.io.provenance import sha256_of, versions
from labelbridge.io.sourcefiles import SourceFile
from labelbridge.translate.syndiff.foreign.files import GeneratorFiles, open_generators
from labelbridge.translate.syndiff.foreign.layout import find_architecture, rename
from labelbridge.translate.syndiff.package import write_translator
from labelbridge.translate.syndiff.settings import Architecture

__all__ = ["Contrast", "import_translator"]

_WHITE = 255.0
"""The published code reads 8-bit images as they are."""

Contrast = Literal["labeled", "unlabeled"]
"""Which modality the published code called contrast 1."""

_STAGE = "importing"
_ATTENTION_PX = 16
"""The published generator has attention where its crop has become so wide."""

_TYPES = {torch.float16, torch.bfloat16, torch.float32, torch.float64}


def import_translator(
    source: Path,
    out: Path,
    *,
    name: str,
    contrast1: Contrast | None,
    epoch: int | None = None,
    licence: str | None = None,
    reporter: Reporter | None = None,
) -> TranslatorCard:
    """Make a translator's folder of two generators that the published code has trained, without running anything of it.

    Parameters
    ----------
    source
        Folder or zip with ``gen_diffusive_1_<epoch>.pth`` and ``gen_diffusive_2_<epoch>.pth``.
    out
        Folder to write; must not exist or be empty. It appears complete at the end or not at all.
    name
        Name for the card.
    contrast1
        Which modality contrast 1 was in that training; nothing in the files tells.
    epoch
        Which epoch; None takes the newest.
    licence
        Licence of the weights, where known.
    reporter
        Told after each file; asked before whether to stop.

    Raises
    ------
    InputError
        Where `contrast1` is None, or the files are missing, damaged, unsafe or not such generators.
    Cancelled
        Where the reporter asked to stop.
    """
    if (source / CARD).is_file():
        raise InputError(f"{source}: got a model of LabelBridge; use it as it is.")
    if contrast1 is None:
        raise InputError(
            f"{source}: got generators of SynDiff, which do not tell what their contrast 1 was; say with --contrast1 "
            "labeled or --contrast1 unlabeled whether it was the modality with labels."
        )
    check_out(out)
    with saying_why(scratch_folder()), tempfile.TemporaryDirectory(dir=scratch_folder()) as scratch:
        files = open_generators(source, Path(scratch), epoch)
        architecture, weights1, weights2 = _read_both(files, reporter or Reporter())
        hashes = {file.shown.name: sha256_of(file.path) for file in (files.contrast1, files.contrast2)}
    card = TranslatorCard(
        name=name,
        architecture=architecture.model_dump(mode="json", exclude_unset=True),
        crop_px=_crop_px(architecture),
        white=_WHITE,
        origin=f"{source.resolve().name}: {', '.join(f'{file} (SHA-256 {one})' for file, one in hashes.items())}",
        licence=licence or "unknown",
        provenance={
            "imported": {"checkpoints": hashes, "epoch": files.epoch, "contrast1": contrast1},
            "versions": versions(),
        },
    )
    labeled, unlabeled = (weights1, weights2) if contrast1 == "labeled" else (weights2, weights1)
    return write_translator({"to_labeled": labeled, "to_unlabeled": unlabeled}, card, out)


def _read_both(files: GeneratorFiles, reporter: Reporter) -> tuple[Architecture, dict[str, Tensor], dict[str, Tensor]]:
    """Return the sizes of both generators, and the weights of each under our names."""
    reporter.checkpoint()
    architecture, weights1 = _read(files.contrast1)
    reporter.progress(1, 2, _STAGE)
    reporter.checkpoint()
    other, weights2 = _read(files.contrast2)
    reporter.progress(2, 2, _STAGE)
    if other != architecture:
        raise InputError(
            f"{files.contrast2.shown}: got a generator of other sizes than {files.contrast1.shown.name}; expected both "
            "of one training."
        )
    return architecture, weights1, weights2


def _read(file: SourceFile) -> tuple[Architecture, dict[str, Tensor]]:
    """Return the sizes of a generator and its weights under our names."""
    weights = named_tensors(read_pickled(file, "a generator as SynDiff's code saves it"))
    if not weights:
        raise InputError(f"{file.shown}: got a file without named tensors, expected a generator of SynDiff's code.")
    if not all(_is_plain(tensor) for tensor in weights.values()) or _bytes(weights) > file.path.stat().st_size:
        raise InputError(f"{file.shown}: got weights that are not plain numbers of the file's size; get it again.")
    if not all(tensor.isfinite().all() for tensor in weights.values()):
        raise InputError(f"{file.shown}: got weights that are not finite; take another epoch with --epoch.")
    architecture = find_architecture(weights, file.shown)
    return architecture, rename(weights, architecture, file.shown)


def _is_plain(tensor: Tensor) -> bool:
    return tensor.layout == torch.strided and tensor.device.type == "cpu" and tensor.dtype in _TYPES


def _bytes(weights: dict[str, Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in weights.values())


def _crop_px(architecture: Architecture) -> int | None:
    """Return the side of the crops of the training, where the levels with attention tell it."""
    levels = architecture.attention_levels
    return _ATTENTION_PX * 2 ** levels[0] if len(levels) == 1 else None
