"""Where the memory is not enough, fewer tiles are taken at once."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.core import ArrayPlane, FloatArray, Reporter
from labelbridge.segment.nnunet import predict as predict_module
from labelbridge.segment.nnunet.predict import NnUnetSegmenter


class Hears(Reporter):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, sentence: str) -> None:
        self.said.append(sentence)


class Memory:
    """Room for some tiles at once; remembers how many were tried."""

    def __init__(self) -> None:
        self.room = 100
        self.tried: list[int] = []


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """What limits all passes."""
    limit = Memory()
    forward = NnUnetSegmenter.__dict__["_forward"]

    def limited(self: NnUnetSegmenter, strip: FloatArray, lefts: Sequence[int]) -> FloatArray:
        limit.tried.append(len(lefts))
        if len(lefts) > limit.room:
            raise torch.OutOfMemoryError("no room")
        result: FloatArray = forward(self, strip, lefts)
        return result

    monkeypatch.setattr(predict_module, "_FORWARD_PX", {"cpu": 2**19})
    monkeypatch.setattr(NnUnetSegmenter, "_forward", limited)
    return limit


def masks(reporter: Reporter) -> FloatArray:
    segmenter = NnUnetSegmenter.load(sample_data_folder() / "models" / "segmenter", device="cpu", mirroring=False)
    data = np.random.default_rng(0).random((200, 450), np.float32)
    return np.concatenate(list(segmenter.predict(ArrayPlane(data), reporter)), axis=1)


def test_fewer_tiles_at_once_give_the_same(memory: Memory) -> None:
    plenty = masks(Reporter())
    assert max(memory.tried) > 2
    memory.tried, memory.room = [], 1
    hears = Hears()
    little = masks(hears)
    np.testing.assert_allclose(little, plenty, atol=1e-4)
    assert "memory of cpu is not enough" in hears.said[0]
    assert hears.said[-1].endswith("with 1.")
    assert sum(size > 1 for size in memory.tried) == len(hears.said)  # what did not fit is not tried again


def test_a_tile_that_does_not_fit_is_told(memory: Memory) -> None:
    memory.room = 0
    with pytest.raises(torch.OutOfMemoryError):
        masks(Reporter())


def test_what_fits_is_remembered_for_the_next_closer_look(memory: Memory) -> None:
    segmenter = NnUnetSegmenter.load(sample_data_folder() / "models" / "segmenter", device="cpu")
    plane = ArrayPlane(np.random.default_rng(0).random((200, 450), np.float32))
    memory.room, first, second = 1, Hears(), Hears()
    list(segmenter.unmirrored().predict(plane, first))
    list(segmenter.unmirrored().predict(plane, second))
    assert first.said
    assert not second.said
