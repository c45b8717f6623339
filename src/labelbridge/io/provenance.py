"""Where a result comes from: hashes, models, settings and versions."""

import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from importlib import metadata
from pathlib import Path

import numpy as np

from labelbridge import __version__
from labelbridge.core import AnyArray, Image, InputError, LabeledImage, bands

__all__ = ["hash_images", "make_provenance", "sha256_of", "versions"]

_RECORDED = ("numpy", "torch", "nnunetv2")
_CHUNK_BYTES = 1 << 20


def make_provenance(
    images: Iterable[Image],
    *,
    models: Mapping[str, object] | None = None,
    settings: Mapping[str, object] | None = None,
    review: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Return what made a result, ready for `write_result` and `write_bids_derivatives`.

    Parameters
    ----------
    images
        The images that went in.
    models
        Models by their role.
    settings
        Settings by their name.
    review
        What people did to the masks, as `labelbridge.refine.review.review_record` gives it.

    Returns
    -------
    dict[str, object]
        ``inputs`` (name, SHA-256 of the file or, where there is no single file, of the pixels, shape, and pixel size
        in um), ``models``, ``settings``, ``versions``, ``created``, the time in UTC, and ``review`` where it is given.
    """
    return {
        "inputs": [_describe(image) for image in images],
        "models": dict(models or {}),
        "settings": dict(settings or {}),
        "versions": versions(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        **({} if review is None else {"review": dict(review)}),
    }


def versions() -> dict[str, str]:
    """Return the versions of LabelBridge, Python and, where installed, NumPy, torch and nnunetv2; imports none."""
    found = {"labelbridge": __version__, "python": platform.python_version()}
    for name in _RECORDED:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal; raises InputError where it cannot be read."""
    digest = sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the file and its permissions.") from error
    return digest.hexdigest()


def hash_images(images: Iterable[Image | LabeledImage]) -> str:
    """Return one SHA-256 for a set of images by their pixels and labels.

    Names, paths, pixel sizes and the order of the images do not count, so that a moved or renamed set keeps its hash;
    the subject counts, because it decides how a set is split.
    """
    digest = sha256()
    for one in sorted(_hash_image(image) for image in images):
        digest.update(one)
    return digest.hexdigest()


def _hash_image(item: Image | LabeledImage) -> bytes:
    if isinstance(item, Image):
        return sha256(_array_bytes(item.data)).digest()
    rest = repr((item.labels.classes.names, item.subject)).encode()
    return sha256(_array_bytes(item.image.data) + _array_bytes(item.labels.data) + rest).digest()


def _array_bytes(array: AnyArray) -> bytes:
    """Return shape, type and values as bytes that are the same on every machine."""
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
    return f"{little.shape}{little.dtype.str}".encode() + little.tobytes()


def _describe(image: Image) -> dict[str, object]:
    source = image.source
    return {
        "name": source.name if source else image.name,
        "sha256": sha256_of(source) if source and source.is_file() else _hash_pixels(image),
        "shape": list(image.shape),
        "pixel_size_um": image.pixel_size_um,
    }


def _hash_pixels(image: Image) -> str:
    """Return the SHA-256 of shape, type and values, which are the same on every machine; band by band."""
    digest = sha256(f"{image.data.shape}{image.data.dtype.newbyteorder('<').str}".encode())
    for band in bands(image.shape):
        digest.update(image.data[band].astype("<f4", copy=False).tobytes())
    return digest.hexdigest()
