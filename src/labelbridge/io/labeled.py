"""Labelled sets: images with their masks, in the layouts that users have."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from labelbridge.core import AXON, MYELIN, InputError, LabeledImage, NoLabels
from labelbridge.io.images import find_images, read_image
from labelbridge.io.labelfiles.nnunet import is_raw_dataset
from labelbridge.io.maskfiles import MaskFiles, collect_masks
from labelbridge.io.masks import read_label_map
from labelbridge.io.names import MASK_FOLDERS, ZARR_ENDING, image_stem, subject_of
from labelbridge.io.omezarr import holds_only_labels
from labelbridge.io.rawdataset import read_cases

__all__ = ["read_labeled_set"]

_LAYOUTS = (
    "a BIDS data set with derivatives/labels, masks beside their images (<image>_seg-axon.png and "
    "<image>_seg-myelin.png, or <image>_seg-axonmyelin.png), folders images/ and masks/ or labels/ with files of the "
    "same name, or an nnU-Net data set with dataset.json, imagesTr/ and labelsTr/"
)


def read_labeled_set(
    folder: Path,
    *,
    classes: Sequence[str] = (AXON, MYELIN),
    channel: str | int | None = None,
    pixel_size_um: float | None = None,
) -> list[LabeledImage]:
    """Read all labelled images of a folder.

    The layouts: BIDS (images in ``sub-*/micr``, masks in ``derivatives/labels``), AxonDeepSeg's masks beside the
    image, or ``images/`` with ``masks/`` or ``labels/``, where a mask has the image's stem (0 background, 127 myelin,
    255 axon; or 0, 1, 2) or the stem and a class (``<stem>_axon.png``). ``-manual`` at the end of a mask's name is
    ignored. Masks may also be what `labelbridge export` writes: ``<stem>_seg.ome.tif``, ``<stem>_seg.ome.zarr`` (with
    the image in it, or beside it) or ``<stem>.geojson``. Or a raw data set of nnU-Net: ``dataset.json``,
    ``imagesTr/``, ``labelsTr/``. Images without masks are left out.

    Parameters
    ----------
    folder
        Root of the set.
    classes
        Class names to keep, ``axon`` and ``myelin`` among them; all others become background. A further class that has
        no file for an image is nowhere in it.
    channel, pixel_size_um
        As `read_image` takes them, for every image; as `read_cases` does, for a set of nnU-Net.

    Returns
    -------
    list[LabeledImage]
        Sorted by path; classes are ``background``, then `classes` in their order. Where masks overlap the axon wins
        over the myelin, and both over further classes. The subject is the ``sub-`` part of the path, or None.

    Raises
    ------
    NoLabels
        Where nothing is labelled.
    InputError
        Where no image has any axon or any myelin, or a file cannot be used.
    """
    if not folder.is_dir():
        got = "a file" if folder.exists() else "a path that does not exist"
        raise InputError(f"{folder}: got {got}, expected a folder with labelled images; check the path.")
    if is_raw_dataset(folder):
        cases = read_cases(folder, classes=classes, channel=channel, pixel_size_um=pixel_size_um)
        samples = [LabeledImage(image, labels, subject_of(Path(image.name))) for image, labels in cases]
    else:
        pairs = _find_pairs(folder, classes)
        samples = [_read(image, masks, folder, classes, channel, pixel_size_um) for image, masks in pairs]
    if not samples:
        raise NoLabels(f"{folder}: got no labelled image, expected {_LAYOUTS}.")
    for name in (AXON, MYELIN):
        if not any(sample.labels.mask(name).any() for sample in samples):
            raise InputError(
                f"{folder}: got {len(samples)} labelled images without any {name} pixel, expected {name} in at least "
                f"one; check that the masks hold what their names say."
            )
    return samples


def _find_pairs(folder: Path, classes: Sequence[str]) -> list[tuple[Path, MaskFiles]]:
    images, masks = _roots(folder)
    found = collect_masks(masks, classes)
    with_image = [(files.whole, files) for files in found.values() if files.whole and _holds_image(files.whole)]
    if found and len(with_image) == len(found):
        return sorted(with_image, key=lambda pair: pair[0])
    places = ((image, (image.parent.relative_to(images), image_stem(image))) for image in find_images(images))
    return [(image, found[place]) for image, place in places if place in found]


def _holds_image(labels: Path) -> bool:
    """Return True for an OME-Zarr folder that holds an image beside its labels."""
    return labels.suffix.lower() == ZARR_ENDING and not holds_only_labels(labels)


def _roots(folder: Path) -> tuple[Path, Path]:
    """Return the folder below which the images lie and the one below which their masks lie in the same places."""
    bids = folder / "derivatives" / "labels"
    if bids.is_dir():
        return folder, bids
    plain = [folder / name for name in MASK_FOLDERS if (folder / name).is_dir()]
    if plain and (folder / "images").is_dir():
        return folder / "images", plain[0]
    return folder, folder


def _read(
    path: Path,
    masks: MaskFiles,
    root: Path,
    classes: Sequence[str],
    channel: str | int | None,
    pixel_size_um: float | None,
) -> LabeledImage:
    image = read_image(path, channel=channel, pixel_size_um=pixel_size_um)
    labels = read_label_map(masks, classes, shape=image.shape)
    return LabeledImage(replace(image, name=masks.stem), labels, subject_of(path.relative_to(root)))
