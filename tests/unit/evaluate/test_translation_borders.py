"""Borders of masks that lie on edges of the image, and borders that do not."""

import numpy as np
import pytest

from labelbridge.core import FloatArray, InputError, LabelArray, LabelMap
from labelbridge.evaluate.translation.borders import border_agreement
from phantoms import make_sem, make_tem

PHANTOMS = {"sem": (make_sem(5, (240, 240)), "dark-axon", 24.0), "tem": (make_tem(2, (320, 320)), "bright-axon", 100.0)}
OPPOSITE = {"dark-axon": "bright-axon", "bright-axon": "dark-axon"}

Scene = tuple[FloatArray, LabelArray, str, float]


@pytest.fixture(params=PHANTOMS)
def scene(request: pytest.FixtureRequest) -> Scene:
    (data, labels), polarity, fibre_px = PHANTOMS[request.param]
    return data.astype(np.float32), np.where(labels == 3, 0, labels).astype(np.uint8), polarity, fibre_px


def agreement(scene: Scene, labels: LabelArray) -> float:
    data, _, polarity, fibre_px = scene
    return border_agreement(LabelMap(labels), data, polarity, fibre_px)  # type: ignore[arg-type]


def test_true_masks_agree_and_the_more_they_are_shifted_the_less(scene: Scene) -> None:
    _, labels, _, fibre_px = scene
    shifts = [agreement(scene, np.roll(labels, round(part * fibre_px), 0)) for part in (0, 0.04, 0.08, 0.16)]
    assert shifts[0] > 0.6
    assert shifts == sorted(shifts, reverse=True)
    assert shifts[-1] < 0.5 * shifts[0]


def test_with_the_other_polarity_it_is_negative(scene: Scene) -> None:
    data, labels, polarity, fibre_px = scene
    other = border_agreement(LabelMap(labels), data, OPPOSITE[polarity], fibre_px)  # type: ignore[arg-type]
    assert other == pytest.approx(-agreement(scene, labels), abs=0.01)


def test_missing_fibres_and_contrast(scene: Scene) -> None:
    data, labels, polarity, fibre_px = scene
    half = np.where(np.arange(labels.shape[1]) < labels.shape[1] // 2, labels, 0)
    assert agreement(scene, half) < 0.85 * agreement(scene, labels)
    brighter = border_agreement(LabelMap(labels), 7 * data + 100, polarity, fibre_px)  # type: ignore[arg-type]
    assert brighter == pytest.approx(agreement(scene, labels), abs=1e-4)


def test_without_an_edge_it_is_zero(scene: Scene) -> None:
    data, labels, polarity, fibre_px = scene
    assert agreement(scene, np.zeros_like(labels)) == 0
    assert border_agreement(LabelMap(labels), np.zeros_like(data), polarity, fibre_px) == 0  # type: ignore[arg-type]


def test_shapes_must_agree(scene: Scene) -> None:
    with pytest.raises(InputError, match="expected one shape"):
        agreement(scene, scene[1][1:])
