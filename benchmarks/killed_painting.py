"""Does a painting session survive being killed? It is killed at random moments and restored, again and again.

`scripted_painting.py` paints in a real window and writes down what it does. After each kill the journal is restored as
the Refine dock does it, and compared with what was written down: the masks, and all that can be undone and redone. The
next session restores it through the dock and goes on in the same journal.

    python benchmarks/killed_painting.py --kills 50
"""

import argparse
import json
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from labelbridge.core import InputError
from labelbridge.plugin.presenters.identity import image_identity
from labelbridge.plugin.presenters.journaling import journals_of
from labelbridge.plugin.presenters.session import CorrectionSession
from labelbridge.plugin.samples import sem_phantom
from labelbridge.refine import restore_session
from scripted_painting import digest_of

__all__ = ["MOST_LOST_S", "Kill", "kill_and_restore", "main"]

MOST_LOST_S = 2.0
"""What is older than this when the process is killed must be there afterwards."""

_LONGEST_S = 10.0
_OPENS_WITHIN_S = 180.0
_SCRIPT = Path(__file__).with_name("scripted_painting.py")


@dataclass(frozen=True)
class Line:
    """A line of the side file; see `scripted_painting.Diary`."""

    time_s: float
    act: str
    step: str = "ends"
    state: str = ""


@dataclass(frozen=True)
class Truth:
    """Masks, by digests, and what undo and redo must lead to.

    Attributes
    ----------
    state
        The masks.
    undo, redo
        What comes of it step by step, the next one last.
    is_open
        Whether a stroke goes on that has changed something.
    """

    state: str
    undo: tuple[str, ...] = ()
    redo: tuple[str, ...] = ()
    is_open: bool = field(default=False, compare=False)

    def after(self, line: Line) -> "Truth":
        """Return what must be so after a line of the side file; undo and redo need not say what they came to."""
        if line.act == "undo" and line.step == "ends" and self.undo:
            return Truth(self.undo[-1], self.undo[:-1], (*self.redo, self.state))
        if line.act == "redo" and line.step == "ends" and self.redo:
            return Truth(self.redo[-1], (*self.undo, self.state), self.redo[:-1])
        if line.act == "stroke" and line.state != self.state:
            return Truth(line.state, self._undo_of_stroke, is_open=line.step != "ends")
        return replace(self, is_open=self.is_open and line.step != "ends")

    def may_become(self, other: "Truth", last: Line) -> bool:
        """Whether the act that was interrupted after this may have led to `other`, which nobody could write down."""
        if last.step == "ends":
            return False
        if last.act == "stroke":
            return (other.undo, other.redo) == (self._undo_of_stroke, ())
        return other == self.after(replace(last, step="ends"))

    @property
    def _undo_of_stroke(self) -> tuple[str, ...]:
        return self.undo if self.is_open else (*self.undo, self.state)


@dataclass(frozen=True)
class Kill:
    """One round.

    Attributes
    ----------
    after_s
        When it was killed, from the opening of its window.
    acts
        How many acts it had ended.
    lost_s
        How old the oldest thing was that is missing; 0 where nothing is.
    unreadable_bytes
        Length of the record that was being written.
    problem
        What is wrong, a sentence; empty where all is well.
    """

    after_s: float
    acts: int = 0
    lost_s: float = 0.0
    unreadable_bytes: int = 0
    problem: str = ""


