"""Images of the user: found in folders, read as one grey plane."""

from pathlib import Path

from labelbridge.core import FloatArray, Image, InputError
from labelbridge.io.channels import grey_plane
from labelbridge.io.decode import open_raster
from labelbridge.io.names import IMAGE_ENDINGS, MASK_FOLDERS, ZARR_ENDING, image_files, image_stem, is_companion
from labelbridge.io.omezarr import holds_only_labels
from labelbridge.io.pixels import Pixels, raster_of
from labelbridge.io.pixelsize import find_pixel_size

__all__ = ["find_images", "read_image", "select_plane"]

_NNUNET_IMAGES = {"labelsTr": "imagesTr", "labelsTs": "imagesTs"}


def read_image(
    path: Path, *, channel: str | int | None = None, index: int | None = None, pixel_size_um: float | None = None
) -> Image:
    """Read one grey plane from a PNG, JPEG or TIFF file or an OME-Zarr folder; only this plane is decoded.

    Parameters
    ----------
    path
        Integers, floats or one bit; grey, grey and alpha, RGB, RGBA, palette or any number of channels.
    channel
        Index from 0, the file's own name of it, or ``red``, ``green``, ``blue``, ``alpha``, ``luminance``. None takes
        grey as it is and makes colour luminance (Rec. 601); alpha is left out.
    index
        Plane of a stack, from 0, in the file's order; None where there is but one.
    pixel_size_um
        Side of a pixel in um; None looks for it as `find_pixel_size` does.

    Returns
    -------
    Image
        Intensities (Y, X), float32, in the units of the file, on disk where they are many; its name is the stem
        without ``.ome``.

    Raises
    ------
    InputError
        Where the file cannot be read as one finite plane, or has no such channel, or its pixel size is nonsense.
    """
    with open_raster(path, index=index) as raster:
        plane = grey_plane(path, raster, channel)
    return Image(plane, image_stem(path), find_pixel_size(path, explicit_um=pixel_size_um), path)


def find_images(path: Path) -> list[Path]:
    """Return the images to work on: a file or Zarr folder itself, or all images in a folder and below, sorted.

    Left out are hidden files, ``derivatives/``, ``masks/`` and ``labels/`` beside ``images/``, ``labelsTr/`` beside
    ``imagesTr/``, Zarr folders that hold
    labels alone, and what was made from an image: ``_seg-*``, ``_overlay``, ``_uncertainty``, ``_instance-map``.

    Raises
    ------
    InputError
        Where the path is missing or the folder holds no image.
    """
    if not path.exists():
        raise InputError(f"{path}: there is no such file or folder; check the path.")
    if not path.is_dir() or path.name.lower().endswith(ZARR_ENDING):
        return [path]
    found = [file for file in image_files(path) if not _set_aside(file, path)]
    if not found:
        known = ", ".join((*IMAGE_ENDINGS, ZARR_ENDING))
        raise InputError(f"{path}: got a folder without images, expected at least one ({known}) that is not a mask.")
    return found


def _set_aside(file: Path, root: Path) -> bool:
    """Tell whether what is named like an image is none to work on."""
    if is_companion(file) or holds_only_labels(file):
        return True
    return any(part.name == "derivatives" or _holds_masks(root / part) for part in file.relative_to(root).parents)


def _holds_masks(folder: Path) -> bool:
    """Tell whether a folder holds the masks of the images in the folder beside it."""
    beside = "images" if folder.name in MASK_FOLDERS else _NNUNET_IMAGES.get(folder.name)
    return beside is not None and (folder.parent / beside).is_dir()


def select_plane(path: Path, pixels: Pixels, channel: str | int | None) -> FloatArray:
    """Return one grey plane (Y, X) of decoded pixels, as `read_image` describes; raises InputError naming `path`."""
    return grey_plane(path, raster_of(pixels), channel)
