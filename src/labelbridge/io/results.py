"""The files of one result: masks, uncertainty, a picture and where it all comes from."""

from collections.abc import Mapping
from pathlib import Path

from labelbridge.core import AXON, MYELIN, AnyArray, Image, InputError, Prediction
from labelbridge.io.atomic import Content, check_absent, to_json, write_content, write_files
from labelbridge.io.export import check_stem, encode_masks, encode_png
from labelbridge.io.export.wholenumbers import unit_as_16_bit
from labelbridge.io.names import AXONMYELIN
from labelbridge.io.overlay import draw_overlay
from labelbridge.io.provenance import sha256_of

__all__ = ["result_files", "tiff_content", "write_image", "write_result", "write_result_files"]

_UM_PER_CM = 1e4
_CLASSIC_TIFF_BYTES = 2**32 - 2**25
"""A classic TIFF cannot be larger; how well pixels compress is not known before."""


def result_files(
    name: str, out: Path, classes: tuple[str, ...] = (AXON, MYELIN), *, is_stack: bool = False
) -> list[Path]:
    """Return the files that a result of this name has, the mark of completion last.

    Parameters
    ----------
    name
        Name of the image.
    out
        Folder of the results.
    classes
        Names of the classes, without the background.
    is_stack
        Whether the masks are stacks, which are TIFFs.

    Raises
    ------
    InputError
        Where the name cannot begin a file's name.
    """
    check_stem(name)
    endings = [f"seg-{what}.{'tif' if is_stack else 'png'}" for what in (*classes, AXONMYELIN)]
    return [out / f"{name}_{end}" for end in (*endings, "uncertainty.tif", "overlay.png", "provenance.json")]


def write_result(
    prediction: Prediction, image: Image, out: Path, *, provenance: Mapping[str, object], overwrite: bool
) -> list[Path]:
    """Write a prediction beside others in one folder, all files or none.

    ``<name>_seg-<class>.png`` (0, 255), ``_seg-axonmyelin.png`` (0, 127 myelin, 255 axon), ``_uncertainty.tif``
    (float32, 0 to 1, with the pixel size where it is known), ``_overlay.png`` and, last,
    ``_provenance.json``: a result without it is not finished.

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
    masks: list[Content] = list(encode_masks(labels).values())
    uncertainty = tiff_content(prediction.uncertainty, image.pixel_size_um)
    overlay = encode_png(draw_overlay(image, labels))
    contents = dict(zip(targets[:-1], [*masks, uncertainty, overlay], strict=True))
    return write_result_files(contents, targets[-1], provenance, overwrite=overwrite)


def write_result_files(
    contents: Mapping[Path, Content], record: Path, provenance: Mapping[str, object], *, overwrite: bool
) -> list[Path]:
    """Write the files of a result and then its record: `provenance` and the SHA-256 of each file.

    Returns
    -------
    list[Path]
        The files written, `record` last.

    Raises
    ------
    InputError
        Where a file exists and may not be replaced, or the disk does not take the files.
    """
    hashes: dict[str, str] = {}

    def write_record(path: Path) -> None:
        path.write_bytes(to_json({**provenance, "outputs": hashes}))

    writers = {target: _hashing(content, target.name, hashes) for target, content in contents.items()}
    return write_files(writers | {record: write_record}, overwrite=overwrite)


def write_image(image: Image, target: Path, *, overwrite: bool) -> Path:
    """Write an image with intensities in [0, 1] as a 16-bit TIFF, with its pixel size where it is known.

    Raises
    ------
    InputError
        Where the file exists and may not be replaced, or the disk does not take it.
    """
    pixels = unit_as_16_bit(image.data)
    return write_files({target: tiff_content(pixels, image.pixel_size_um)}, overwrite=overwrite)[0]


def tiff_content(data: AnyArray, pixel_size_um: float | None) -> Content:
    """Return the writer of a compressed TIFF, with pixels per cm in its tags where the size of a pixel is known.

    Parameters
    ----------
    data
        Axes (Y, X), or (Z, Y, X) for a stack.
    pixel_size_um
        Side of a pixel in um, or None.
    """

    def write(path: Path) -> None:
        import tifffile

        density = _UM_PER_CM / pixel_size_um if pixel_size_um else None
        tifffile.imwrite(
            path,
            data,
            photometric="minisblack",
            compression="zlib",
            bigtiff=data.nbytes > _CLASSIC_TIFF_BYTES,
            metadata={"axes": "ZYX"} if data.ndim == 3 else None,
            resolution=(density, density) if density else None,
            resolutionunit="CENTIMETER" if density else None,
        )

    return write


def _hashing(content: Content, name: str, hashes: dict[str, str]) -> Content:
    """Return a writer that does as `content` and notes the SHA-256 of what it wrote."""

    def write(path: Path) -> None:
        write_content(content, path)
        hashes[name] = sha256_of(path)

    return write
