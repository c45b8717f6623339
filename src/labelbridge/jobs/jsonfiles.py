"""The small files of a job's folder: models as JSON, read and written as a whole."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from labelbridge.core import InputError
from labelbridge.io import atomic_path, patiently

__all__ = ["read_model", "write_model", "write_model_within"]

_Model = TypeVar("_Model", bound=BaseModel)


def read_model(path: Path, model: type[_Model]) -> _Model | None:
    """Read a file of a job; None where there is none, InputError where it is damaged."""
    try:
        return model.model_validate_json(patiently(path.read_bytes))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if path.is_dir():
            raise InputError(f"{path}: got a folder, expected a file of a job; choose another folder.") from error
        raise
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"{path}: got a file that cannot be read ({first['msg']}); choose another folder.") from error


def write_model(path: Path, model: BaseModel) -> None:
    """Replace a file of a job as a whole; raises InputError where the disk does not take it."""
    with atomic_path(path, overwrite=True) as temporary:
        temporary.write_bytes(_bytes_of(model))


def write_model_within(path: Path, model: BaseModel) -> None:
    """Write over what is in a file, at once and without making it shorter: whoever reads it gets one or the other.

    Raises
    ------
    OSError
        Where the disk does not take even that.
    """
    with path.open("rb+", buffering=0) as file:
        before = file.read()
        content = _bytes_of(model).ljust(len(before))
        file.seek(0)
        if file.write(content) < len(content):  # the disk has no room even for a longer sentence
            file.seek(0)
            file.write(before)
            file.truncate()


def _bytes_of(model: BaseModel) -> bytes:
    return (model.model_dump_json(indent=2) + "\n").encode()
