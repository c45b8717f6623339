import numpy as np
import pytest

from labelbridge.core import Image, LabeledImage, LabelMap
from make_phantoms import make_sem, make_tem


def sample(pixels: np.ndarray, labels: np.ndarray, name: str) -> LabeledImage:
    return LabeledImage(Image(pixels.astype(np.float32), name), LabelMap(np.where(labels > 2, 0, labels)), name)


@pytest.fixture(scope="session")
def tem() -> list[LabeledImage]:
    return [sample(*make_tem(seed), f"tem-{seed}") for seed in (901, 902, 903)]


@pytest.fixture(scope="session")
def sem() -> list[LabeledImage]:
    return [sample(*make_sem(seed, (384, 384)), f"sem-{seed}") for seed in (904, 905, 906, 907)]
