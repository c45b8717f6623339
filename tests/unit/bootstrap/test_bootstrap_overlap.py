"""How much tiles overlap, from the plan to the networks."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labelbridge.bootstrap import Bootstrap, Plan, TutorshipSettings
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.bootstrap.server import work
from labelbridge.bootstrap.server.messages import Request
from labelbridge.bootstrap.translating import TranslateRequest, translate_files
from labelbridge.core import AXON_MYELIN, FloatArray, Image, InputError, Plane, Reporter
from labelbridge.segment.nnunet.predict import NnUnetSegmenter
from labelbridge.translate.syndiff.predict import SynDiffTranslator
from make_phantoms import make_sem

CPU = TutorshipSettings(device="cpu")
SEGMENTER = sample_data_folder() / "models" / "segmenter"


@pytest.fixture(scope="module")
def images() -> list[Image]:
    return [Image(make_sem(91, (120, 130))[0].astype(np.float32), "sem")]


class Counting(Reporter):
    """Counts the tiles that are segmented."""

    def __init__(self) -> None:
        self.tiles = 0.0

    def progress(self, done: float, total: float, stage: str) -> None:
        if stage == "segmenting":
            self.tiles = total


def tiles(overlap: float | None) -> float:
    image = Image(np.random.default_rng(92).random((600, 600), np.float32), "noise")
    counting = Counting()
    plan = Plan("direct", segmenter=SEGMENTER, scale=0.25, tile_overlap=overlap, settings=CPU)
    Bootstrap(plan, [image], counting).predict_seen(image)
    return counting.tiles


def test_more_overlap_makes_more_tiles_and_none_is_half(monkeypatch: pytest.MonkeyPatch) -> None:
    def undecided(segmenter: Any, strip: FloatArray, lefts: Sequence[int]) -> FloatArray:
        return np.zeros((len(lefts), 3, *segmenter._model.patch), np.float32)  # noqa: SLF001

    monkeypatch.setattr(NnUnetSegmenter, "_forward", undecided)
    assert tiles(0.0) < tiles(0.25) < tiles(0.5) < tiles(0.75)
    assert tiles(None) == tiles(0.5)


def test_segmenter_and_translator_get_that_of_the_plan(images: list[Image], monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    class Undecided:
        classes = AXON_MYELIN
        structure_size_px = 60.0

        def predict(self, plane: Plane, reporter: Reporter) -> Iterator[FloatArray]:
            yield np.full((3, *plane.shape), 1 / 3, np.float32)

        def unmirrored(self) -> "Undecided":
            return self

        def at(self, fibre_px: float) -> "Undecided":
            return self

        def to_labeled(self, image: Image, reporter: Reporter) -> Image:
            return image

    def load(kind: str) -> Any:
        def made(folder: Path, *_: object, overlap: float | None = None, **__: object) -> Undecided:
            given[kind] = overlap
            return Undecided()

        return made

    monkeypatch.setattr(NnUnetSegmenter, "load", load("segmenter"))
    monkeypatch.setattr(SynDiffTranslator, "load", load("translator"))
    for module in ("plan", "run"):
        monkeypatch.setattr(f"labelbridge.bootstrap.{module}.read_translator_card", lambda folder: None)
    plan = Plan("adaptation", segmenter=SEGMENTER, translator=SEGMENTER, tile_overlap=0.75, settings=CPU)
    Bootstrap(plan, images).predict_seen(images[0])
    assert given == {"segmenter": 0.75, "translator": 0.75}


def test_an_overlap_that_cannot_be_is_told_before_anything_runs(images: list[Image]) -> None:
    with pytest.raises(InputError, match=r"got a tile overlap of 0\.8"):
        Bootstrap(Plan("direct", segmenter=SEGMENTER, tile_overlap=0.8), images)


def test_the_server_keeps_no_bootstrap_of_another_overlap(images: list[Image], tmp_path: Path) -> None:
    keys = {
        work._key(Request(Plan("direct", segmenter=SEGMENTER, tile_overlap=overlap), images), tmp_path)  # noqa: SLF001
        for overlap in (None, 0.25)
    }
    assert len(keys) == 2


def test_a_translation_by_intensities_has_no_tiles(tmp_path: Path) -> None:
    request = TranslateRequest([tmp_path], "labeled", tmp_path / "out", tmp_path, tmp_path, tile_overlap=0.5)
    with pytest.raises(InputError, match=r"got --tile-overlap 0\.5 .* needs no tiles; leave it out"):
        translate_files(request, Reporter(), lambda _: None)
