import numpy as np
import pytest

from labelbridge.bootstrap.segmenting import predict_at_size
from labelbridge.bootstrap.topology import enclosed_axons
from labelbridge.core import AXON_MYELIN, ClassMap, FloatArray, Image, Prediction, Reporter


class Fake:
    """A segmenter that calls bright pixels axon and remembers what it was given."""

    def __init__(self, structure_size_px: float | None) -> None:
        self._size = structure_size_px
        self.seen: tuple[int, int] = (0, 0)

    @property
    def classes(self) -> ClassMap:
        return AXON_MYELIN

    @property
    def structure_size_px(self) -> float | None:
        return self._size

    def predict(self, image: Image, reporter: Reporter) -> FloatArray:
        self.seen = image.shape
        myelin = image.data.astype(np.float32)
        return np.stack([1 - myelin, np.zeros_like(myelin), myelin])


@pytest.mark.parametrize("shape", [(100, 100), (61, 133), (17, 200)])
@pytest.mark.parametrize("fibre_px", [5.0, 30.0, 60.0, 900.0])
def test_the_result_has_exactly_the_shape_of_the_image(shape: tuple[int, int], fibre_px: float) -> None:
    image = Image(np.random.default_rng(0).random(shape, np.float32), "image")
    prediction = predict_at_size(Fake(60.0), image, fibre_px, Reporter())
    assert prediction.probabilities.shape == (3, *shape)
    assert np.allclose(prediction.probabilities.sum(axis=0), 1, atol=1e-4)


def test_the_model_sees_fibres_of_its_size() -> None:
    image = Image(np.zeros((120, 200), np.float32), "image")
    fake = Fake(60.0)
    predict_at_size(fake, image, 30.0, Reporter())
    assert fake.seen == (240, 400)
    predict_at_size(Fake(None), image, 30.0, Reporter())
    unknown = Fake(None)
    predict_at_size(unknown, image, 30.0, Reporter())
    assert unknown.seen == image.shape


def fibres(ring: slice) -> Prediction:
    """Two axon discs, one within a ring of myelin (of which only the rows of `ring` are there), one bare."""
    y, x = np.mgrid[:80, :160]
    probabilities = np.zeros((3, 80, 160), np.float32)
    probabilities[0] = 0.8
    probabilities[1:] = 0.1
    first, second = np.hypot(y - 40, x - 40), np.hypot(y - 40, x - 120)
    myelin = np.zeros((80, 160), bool)
    myelin[ring] = ((first >= 12) & (first < 20))[ring]
    probabilities[:, myelin] = np.array([[0.1], [0.1], [0.8]])
    probabilities[:, (first < 12) | (second < 12)] = np.array([[0.3], [0.6], [0.1]])
    return Prediction(probabilities)


def test_a_bare_axon_becomes_background_and_an_enclosed_one_stays() -> None:
    before = fibres(slice(None))
    after = enclosed_axons(before)
    assert after.labels.data[40, 40] == 1
    assert after.labels.data[40, 120] == 0
    assert np.allclose(after.probabilities.sum(axis=0), 1)
    assert before.labels.data[40, 120] == 1


def test_an_axon_in_a_quarter_of_a_ring_is_not_enclosed() -> None:
    assert enclosed_axons(fibres(slice(0, 32))).labels.data[40, 40] == 0
    assert enclosed_axons(fibres(slice(0, 60))).labels.data[40, 40] == 1


def test_nothing_to_mend_gives_the_same_prediction() -> None:
    empty = Prediction(np.stack([np.ones((20, 20)), np.zeros((20, 20)), np.zeros((20, 20))]).astype(np.float32))
    assert enclosed_axons(empty) is empty
