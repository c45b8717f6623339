"""What tells an image from others wherever it lies: the hash of its bytes."""

from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from labelbridge.core import InputError
from labelbridge.io.provenance import sha256_of

__all__ = ["Identity", "identify", "size_of"]


class Identity(NamedTuple):
    """Size and hash of an image's bytes."""

    size_bytes: int
    """Length of the file, or of all files of an OME-Zarr folder."""

    sha256: str
    """Hash of the file or, for a folder, of the names and hashes of its files; hexadecimal."""


def identify(path: Path) -> Identity:
    """Return size and hash of an image; raises InputError where it cannot be read."""
    if not path.is_dir():
        return Identity(size_of(path), sha256_of(path))
    names = sorted(file.relative_to(path).as_posix() for file in _files(path))
    lines = (f"{sha256_of(path / name)}  {name}\n" for name in names)
    return Identity(size_of(path), sha256("".join(lines).encode()).hexdigest())


def size_of(path: Path) -> int:
    """Return the length of a file, or of all files of a folder, in bytes; raises InputError where it cannot be read."""
    try:
        return sum(file.stat().st_size for file in (_files(path) if path.is_dir() else [path]))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the file and its permissions.") from error


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]
