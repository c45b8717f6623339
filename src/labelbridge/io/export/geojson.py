"""Labels as polygons for QuPath."""

import json
from collections.abc import Iterator
from pathlib import Path

from labelbridge import __version__
from labelbridge.core import LabelMap
from labelbridge.io.atomic import write_files
from labelbridge.io.colours import class_colours
from labelbridge.io.export.names import check_stem
from labelbridge.io.export.outlines import trace_areas
from labelbridge.io.labelfiles.geojson import OWN_MEMBER

__all__ = ["geojson_file", "write_geojson"]


def geojson_file(stem: str, out: Path) -> Path:
    """Return where `write_geojson` puts the labels of an image; raises InputError for a stem that no file can have."""
    check_stem(stem)
    return out / f"{stem}.geojson"


def write_geojson(
    labels: LabelMap, stem: str, out: Path, *, overwrite: bool, pixel_size_um: float | None = None
) -> Path:
    """Write each connected area of a class as an annotation, ``<stem>.geojson``.

    Polygons follow the edges of the pixels, so they hold exactly the pixels of the labels.

    Parameters
    ----------
    labels
        The background is not written.
    stem
        Stem of the image.
    out
        Folder; made where it is missing.
    overwrite
        Replace a file that exists.
    pixel_size_um
        Side of a pixel in um; kept with the image's size in a member ``labelbridge`` of the collection.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    InputError
        Where the file exists, the stem cannot be part of a file's name, or the disk does not take it.
    """
    own = {
        "version": __version__,
        "width": labels.shape[1],
        "height": labels.shape[0],
        "pixel_size_um": pixel_size_um,
        "classes": labels.classes.foreground,
    }

    def write(path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(f'{{"type": "FeatureCollection",\n"{OWN_MEMBER}": {json.dumps(own)},\n"features": [')
            for number, feature in enumerate(_features(labels)):
                stream.write(",\n" if number else "\n")
                stream.write(feature)
            stream.write("\n]}\n")

    return write_files({geojson_file(stem, out): write}, overwrite=overwrite)[0]


def _features(labels: LabelMap) -> Iterator[str]:
    for name, colour in class_colours(labels.classes).items():
        properties = {"objectType": "annotation", "classification": {"name": name, "color": colour}}
        tail = f'}}, "properties": {json.dumps(properties)}}}'
        for rings in trace_areas(labels.mask(name)):
            coordinates = json.dumps([ring.tolist() for ring in rings], separators=(",", ":"))
            yield f'{{"type": "Feature", "geometry": {{"type": "Polygon", "coordinates": {coordinates}{tail}'
