"""Labelled images out of a raw data set of nnU-Net v2."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from labelbridge.core import Image, InputError, LabelMap
from labelbridge.io.images import read_image
from labelbridge.io.labelfiles.nnunet import DatasetDescription, read_description
from labelbridge.io.maskfiles import MaskFiles
from labelbridge.io.masks import read_label_map
from labelbridge.io.names import IMAGE_ENDINGS

__all__ = ["read_cases"]


def read_cases(
    folder: Path, *, classes: Sequence[str], channel: str | int | None, pixel_size_um: float | None
) -> Iterator[tuple[Image, LabelMap]]:
    """Read the images of ``imagesTr/`` that have a file in ``labelsTr/``.

    Parameters
    ----------
    folder
        ``DatasetNNN_Name``.
    classes
        Classes to keep, as `read_label_map` takes them.
    channel
        Where a case has several files, ``<case>_0000`` and so on: which of them, by number or by its name in
        dataset.json. Else as `read_image` takes it.
    pixel_size_um
        Side of a pixel; None takes what the files say, or LabelBridge's note in dataset.json.

    Raises
    ------
    InputError
        Where dataset.json or a file cannot be used, or a channel must be chosen.
    """
    description = read_description(folder)
    for case, files in _cases(folder, description).items():
        label = folder / "labelsTr" / f"{case}{description.file_ending}"
        if not label.is_file():
            continue
        file, rest = _choose(files, channel, description)
        image = read_image(file, channel=rest, pixel_size_um=pixel_size_um)
        size = image.pixel_size_um or description.pixel_sizes_um.get(case)
        yield replace(image, name=case, pixel_size_um=size), read_label_map(MaskFiles(case, whole=label), classes)


def _cases(folder: Path, description: DatasetDescription) -> dict[str, dict[int, Path]]:
    """Return the files of each case by the number of their channel."""
    ending = description.file_ending
    if not ending.lower().endswith(IMAGE_ENDINGS):
        known = ", ".join(IMAGE_ENDINGS)
        raise InputError(f"{description.path}: got the file ending '{ending}', expected one of {known}.")
    if not (folder / "imagesTr").is_dir():
        raise InputError(f"{folder}: got an nnU-Net data set without imagesTr/, expected the images in it.")
    cases: dict[str, dict[int, Path]] = {}
    for file in sorted((folder / "imagesTr").iterdir()):
        name = re.fullmatch(rf"(.+)_(\d{{4}}){re.escape(ending)}", file.name)
        if name and not file.name.startswith("."):
            cases.setdefault(name[1], {})[int(name[2])] = file
    return cases


def _choose(
    files: Mapping[int, Path], channel: str | int | None, description: DatasetDescription
) -> tuple[Path, str | int | None]:
    """Return the file to read and which of its own channels."""
    if len(files) == 1:
        return next(iter(files.values())), channel
    numbers = {name.lower(): number for number, name in description.channels.items()}
    number = numbers.get(channel.lower()) if isinstance(channel, str) else channel
    if number is not None and number in files:
        return files[number], None
    got = ", ".join(f"{one} ({description.channels.get(one, 'unnamed')})" for one in sorted(files))
    first = files[min(files)]
    raise InputError(f"{first}: got an image of the channels {got}, expected one; name the one to use with --channel.")
