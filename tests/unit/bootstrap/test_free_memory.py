"""How much memory there is, and how much was taken."""

from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from labelbridge.bootstrap.trial import freememory
from labelbridge.bootstrap.trial.freememory import PeakMemory, free_bytes, taken_bytes

CPU = torch.device("cpu")


@pytest.mark.parametrize(("limit", "used", "free"), [("5000", "2000", 3000), ("max", "2000", None), (None, None, None)])
def test_what_a_container_may_take_counts(
    limit: str | None, used: str | None, free: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("_LIMIT", limit), ("_USED", used)):
        monkeypatch.setattr(freememory, name, tmp_path / name)
        if text is not None:
            (tmp_path / name).write_text(text, encoding="ascii")
    found = free_bytes(CPU)
    if free is not None:
        assert found == free
    else:
        assert found == pytest.approx(psutil.virtual_memory().available, rel=0.5)


def test_a_peak_is_seen_though_it_is_over() -> None:
    before = taken_bytes(CPU)
    with PeakMemory(CPU) as memory:
        taken = np.ones(50_000_000, np.float32)
        assert taken.sum() > 0
        while memory.peak_bytes < before + 150_000_000:
            pass
        del taken
    assert memory.peak_bytes > before + 150_000_000
