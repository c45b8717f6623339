"""The files of one result: masks, uncertainty, a picture and where it all comes from."""

from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np

from labelbridge.core import AXON, MYELIN, AnyArray, Image, InputError, Prediction
from labelbridge.io.atomic import check_absent, to_json, write_files
from labelbridge.io.export import check_stem, encode_masks, encode_png
from labelbridge.io.names import AXONMYELIN
from labelbridge.io.overlay import draw_overlay

__all__ = ["result_files", "write_image", "write_result"]

_UM_PER_CM = 1e4


def result_files(name: str, out: Path, classes: tuple[str, ...] = (AXON, MYELIN)) -> list[Path]:
    """Return the files that `write_result` writes for an image of this name, the mark of completion last.

    Raises
    ------
    InputError
        Where the name cannot begin a file's name.
    """
    check_stem(name)
    endings = [f"seg-{what}.png" for what in (*classes, AXONMYELIN)]
    return [out / f"{name}_{end}" for end in (*endings, "uncertainty.tif", "overlay.png", "provenance.json")]


def write_result(
    prediction: Prediction, image: Image, out: Path, *, provenance: Mapping[str, object], overwrite: bool
) -> list[Path]:
    """Write a prediction beside others in one folder, all files or none.

    ``<name>_seg-<class>.png`` (0, 255), ``_seg-axonmyelin.png`` (0, 127 myelin, 255 axon), ``_uncertainty.tif``
    (float32, 0 to 1, with the pixel size where it is known), ``_overlay.png`` and, last, ``_provenance.json``: a result
    without it is not finished.

    Parameters
    ----------
    prediction
        Of the image's shape.
    image
        The image as the user gave it; its name begins the files' names.
    out
        Folder; made where it is missing.
    provenance
        Written with the SHA-256 of each file under ``outputs``.
    overwrite
        Replace files that exist.

    Returns
    -------
    list[Path]
        The files written.

    Raises
    ------
    InputError
        Where a file exists, the shapes differ, or the disk does not take the files.
    """
    labels = prediction.labels
    if labels.shape != image.shape:
        raise InputError(f"{image.name}: got a prediction of {labels.shape} for an image of {image.shape}.")
    targets = result_files(image.name, out, labels.classes.foreground)
    if not overwrite:
        check_absent(targets)
    encoded = [
        *encode_masks(labels).values(),
        _encode_tiff(prediction.uncertainty, image.pixel_size_um),
        encode_png(draw_overlay(image, labels)),
    ]
    contents = dict(zip(targets[:-1], encoded, strict=True))
    hashes = {target.name: sha256(content).hexdigest() for target, content in contents.items()}
    return write_files(contents | {targets[-1]: to_json({**provenance, "outputs": hashes})}, overwrite=overwrite)


def write_image(image: Image, target: Path, *, overwrite: bool) -> Path:
    """Write an image with intensities in [0, 1] as a 16-bit TIFF, with its pixel size where it is known.

    Raises
    ------
    InputError
        Where the file exists and may not be replaced, or the disk does not take it.
    """
    pixels = np.round(np.clip(image.data, 0.0, 1.0) * np.iinfo(np.uint16).max).astype(np.uint16)
    return write_files({target: _encode_tiff(pixels, image.pixel_size_um)}, overwrite=overwrite)[0]


def _encode_tiff(plane: AnyArray, pixel_size_um: float | None) -> bytes:
    """Return a compressed TIFF (Y, X) with pixels per cm in its tags where the size of a pixel is known."""
    import tifffile

    density = _UM_PER_CM / pixel_size_um if pixel_size_um else None
    stream = BytesIO()
    tifffile.imwrite(
        stream,
        plane,
        compression="zlib",
        metadata=None,
        resolution=(density, density) if density else None,
        resolutionunit="CENTIMETER" if density else None,
    )
    return stream.getvalue()
