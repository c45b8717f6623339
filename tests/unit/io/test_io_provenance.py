"""Hashes and records of where a result comes from."""

import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from labelbridge import __version__
from labelbridge.core import Image, InputError, LabeledImage, LabelMap
from labelbridge.io import hash_images, make_provenance, read_image, sha256_of

PLANE = np.arange(20 * 30, dtype=np.float32).reshape(20, 30)
LABELS = (PLANE % 3).astype(np.uint8)


def test_hash_of_a_file(tmp_path: Path) -> None:
    content = bytes(range(256)) * 9000
    (tmp_path / "a").write_bytes(content)
    assert sha256_of(tmp_path / "a") == sha256(content).hexdigest()


def test_hash_of_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        sha256_of(tmp_path / "a")


def test_hash_of_images_is_the_same_everywhere() -> None:
    expected = "033cbacdcfadd330e966e48e5534e39bc0672414f9eaae472a25ad7adbd47b00"
    assert hash_images([Image(PLANE, "a")]) == expected


def test_hash_of_images_ignores_names_order_and_memory_layout() -> None:
    one, two = Image(PLANE, "a"), Image(PLANE + 1, "b", 0.1)
    moved = Image(np.asfortranarray(PLANE), "z", 0.3, Path("elsewhere.png"))
    assert hash_images([one, two]) == hash_images([two, moved])


def test_hash_of_images_sees_pixels_shape_labels_and_number() -> None:
    image = Image(PLANE, "a")
    other = PLANE.copy()
    other[3, 4] += 1
    labels = LABELS.copy()
    labels[0, 0] = 2
    sets = [
        [], [image], [image, image], [Image(other, "a")], [Image(PLANE.reshape(30, 20), "a")],
        [LabeledImage(image, LabelMap(LABELS))], [LabeledImage(image, LabelMap(labels))],
        [LabeledImage(image, LabelMap(LABELS), "sub-1")],
    ]  # fmt: skip
    assert len({hash_images(one) for one in sets}) == len(sets)


def test_provenance_of_a_file_and_of_memory(tmp_path: Path) -> None:
    PillowImage.fromarray(LABELS).save(tmp_path / "a.png")
    record = make_provenance(
        [read_image(tmp_path / "a.png", pixel_size_um=0.2), Image(PLANE, "layer")],
        models={"segmenter": "tem"},
        settings={"seed": 1},
    )
    first, second = record["inputs"]
    assert first == {
        "name": "a.png", "sha256": sha256_of(tmp_path / "a.png"), "shape": [20, 30], "pixel_size_um": 0.2
    }  # fmt: skip
    assert second["name"] == "layer"
    assert len(second["sha256"]) == 64
    assert record["models"] == {"segmenter": "tem"}
    assert record["settings"] == {"seed": 1}
    assert record["versions"]["labelbridge"] == __version__
    assert {"python", "numpy"} <= set(record["versions"])
    age = datetime.now(UTC) - datetime.fromisoformat(record["created"])
    assert 0 <= age.total_seconds() < 60


def test_io_and_provenance_load_nothing_heavy() -> None:
    code = (
        "import sys; from labelbridge.io import make_provenance; make_provenance([]); "
        "sys.exit(any(name in sys.modules for name in ('torch', 'nnunetv2', 'tifffile', 'imagecodecs')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
