"""The fibre at a pixel, found without looking at the whole image."""

import numpy as np
import pytest
from drawnfibres import blank, disc, draw, scene

from labelbridge.core import AXON, MYELIN, InputError
from labelbridge.refine.repairs import (
    Fibre,
    delete_fibre,
    fibre_at,
    fill_ring,
    grow_ring,
    smooth_fibre,
    split_axon,
    windows,
)


def in_image(fibre: Fibre) -> tuple[np.ndarray, np.ndarray]:
    axon, myelin = np.zeros((2, *fibre.shape), bool)
    axon[fibre.window], myelin[fibre.window] = fibre.axon, fibre.myelin
    return axon, myelin


def test_a_fibre_is_an_axon_and_its_ring() -> None:
    layers = blank()
    draw(layers, (40, 50), 8, 12)
    draw(layers, (40, 20), 8, 12)
    for at in ((40, 50), (40, 60), (47, 50)):
        axon, myelin = in_image(fibre_at(layers, at))
        assert np.array_equal(axon, disc((80, 100), (40, 50), 8))
        assert np.array_equal(axon | myelin, disc((80, 100), (40, 50), 12))


def test_myelin_of_touching_rings_belongs_to_the_nearer_axon() -> None:
    layers = blank()
    draw(layers, (40, 30), 8, 14)
    draw(layers, (40, 53), 8, 14)
    _, left = in_image(fibre_at(layers, (40, 30)))
    _, right = in_image(fibre_at(layers, (40, 65)))
    assert np.array_equal(left | right, layers[MYELIN] > 0)
    assert not np.any(left & right)
    assert left[:, :42].sum() == layers[MYELIN][:, :42].sum()
    assert right[:, 42:].sum() == layers[MYELIN][:, 42:].sum()


def test_myelin_in_the_very_middle_belongs_to_neither_until_one_is_gone() -> None:
    layers = blank()
    layers[MYELIN][10:20, 10:31] = 1
    for columns in (slice(12, 17), slice(24, 29)):
        layers[AXON][12:18, columns] = 1
        layers[MYELIN][12:18, columns] = 0
    _, left = in_image(fibre_at(layers, (14, 14)))
    _, right = in_image(fibre_at(layers, (14, 26)))
    assert set(np.argwhere((layers[MYELIN] > 0) & ~left & ~right)[:, 1].tolist()) == {20}
    layers[AXON][:, 12:17] = 0
    assert in_image(fibre_at(layers, (14, 20)))[1][10:20, 20].all()


def test_myelin_that_is_not_connected_belongs_to_another_fibre() -> None:
    layers = blank()
    draw(layers, (40, 30), 5, 7)
    draw(layers, (40, 46), 5, 7, hollow=True)
    axon, myelin = in_image(fibre_at(layers, (40, 30)))
    assert np.array_equal(axon | myelin, disc((80, 100), (40, 30), 7))


@pytest.mark.parametrize("seed", range(4))
def test_a_small_window_finds_what_the_whole_image_finds(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = scene(seed)
    places = np.argwhere(layers[AXON])[:: 97 + seed]
    found = {}
    for margin_px in (2, 32, 1000):
        monkeypatch.setattr(windows, "_MARGIN_PX", margin_px)
        found[margin_px] = [fibre_at(layers, (int(row), int(column))) for row, column in places]
    for small, usual, whole in zip(*found.values(), strict=True):
        assert small.window == usual.window == whole.window
        assert np.array_equal(small.myelin, whole.myelin)
        assert np.array_equal(usual.myelin, whole.myelin)


def test_a_narrow_gap_between_axon_and_myelin_does_not_part_them() -> None:
    layers = blank()
    draw(layers, (40, 50), 10, 14, hollow=True)
    layers[AXON][disc((80, 100), (40, 50), 8.5)] = 1
    for at in ((40, 50), (40, 62)):
        assert np.array_equal(in_image(fibre_at(layers, at))[1], layers[MYELIN] > 0)


def test_a_large_fibre_makes_the_window_grow() -> None:
    layers = blank((700, 600))
    draw(layers, (350, 300), 200, 280)
    fibre = fibre_at(layers, (350, 570))
    assert fibre.window == (slice(70, 631), slice(20, 581))
    assert fibre.axon.sum() == layers[AXON].sum()
    assert fibre.myelin.sum() == layers[MYELIN].sum()


def test_an_area_of_a_further_class_is_a_fibre_where_asked_for() -> None:
    layers = blank()
    layers["uaxon"][10:20, 30:45] = 1
    fibre = fibre_at(layers, (12, 33), any_class=True)
    assert (fibre.kind, fibre.window) == ("uaxon", (slice(10, 20), slice(30, 45)))
    assert fibre.axon.all()
    assert not fibre.myelin.any()
    with pytest.raises(InputError, match="click on uaxon at row 12, column 33; click an axon"):
        fibre_at(layers, (12, 33))


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        ((1, 2), "click on background at row 1, column 2; click an axon"),
        ((80, 2), "row 80, column 2, outside the image of 100 x 80 px"),
        ((-1, 2), "outside the image"),
        ((40, 60), "myelin without axon at row 40, column 60; fill its axon first"),
    ],
)
def test_a_click_on_no_fibre_is_explained(at: tuple[int, int], sentence: str) -> None:
    layers = blank()
    draw(layers, (40, 50), 8, 12, hollow=True)
    with pytest.raises(InputError, match=sentence):
        fibre_at(layers, at)


def test_an_axon_may_fill_the_whole_image() -> None:
    layers = blank((5, 4))
    layers[AXON][:] = 1
    assert fibre_at(layers, (2, 2)).axon.sum() == 20
    assert not delete_fibre(layers, (2, 2)).is_empty
    assert smooth_fibre(layers, (2, 2), 2).is_empty
    assert grow_ring(layers, (2, 2), 2).is_empty


def test_an_area_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "MAX_SIDE_PX", 100)
    layers = blank((600, 600))
    layers[AXON][300] = 1
    with pytest.raises(InputError, match="too large for one fibre"):
        fibre_at(layers, (300, 300))


def test_layers_without_myelin_are_refused() -> None:
    with pytest.raises(InputError, match="expected 'axon' and 'myelin' among them"):
        fibre_at({"axon": np.zeros((9, 9), np.uint8)}, (1, 1))


class Watched(np.ndarray):
    """A large layer that counts the pixels that are looked at."""

    side = 8192
    seen = 0

    def __getitem__(self, key: object) -> object:
        part = super().__getitem__(key)  # type: ignore[index]
        if self.shape == (self.side, self.side):
            Watched.seen += np.size(part)
        return np.asarray(part) if isinstance(part, np.ndarray) else part


def test_a_repair_in_a_large_image_looks_at_a_window_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Watched, "seen", 0)
    plain = blank((Watched.side, Watched.side))
    part = blank((100, 100))
    draw(part, (50, 40), 8, 12)
    draw(part, (50, 60), 8, 12)
    for name, layer in plain.items():
        layer[5000:5100, 3000:3100] = part[name]
    layers = {name: layer.view(Watched) for name, layer in plain.items()}
    at = (5050, 3035)
    edits = [
        delete_fibre(layers, at),
        grow_ring(layers, at, 6),
        smooth_fibre(layers, at, 3),
        fill_ring(layers, (5050, 3030)),
        fill_ring(layers, at),
    ]
    with pytest.raises(InputError, match="only one axon"):
        split_axon(layers, at)
    assert 0 < Watched.seen < 1_000_000
    assert not edits[0].is_empty
    assert not edits[1].is_empty
