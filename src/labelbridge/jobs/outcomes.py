"""What a finished job has made, and the command that uses it."""

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labelbridge.jobs.folder import JobFolder

__all__ = ["Outcome", "outcome_of"]


@dataclass(frozen=True)
class Outcome:
    """What there is to say of a result.

    Attributes
    ----------
    sentence
        What it is and where.
    command
        What to do with it next, to be typed into a terminal, with words in capitals to be replaced; empty where there
        is nothing to do.
    """

    sentence: str
    command: str = ""


def outcome_of(folder: "JobFolder") -> Outcome:
    """Return what a finished job has made."""
    task, result = folder.spec().task, folder.result
    if task == "train-segmenter":
        command = _line("bootstrap IMAGES --path adaptation --segmenter", result, "--out MASKS")
        return Outcome(f"The segmenter is in {result}.", command)
    if task == "train-translator":
        return Outcome(f"The translator is in {result}.", _line("evaluate translator", folder.path))
    if task == "tutorship":
        return _of_tutorship(result)
    if task == "bootstrap":
        return Outcome(f"The masks are in {result}.", _line("napari IMAGE --masks", result))
    if task == "retrain":
        command = _line("bootstrap IMAGES --path tutorship --tutored", result, "--out MASKS")
        return Outcome(f"The model is in {result}.", command)
    if task in ("evaluate-masks", "evaluate-translator"):
        return Outcome(f"The report is in {result}.")
    return Outcome(f"The result is in {result}.")


def _of_tutorship(result: Path) -> Outcome:
    masks, model, translator = (result / name for name in ("masks", "model", "translator"))
    more = f", and the translator in {translator}" if translator.is_dir() else ""
    said = f"The masks of all new images are in {masks}, the model that made them is in {model}{more}."
    return Outcome(said, _line("napari IMAGE --masks", masks))


def _line(words: str, place: Path, more: str = "") -> str:
    """Return a command of ours about a place, as the user's shell reads it."""
    path = str(place)
    quoted = (f'"{path}"' if " " in path else path) if os.name == "nt" else shlex.quote(path)
    return f"labelbridge {words} {quoted} {more}".rstrip()
