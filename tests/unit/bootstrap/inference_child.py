"""The server's child whose work is what the file named by CHILD_WISH says; loads no torch, no nnU-Net."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np

from labelbridge.bootstrap.server import entry, work
from labelbridge.bootstrap.sets.found import SetFound, SetsFound
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.bootstrap.trial.forecast import StageTime, Trial
from labelbridge.core import AXON_MYELIN, ClassMap, FloatArray, InputError, Plane, Reporter


class OutOfMemoryError(RuntimeError):
    """As torch calls it."""


class WishedSegmenter:
    """Calls dark pixels axon, and bright ones myelin."""

    classes: ClassMap = AXON_MYELIN
    structure_size_px: float | None = None

    def __init__(self, device: str) -> None:
        self.device = device

    @classmethod
    def load(cls, folder: Path, *, device: str = "auto", overlap: float | None = None) -> "WishedSegmenter":
        with wish_file().with_suffix(".loads").open("a", encoding="utf-8") as file:
            file.write(f"{device}\n")
        return cls(device)

    def predict(self, plane: Plane, reporter: Reporter) -> Iterator[FloatArray]:
        wishes[wish_file().read_text(encoding="utf-8")](self, reporter)
        data = plane.rows(0, plane.shape[0])
        myelin = (data > np.median(data)).astype(np.float32)
        yield np.stack([np.zeros_like(myelin), 1 - myelin, myelin])

    def unmirrored(self) -> "WishedSegmenter":
        return self


def wish_file() -> Path:
    return Path(os.environ["CHILD_WISH"])


def fine(segmenter: WishedSegmenter, reporter: Reporter) -> None:
    pass


def talk(segmenter: WishedSegmenter, reporter: Reporter) -> None:
    print("printed")
    sys.stdout.flush()
    os.write(1, b"written\n")
    subprocess.run([sys.executable, "-c", "print('by a helper'); input()"], check=False)
    reporter.progress(1, 4, "talking")
    reporter.metrics(7, loss=0.5)
    reporter.say("A sentence.")
    reporter.preview("picture", np.full((80, 90), 0.25, np.float32))


def slow(segmenter: WishedSegmenter, reporter: Reporter) -> None:
    for step in range(2000):
        reporter.progress(step, 2000, "slow")
        reporter.checkpoint()
        time.sleep(0.03)


def stuck(segmenter: WishedSegmenter, reporter: Reporter) -> None:
    reporter.progress(0, 1, "stuck")
    time.sleep(60)


def killed(segmenter: WishedSegmenter, reporter: Reporter) -> None:
    if segmenter.device != "cpu":
        os.abort() if os.name == "nt" else os.kill(os.getpid(), 9)


def leave(segmenter: WishedSegmenter, reporter: Reporter) -> None:
    print("my last words", flush=True)
    os._exit(3)


def refuse(segmenter: WishedSegmenter, reporter: Reporter) -> None:
    raise InputError("got this, expected that; do something.")


def bug(segmenter: WishedSegmenter, reporter: Reporter) -> None:
    raise ZeroDivisionError("nothing to divide by\nsecond line")


def memory(segmenter: WishedSegmenter, reporter: Reporter) -> None:
    if segmenter.device != "cpu":
        raise InputError("the memory is not enough even for small tiles.") from OutOfMemoryError()


def look_at_sets(task: TranslatorTask, reporter: Reporter) -> SetsFound:
    wishes[wish_file().read_text(encoding="utf-8")](WishedSegmenter("cuda"), reporter)
    sample = np.full((70, 80), 0.5, np.float32)
    return SetsFound(SetFound(task.labeled, 3, sample=sample), SetFound(task.unlabeled, 4))


def try_training(task: TranslatorTask, reporter: Reporter) -> Trial:
    wishes[wish_file().read_text(encoding="utf-8")](WishedSegmenter("cuda"), reporter)
    return Trial.of("cpu", (StageTime(task.preset, 60.0),), 10**9, 2 * 10**9)


wishes = {wish.__name__: wish for wish in (fine, talk, slow, stuck, killed, leave, refuse, bug, memory)}


def main() -> None:
    predict = ModuleType("labelbridge.segment.nnunet.predict")
    predict.NnUnetSegmenter = WishedSegmenter  # type: ignore[attr-defined]
    sys.modules[predict.__name__] = predict
    for name, function in (("sets.preview", look_at_sets), ("trial.trying", try_training)):
        module = ModuleType(f"labelbridge.bootstrap.{name}")
        setattr(module, function.__name__, function)
        sys.modules[module.__name__] = module
    torch = ModuleType("torch")
    torch.cuda = SimpleNamespace(empty_cache=lambda: None)  # type: ignore[attr-defined]
    sys.modules["torch"] = torch
    work.resolve_device = lambda device: SimpleNamespace(type="cuda" if device == "auto" else device)  # type: ignore
    print("printed before the mark", flush=True)
    entry.main()


if __name__ == "__main__":
    main()
