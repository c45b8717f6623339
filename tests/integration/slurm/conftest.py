import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # slurm_on_loopback.py

from slurm_on_loopback import slurm_on_loopback, why_not


@pytest.fixture(scope="module")
def cluster_variables() -> Iterator[dict[str, str]]:
    """Set a cluster up for the tests of a file."""
    if reason := why_not():
        pytest.skip(f"no SLURM: {reason}")
    with slurm_on_loopback() as variables:
        yield variables


@pytest.fixture
def cluster(cluster_variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process and those that it starts belong to the cluster."""
    for name, value in cluster_variables.items():
        monkeypatch.setenv(name, value)
