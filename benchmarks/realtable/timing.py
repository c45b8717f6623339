"""How long trainings take and what they say, also those that are interrupted and go on later."""

import json
import time
from pathlib import Path
from typing import Any

from labelbridge.core import Reporter
from labelbridge.io import write_json

__all__ = ["Stages", "TrainingClock"]

_NOTED_EVERY_S = 5.0


class Stages(Reporter):
    """Prints each stage once."""

    def __init__(self) -> None:
        self._stage = ""

    def progress(self, done: float, total: float, stage: str) -> None:
        """Print the stage when it changes."""
        if stage != self._stage:
            self._stage = stage
            print(f"  {stage}", flush=True)

    def say(self, sentence: str) -> None:
        """Print a sentence."""
        print(f"  {sentence}", flush=True)


class TrainingClock(Stages):
    """Prints what a training reports, and notes its seconds and sentences in a file."""

    def begin(self, file: Path) -> None:
        """Begin to note in a JSON file with ``seconds`` and ``said``, after what an interrupted run has left there."""
        earlier: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}
        self._file = file
        self._before_s, self._said = float(earlier.get("seconds", 0)), list(earlier.get("said", ()))
        self._begun_s = time.perf_counter()
        self.note()

    def progress(self, done: float, total: float, stage: str) -> None:
        """Print the stage when it changes; note the seconds every so often."""
        super().progress(done, total, stage)
        if time.perf_counter() - self._noted_s > _NOTED_EVERY_S:
            self.note()

    def say(self, sentence: str) -> None:
        """Print the sentence, and note it."""
        super().say(sentence)
        self._said = list(dict.fromkeys([*self._said, sentence]))
        self.note()

    def note(self) -> None:
        """Note the seconds until now, and what was said."""
        self._noted_s = time.perf_counter()
        seconds = self._before_s + self._noted_s - self._begun_s
        write_json(self._file, {"seconds": seconds, "said": self._said}, overwrite=True)