class Session:
    """A session that is killed and restored.

    Parameters
    ----------
    folder
        An empty folder for all that it writes.
    chance
        What is painted, and when it is killed.
    """

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self._folder, self._chance = folder, chance
        (image,) = sem_phantom()
        self._image_id, self._shape = image_identity(image[0]), image[0].shape
        self._truths: list[tuple[float, Truth]] = []
        self._rounds = 0

    def round(self) -> Kill:
        """Let it paint, kill it, restore and compare."""
        diary, process = self._open("paint")
        if process.poll() is None and not _read(diary):
            process.kill()
            return Kill(0.0, problem=f"the window did not open within {_OPENS_WITHIN_S:g} s")
        after_s = self._chance.uniform(0, _LONGEST_S)
        try:
            process.wait(timeout=after_s)
        except subprocess.TimeoutExpired:
            killed_s = time.time()
            process.kill()
            process.wait()
        else:
            return Kill(after_s, problem=f"the session ended by itself: {self._last_words()}")
        lines = _read(diary)
        if problem := self._follow(lines):
            return Kill(after_s, problem=problem)
        acts = sum(line.step == "ends" for line in lines)
        return replace(self._compare(lines, killed_s), after_s=after_s, acts=acts)

    def look(self) -> str:
        """Open the window once more and close it; return what is wrong, or nothing."""
        diary, process = self._open("look")
        process.wait()
        problem = self._follow(_read(diary))
        if process.returncode or "Traceback" in self._log.read_text(encoding="utf-8"):
            return f"the last session did not end well: {self._last_words()}"
        return problem

    @property
    def _log(self) -> Path:
        return self._folder / f"{self._rounds}.log"

    def _open(self, wish: str) -> tuple[Path, subprocess.Popen[bytes]]:
        """Start a session and wait for its window; return the side file and the process."""
        self._rounds += 1
        diary = self._folder / f"{self._rounds}.jsonl"
        home = {"LABELBRIDGE_HOME": str(self._folder / "home"), "NAPARI_CONFIG": "", "OMP_NUM_THREADS": "1"}
        command = [sys.executable, str(_SCRIPT), str(diary), str(self._chance.randrange(2**32)), wish]
        with self._log.open("wb") as log:
            process = subprocess.Popen(command, env={**os.environ, **home}, stdout=log, stderr=log)
        until_s = time.monotonic() + _OPENS_WITHIN_S
        while not (diary.is_file() and diary.stat().st_size) and process.poll() is None:
            if time.monotonic() > until_s:
                break
            time.sleep(0.02)
        return diary, process

    def _last_words(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace").strip()[-500:]

    def _follow(self, lines: Sequence[Line]) -> str:
        """Take what was written down as what must be; return what cannot be, or nothing."""
        for line in lines:
            if line.act == "window":
                continue
            truth = self._truths[-1][1].after(line) if self._truths else Truth(line.state)
            if truth.state != line.state:
                return f"'{line.act}' {line.step} with other masks than what was done before leads to"
            self._truths.append((line.time_s, truth))
        return ""

    def _compare(self, lines: Sequence[Line], killed_s: float) -> Kill:
        """Find in what was written down what the journal holds, and go on from there."""
        found = self._restore()
        if isinstance(found, Kill):
            return found
        restored, unreadable_bytes = found
        if not self._truths:
            return Kill(0.0)
        known = self._place_of(restored)
        is_known = known is not None and lines[-1].act == "stroke"
        if not is_known and self._truths[-1][1].may_become(restored, lines[-1]):
            known = len(self._truths)
            self._truths.append((killed_s, restored))
        if known is None:
            is_shown = any(truth.state == restored.state for _, truth in self._truths)
            problem = "undo and redo lead elsewhere" if is_shown else "what was restored was never on the screen"
            return Kill(0.0, unreadable_bytes=unreadable_bytes, problem=problem)
        missing = [time_s for time_s, truth in self._truths[known + 1 :] if truth != restored]
        lost_s = killed_s - missing[0] if missing else 0.0
        self._truths[known:] = [(killed_s, replace(restored, is_open=False))]
        problem = f"what was {lost_s:.1f} s old is missing" if lost_s > MOST_LOST_S else ""
        return Kill(0.0, lost_s=lost_s, unreadable_bytes=unreadable_bytes, problem=problem)

    def _place_of(self, restored: Truth) -> int | None:
        """Return where this was written down last, None where it never was."""
        places = reversed(range(len(self._truths)))
        return next((place for place in places if self._truths[place][1] == restored), None)

    def _restore(self) -> tuple[Truth, int] | Kill:
        """Restore a copy of the journal; return what it holds and how much of it cannot be read."""
        journals = journals_of(self._folder / "home" / "journals", self._image_id, self._shape)
        if not journals:
            return (self._truths[0][1] if self._truths else Truth("")), 0
        if len(journals) > 1 or journals[0].is_closed:
            return Kill(0.0, problem=f"got {len(journals)} journals, expected one that is not closed")
        copy = self._folder / "copy" / journals[0].path.name
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(journals[0].path, copy)
        try:
            unreadable_bytes = restore_session(copy).unreadable_bytes
            return _truth_of(CorrectionSession.restore(copy)), unreadable_bytes
        except InputError as error:
            return Kill(0.0, problem=str(error))


def kill_and_restore(folder: Path, kills: int, seed: int) -> list[Kill]:
    """Kill a session so many times; the last session only looks at what is there, and ends by itself.

    Parameters
    ----------
    folder
        An empty folder.
    kills
        How many times.
    seed
        What is painted, and when it is killed.
    """
    session = Session(folder, random.Random(seed))
    done: list[Kill] = []
    while len(done) < kills and not (done and done[-1].problem):
        done.append(session.round())
        print(f"kill {len(done)}: {done[-1]}", file=sys.stderr, flush=True)
    problem = done[-1].problem or session.look()
    return [*done[:-1], replace(done[-1], problem=problem)]


def main() -> None:
    """Kill, restore, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with TemporaryDirectory() as room:
        kills = kill_and_restore(Path(room), args.kills, args.seed)
    lost = [1000 * kill.lost_s for kill in kills]
    torn = sum(bool(kill.unreadable_bytes) for kill in kills)
    problems = [kill.problem for kill in kills if kill.problem]
    print(f"{platform.machine()}, {os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}\n")
    print("| kills | acts | failures | oldest thing lost, ms: median | most | kills within a record |")
    print("|---|---|---|---|---|---|")
    acts = sum(kill.acts for kill in kills)
    print(f"| {len(kills)} | {acts:,} | {len(problems)} | {statistics.median(lost):.0f} | {max(lost):.0f} | {torn} |")
    if problems:
        raise SystemExit("\n".join(problems))


def _truth_of(session: CorrectionSession) -> Truth:
    """Return what a restored session holds, by undoing and redoing all of it."""
    layers = session.history.layers
    state = digest_of(layers)
    undo = []
    while session.undo():
        undo.append(digest_of(layers))
    for _ in undo:
        session.redo()
    whole = digest_of(layers)
    redo = []
    while session.redo():
        redo.append(digest_of(layers))
    session.close()
    return Truth(state if whole == state else "undo and redo do not lead back", tuple(undo[::-1]), tuple(redo[::-1]))


def _read(diary: Path) -> list[Line]:
    if not diary.is_file():
        return []
    whole = diary.read_text(encoding="utf-8").rpartition("\n")[0]
    return [Line(**json.loads(line)) for line in whole.splitlines()]


if __name__ == "__main__":
    main()
