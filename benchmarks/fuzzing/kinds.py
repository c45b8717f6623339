"""Which kinds of files there are, how a whole one is made, and which readers it is given to."""

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fuzzing.image_seeds import IMAGE_SEEDS, SHAPE, STACK_SEEDS
from fuzzing.job_seeds import JOB_SEEDS
from fuzzing.model_seeds import MODEL_SEEDS, STOCK_SEEDS
from fuzzing.mutations import Files
from fuzzing.set_seeds import LABEL_FILE_SEEDS, SET_SEEDS, TABLE_SEEDS
from fuzzing.translator_seeds import GENERATOR_SEEDS, TRANSLATOR_SEEDS

__all__ = ["KINDS", "Kind", "Reader", "make_seeds", "write_files"]

MOST_PLANES = 8
"""A damaged file can claim thousands of planes; so many are read."""

Reader = Callable[[Path], object]
"""Reads a file or folder, to the last pixel."""


@dataclass(frozen=True)
class Kind:
    """A kind of files.

    Attributes
    ----------
    make
        Makes a whole one.
    readers
        What it is given to, by name; what the first makes of a file counts in the table.
    is_set
        Whether the readers take the folder of all its files, and not the first file or folder in it.
    """

    make: Callable[[], Files]
    readers: Mapping[str, Reader]
    is_set: bool = False

    def entry(self, seed: Files, folder: Path) -> Path:
        """Return what the readers are given, where the seed's files were written to `folder`."""
        return folder if self.is_set else folder / next(iter(seed)).partition("/")[0]


def make_seeds() -> dict[str, Files]:
    """Make all seeds, the same bytes each time."""
    return {
        name: {file: re.sub(rb"(?<=urn:uuid:)[0-9a-f-]{36}", b"0" * 36, data) for file, data in kind.make().items()}
        for name, kind in KINDS.items()
    }


def write_files(files: Files, folder: Path) -> None:
    """Write files below an empty folder; a path that ends in a slash is a folder."""
    for name, content in files.items():
        path = folder / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def _read_image(path: Path) -> object:
    from labelbridge.io import read_image

    return read_image(path)


def _read_planes(path: Path) -> object:
    from labelbridge.io import count_planes, read_image

    return [read_image(path, index=index, channel=0) for index in range(min(MOST_PLANES, count_planes(path)))]


def _find_pixel_size(path: Path) -> object:
    from labelbridge.io import find_pixel_size

    return find_pixel_size(path)


def _read_masks(folder: Path) -> object:
    from labelbridge.io import find_masks, read_label_map

    return [read_label_map(files) for files in find_masks(folder).values()]


def _read_labeled_set(folder: Path) -> object:
    from labelbridge.io import read_labeled_set

    return read_labeled_set(folder if folder.is_dir() and folder.suffix != ".zarr" else folder.parent)


def _read_label_file(path: Path) -> object:
    from labelbridge.io.labelfiles import count_label_planes, find_label_pixel_size, read_label_file

    return read_label_file(path, shape=SHAPE), find_label_pixel_size(path), count_label_planes(path)


def _read_absent_table(path: Path) -> object:
    from labelbridge.io.absenttable import read_absent_table

    return read_absent_table(path)


def _read_card(folder: Path) -> object:
    from labelbridge.io.modelfolder import find_models
    from labelbridge.segment import read_card

    return find_models(folder), read_card(folder)


def _load_model(folder: Path) -> object:
    import torch

    from labelbridge.segment.nnunet.loading import load_networks, read_model

    return load_networks(read_model(folder), torch.device("cpu"))


def _import_model(source: Path) -> object:
    from labelbridge.segment.nnunet.foreign.importing import import_model

    out = source.parent / "imported"
    try:
        return import_model(source, out, name="fuzzed")
    finally:
        shutil.rmtree(out, ignore_errors=True)


def _read_translator(folder: Path) -> object:
    import torch

    from labelbridge.translate.syndiff.package import read_translator

    return read_translator(folder, torch.device("cpu"))


def _import_translator(source: Path) -> object:
    from labelbridge.translate.syndiff.foreign.importing import import_translator

    out = source.parent / "imported"
    try:
        return import_translator(source, out, name="fuzzed", contrast1="labeled")
    finally:
        shutil.rmtree(out, ignore_errors=True)


def _read_job(folder: Path) -> object:
    from labelbridge.jobs import JobFolder

    job = JobFolder(folder)
    return job.spec(), job.status(), list(job.events())


_IMAGE = {"read_image": _read_image, "find_pixel_size": _find_pixel_size, "read_image, planes": _read_planes}
_STACK = {"read_image, planes": _read_planes, "read_image": _read_image, "find_pixel_size": _find_pixel_size}
_SET = {"read_labeled_set": _read_labeled_set, "read_label_map": _read_masks}
_LABEL_FILE = {"read_label_file": _read_label_file, "read_labeled_set": _read_labeled_set}

KINDS: dict[str, Kind] = {
    **{name: Kind(make, _IMAGE) for name, make in IMAGE_SEEDS.items()},
    **{name: Kind(make, _STACK) for name, make in STACK_SEEDS.items()},
    **{name: Kind(make, _SET, is_set=True) for name, make in SET_SEEDS.items()},
    **{name: Kind(make, _LABEL_FILE) for name, make in LABEL_FILE_SEEDS.items()},
    **{name: Kind(make, {"read_absent_table": _read_absent_table}) for name, make in TABLE_SEEDS.items()},
    **{name: Kind(make, {"load_networks": _load_model, "read_card": _read_card}) for name, make in MODEL_SEEDS.items()},
    **{name: Kind(make, {"import_model": _import_model}) for name, make in STOCK_SEEDS.items()},
    **{name: Kind(make, {"read_translator": _read_translator}) for name, make in TRANSLATOR_SEEDS.items()},
    **{name: Kind(make, {"import_translator": _import_translator}) for name, make in GENERATOR_SEEDS.items()},
    **{name: Kind(make, {"JobFolder": _read_job}) for name, make in JOB_SEEDS.items()},
}
"""All kinds by name; a new format is a seed in one of the tables and, where needed, a reader here."""
