import sys
from pathlib import Path

import numpy as np
import pytest

from labelbridge.core import Image, LabeledImage, LabelMap
from make_phantoms import make_sem, make_tem

sys.path.insert(0, str(Path(__file__).parent))  # correctedscenes.py, which several tests draw from


@pytest.fixture(scope="module")
def labeled() -> list[LabeledImage]:
    """A small labelled phantom of L."""
    pixels, labels = make_tem(51, (200, 200))
    return [LabeledImage(Image(pixels.astype(np.float32), "tem"), LabelMap(np.where(labels > 2, 0, labels)))]


@pytest.fixture(scope="module")
def new() -> list[Image]:
    """Small phantoms of U."""
    return [Image(make_sem(seed, (120, 120))[0].astype(np.float32), f"sem-{seed}") for seed in (52, 53)]
