"""What the user prefers in all windows, whoever keeps it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast, get_args

from pydantic import BaseModel, ConfigDict

from labelbridge.core import MOST_OVERLAP, Device, InputError, check_overlap
from labelbridge.io.userdata import user_data_folder

__all__ = ["Preferences"]

_WHERE = "change it in napari under File > Preferences > LabelBridge"
_USUAL = "usual"


class Preferences(BaseModel):
    """Settings of the plugin, checked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    device: Device = "auto"
    """What to compute on."""

    tile_overlap: float | None = None
    """Part of its side that a tile shares with the next one, 0 to 0.75; None is what each network takes."""

    journal_folder: Path
    """Where the journals of corrections are."""

    model_folder: Path
    """Where models that were downloaded or trained are."""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Preferences":
        """Check settings as they were kept.

        Parameters
        ----------
        values
            ``device``, ``tile_overlap`` (a number, also as text, or ``usual``), and as text ``journals`` and
            ``models``, where empty is a folder of the user data folder. What is missing takes its default.

        Raises
        ------
        InputError
            Where a value cannot be used.
        """
        return cls(
            device=_device(values.get("device", "auto")),
            tile_overlap=_overlap(values.get("tile_overlap", _USUAL)),
            journal_folder=_folder(values.get("journals", ""), "journals"),
            model_folder=_folder(values.get("models", ""), "models"),
        )


def _device(value: object) -> Device:
    known = get_args(Device)
    if value not in known:
        raise InputError(f"got the device '{value}', expected one of {', '.join(known)}; {_WHERE}.")
    return cast("Device", value)


def _overlap(value: object) -> float | None:
    if value == _USUAL:
        return None
    try:
        overlap = float(str(value))
        check_overlap(overlap)
    except (ValueError, InputError) as error:
        most = f"{MOST_OVERLAP:g}"
        raise InputError(f"got the tile overlap '{value}', expected '{_USUAL}' or 0 to {most}; {_WHERE}.") from error
    return overlap


def _folder(value: object, name: str) -> Path:
    """Return an absolute folder, which need not be there yet."""
    text = str(value or "").strip()
    if not text:
        return user_data_folder() / name
    folder = Path(text).expanduser()
    if not folder.is_absolute():
        raise InputError(f"got '{text}' for the folder of {name}, expected a whole path or nothing; {_WHERE}.")
    if folder.exists() and not folder.is_dir():
        raise InputError(f"got the file {folder} for the folder of {name}, expected a folder; {_WHERE}.")
    return folder
