"""Small sets of both modalities for tests of what happens before a training."""

from pathlib import Path

import numpy as np
from PIL import Image as PillowImage

from make_phantoms import make_sem, make_tem

__all__ = ["write_pixels", "write_sets"]


def write_sets(root: Path) -> None:
    """Write ``tem``, three labelled images of 230 px, and ``sem``, three of 130 x 120 px and two subjects."""
    for seed in (11, 12, 13):
        pixels, labels = make_tem(seed, (230, 230))
        write_pixels(pixels, root / f"tem/sub-m{seed}/tile{seed}.png")
        for value, name in ((1, "axon"), (2, "myelin")):
            write_pixels(
                ((labels == value) * 255).astype(np.uint8), root / f"tem/sub-m{seed}/tile{seed}_seg-{name}.png"
            )
    for seed, subject in ((21, "r1"), (22, "r1"), (23, "r2")):
        write_pixels(make_sem(seed, (130, 120))[0], root / f"sem/sub-{subject}_sample-{seed}_SEM.png")


def write_pixels(pixels: np.ndarray, file: Path) -> None:
    """Write an image, with the folders above it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    PillowImage.fromarray(pixels).save(file)
