"""What can be set in a project, from the caller's words to those of the document."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

from pydantic import JsonValue, TypeAdapter, ValidationError

from labelbridge.core import InputError
from labelbridge.io.atomic import to_json
from labelbridge.io.project.document import ImageState, ProjectDocument, ProjectImage

__all__ = ["ImageChanges", "ProjectChanges", "changed_document", "changed_image"]

_SETTINGS: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])

_PlaceOf = Callable[[Path], str]


class ProjectChanges(TypedDict, total=False):
    """What `Project.update` can set; what is not given stays."""

    name: str
    labeled_sets: Sequence[Path]
    models: Sequence[Path]
    translators: Sequence[Path]
    channel: str | int
    settings: Mapping[str, object]
    current: str | None


class ImageChanges(TypedDict, total=False):
    """What `Project.update_image` can set; what is not given stays."""

    state: ImageState
    notes: str
    pixel_size_um: float | None
    channel: str | int | None
    plane: int | None
    absent: Sequence[str]
    masks: Sequence[Path]
    journal: Path | None


def changed_document(document: ProjectDocument, changes: ProjectChanges, place_of: _PlaceOf) -> ProjectDocument:
    """Return a document with changes; paths become places, each once."""
    values: dict[str, object] = dict(changes)
    if "labeled_sets" in changes:
        values["labeled_sets"] = _places(changes["labeled_sets"], place_of)
    if "models" in changes:
        values["models"] = _places(changes["models"], place_of)
    if "translators" in changes:
        values["translators"] = _places(changes["translators"], place_of)
    if "settings" in changes:
        values["settings"] = _SETTINGS.validate_json(to_json(changes["settings"]))
    return document.model_copy(update=values)


def changed_image(image: ProjectImage, changes: ImageChanges, place_of: _PlaceOf) -> ProjectImage:
    """Return an image with changes and their time; raises InputError where a value makes no sense."""
    values: dict[str, object] = {**image.model_dump(), **changes, "changed": datetime.now(UTC)}
    if "masks" in changes:
        values["masks"] = _places(changes["masks"], place_of)
    if journal := changes.get("journal"):
        values["journal"] = place_of(journal)
    try:
        return ProjectImage.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"{image.name}: got {first['input']!r} as {where}; {first['msg']}.") from error


def _places(paths: Iterable[Path], place_of: _PlaceOf) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(place_of, paths)))
