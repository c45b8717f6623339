"""What a reader makes of a file: a value, a sentence, or a failure."""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fuzzing.kinds import Reader
from labelbridge.core import LabelBridgeError

__all__ = ["Verdict", "judge", "outcome_of"]

LONGEST_SENTENCE = 1500


@dataclass(frozen=True)
class Verdict:
    """What one reader made of a file; `detail` is the sentence, or what went wrong."""

    reader: str
    outcome: Literal["read", "sentence", "failure"]
    detail: str = ""


def judge(readers: Mapping[str, Reader], path: Path) -> list[Verdict]:
    """Give a file to readers."""
    return [_judge(name, reader, path) for name, reader in readers.items()]


def outcome_of(verdicts: list[Verdict]) -> str:
    """Return ``failure`` where any reader failed, else what the first made of the file."""
    return "failure" if any(verdict.outcome == "failure" for verdict in verdicts) else verdicts[0].outcome


def _judge(name: str, reader: Reader, path: Path) -> Verdict:
    try:
        reader(path)
    except LabelBridgeError as error:
        text = str(error)
        is_sentence = text.endswith(".") and len(text) <= LONGEST_SENTENCE and "\n" not in text and text.isprintable()
        return Verdict(
            name, "sentence" if is_sentence else "failure", text if is_sentence else f"no sentence: {text!r}"
        )
    except (Exception, KeyboardInterrupt):  # noqa: BLE001 - each kind of exception is what is looked for
        return Verdict(name, "failure", traceback.format_exc(limit=-6))
    return Verdict(name, "read")
