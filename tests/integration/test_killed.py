"""A run that is killed leaves no file that looks finished and is not."""

import hashlib
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as PillowImage

from jobreaders import weights_of
from killed_jobs import SEEN_WITHIN_S, run_and_kill, run_undisturbed
from labelbridge.bootstrap.demo import sample_data_folder

COMMAND = "from labelbridge.cli.main import main; main()"


def bootstrap(out: Path) -> list[str]:
    data = sample_data_folder()
    arguments = ["bootstrap", str(data / "sem_unlabeled"), "--path", "direct", "--labeled", str(data / "tem_labeled")]
    arguments += ["--segmenter", str(data / "models" / "segmenter"), "--out", str(out), "--overwrite"]
    return [sys.executable, "-c", COMMAND, *arguments]


def check_nothing_looks_finished_and_is_not(out: Path) -> int:
    """Read every file under its own name in full, compare it with the provenance; return the finished results."""
    for path in out.glob("*.png"):
        np.asarray(PillowImage.open(path))
    for path in out.glob("*.tif"):
        tifffile.imread(path)
    finished = list(out.glob("*_provenance.json"))
    for record in finished:
        outputs = json.loads(record.read_text(encoding="utf-8"))["outputs"]
        assert outputs
        for name, digest in outputs.items():
            assert hashlib.sha256((out / name).read_bytes()).hexdigest() == digest, name
    return len(finished)


@pytest.mark.full
def test_kill_at_random_moments(tmp_path: Path) -> None:
    out = tmp_path / "out"
    began = time.monotonic()
    subprocess.run(bootstrap(out), check=True, capture_output=True)
    whole_s = time.monotonic() - began
    assert check_nothing_looks_finished_and_is_not(out) == 4
    moments = random.Random(0)
    for _ in range(5):
        run = subprocess.Popen(bootstrap(out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.3, 1.0) * whole_s)
        run.kill()
        run.wait()
        check_nothing_looks_finished_and_is_not(out)
    subprocess.run(bootstrap(out), check=True, capture_output=True)
    assert check_nothing_looks_finished_and_is_not(out) == 4
    assert not list(out.glob(".*"))


@pytest.mark.full(minutes=2)
@pytest.mark.parametrize("task", ["train-translator", "train-segmenter"])
def test_a_job_that_is_killed_ends_as_if_nobody_had(task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole_s = run_undisturbed(task, whole, seed=1)
    kills, weights = run_and_kill(task, killed, 1, 5, whole_s)
    assert len(kills) == 5
    assert [kill.problems for kill in kills] == [()] * 5
    assert max(kill.seen_s for kill in kills) < SEEN_WITHIN_S
    assert {kill.ending for kill in kills} <= {"lost", "finished"}
    assert weights == {weights_of(whole)}
    if task == "train-translator":  # which saves a state at each of its judgements at the latest, ten steps apart
        assert max(kill.reported - kill.saved for kill in kills) <= 10
