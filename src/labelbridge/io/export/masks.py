"""Masks in any form that can be read, written in any format."""

from collections.abc import Sequence
from pathlib import Path

from labelbridge.core import InputError
from labelbridge.io.atomic import check_absent, prepare_out
from labelbridge.io.export.formats import FORMATS, ExportOptions
from labelbridge.io.export.names import check_stems
from labelbridge.io.export.sources import MaskSource, find_sources

__all__ = ["export_masks"]


def export_masks(
    masks: Path,
    format_name: str,
    out: Path,
    *,
    images: Path | None = None,
    classes: Sequence[str] | None = None,
    pixel_size_um: float | None = None,
    options: ExportOptions | None = None,
) -> list[Path]:
    """Write masks in another format; what is written reads back the same.

    Parameters
    ----------
    masks
        Folder or file with masks in any form that `find_masks` finds.
    format_name
        One of `FORMATS`.
    out
        Folder for the results.
    images
        Folder of the images; None looks for them beside the masks.
    classes
        Classes to keep, ``axon`` and ``myelin`` among them; None keeps all that have a mask.
    pixel_size_um
        Side of a pixel in um; None takes what the files say.
    options
        What only some formats need.

    Returns
    -------
    list[Path]
        The files (OME-Zarr: folders) written.

    Raises
    ------
    InputError
        Where there are no masks, they cannot be read, `out` holds them, files exist already, or a format lacks
        something that it needs.
    """
    if format_name not in FORMATS:
        raise InputError(f"got the format '{format_name}', expected one of {', '.join(FORMATS)}.")
    chosen, options = FORMATS[format_name], options or ExportOptions()
    sources = find_sources(masks, images=images, classes=classes, pixel_size_um=pixel_size_um)
    if not chosen.holds_stacks:
        sources = [plane for source in sources for plane in source.each_plane()]
    check_stems(source.stem for source in sources)
    targets = [file for source in sources for file in chosen.files(source.stem, out)]
    _check_apart(sources, targets)
    if not options.overwrite:
        check_absent(targets)
    prepare_out(out)
    return chosen.write(sources, out, options)


def _check_apart(sources: Sequence[MaskSource], targets: Sequence[Path]) -> None:
    """Refuse to replace a mask by what is made of it."""
    given = {file.resolve() for source in sources for file in source.files.files}
    for target in targets:
        if target.resolve() in given:
            raise InputError(f"{target}: got a mask that the export would replace; choose another folder with --out.")
