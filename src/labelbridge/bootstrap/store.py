"""Where models that had to be trained are kept: the user data folder, under the hash of what they were made from."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from labelbridge.core import Image, InputError, LabeledImage, bands
from labelbridge.io import sha256_of, write_json
from labelbridge.io.userdata import user_data_folder

__all__ = ["RESULT", "claim", "file_hashes", "kept_folder", "key_of", "trained"]

RESULT = "result"
"""Name of the finished model in the folder of a kept training."""

_WORK = "work"
_KEY = "made-from.json"


def kept_folder(kind: str, key: str) -> Path:
    """Return the folder of a kept training; it may not exist yet."""
    return user_data_folder() / "models" / f"{kind}-{key[:16]}"


def trained(folder: Path, train: Callable[[Path, Path], None]) -> Path:
    """Return the model in the folder of a kept training; trains it, or goes on training, where it is not there yet.

    Parameters
    ----------
    folder
        The folder; made where it is missing.
    train
        Called with the folder for its work, which may hold that of an interrupted run, and that of the model.
    """
    if not (folder / RESULT).exists():
        (folder / _WORK).mkdir(parents=True, exist_ok=True)
        train(folder / _WORK, folder / RESULT)
    shutil.rmtree(folder / _WORK, ignore_errors=True)
    return folder / RESULT


def claim(folder: Path, key: str) -> None:
    """Note what the training in a folder is made from, or make sure that it is this.

    Raises
    ------
    InputError
        Where the folder's training was begun on something else.
    """
    record = folder / _KEY
    if not record.is_file():
        write_json(record, {"sha256": key}, overwrite=True)
    elif json.loads(record.read_bytes()) != {"sha256": key}:
        raise InputError(
            f"{folder}: got a training that was begun on other images, labels or models; give it those, or begin anew "
            "in a new folder."
        )


def file_hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a model's folder by its place in it."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): sha256_of(file) for file in files}


def key_of(labeled: Iterable[LabeledImage], unlabeled: Iterable[Image], settings: Mapping[str, object]) -> str:
    """Return a hash (hexadecimal SHA-256) of images, labels and settings.

    Names and places of files do not count, nor does the order of the images of U.
    """
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode())
    for sample in labeled:
        digest.update(b"L" + str(sample.image.shape).encode() + str(sample.labels.classes.names).encode())
        digest.update(sample.image.data.tobytes() + sample.labels.data.tobytes())
    for one in sorted(_hash_of(image) for image in unlabeled):
        digest.update(b"U" + one)
    return digest.hexdigest()


def _hash_of(image: Image) -> bytes:
    digest = hashlib.sha256(str(image.shape).encode())
    for band in bands(image.shape):
        digest.update(image.data[band].tobytes())
    return digest.digest()
