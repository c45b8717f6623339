import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # slurm_for_tests.py

from slurm_for_tests import FakeSlurm

from labelbridge.jobs.slurm import words


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSlurm:
    """Put the commands of a cluster in the place of all that the system has."""
    if os.name == "nt":
        pytest.skip("the commands are scripts for a shell, as SLURM's jobs are")
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    fake = FakeSlurm(folder)
    monkeypatch.setattr(words, "_heard", fake.heard)
    return fake
