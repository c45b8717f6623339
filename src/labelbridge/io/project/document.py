"""What project.json says."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from labelbridge.core import InputError
from labelbridge.io.export import check_stem

__all__ = ["FORMAT", "ImageState", "ProjectDocument", "ProjectImage"]

FORMAT: Literal[1] = 1
"""Version of the file's layout."""

ImageState = Literal["new", "bootstrapped", "in correction", "done"]
"""How far an image is."""


def _folder_name(name: str) -> str:
    try:
        check_stem(name)
    except InputError as error:
        raise ValueError(str(error)) from error
    return name


class _Kept(BaseModel):
    """What this version does not know stays as it is."""

    model_config = ConfigDict(frozen=True, extra="allow")


class ProjectImage(_Kept):
    """An image of U; a place is a path as `labelbridge.io.project.places` writes it."""

    name: Annotated[str, AfterValidator(_folder_name)]
    """Its name in the project, which no other image has, and that of its folder in ``masks/``."""

    place: str
    """The file, or the OME-Zarr folder."""

    sha256: str
    """Hash of its bytes: tells it from others wherever it lies."""

    size_bytes: NonNegativeInt
    """Length of the file, or of all files of the folder."""

    shape: tuple[PositiveInt, PositiveInt]
    """Height and width in px."""

    pixel_size_um: PositiveFloat | None = None
    """Side of a pixel in um, or None where unknown."""

    channel: str | int | None = None
    """Channel, as `labelbridge.io.read_image` takes it; None takes that of the project."""

    plane: NonNegativeInt | None = None
    """Plane of a stack, from 0; None where there is but one, or all are meant."""

    absent: tuple[str, ...] = ()
    """Classes that it does not have, as the user says."""

    state: ImageState = "new"
    """How far it is."""

    masks: tuple[str, ...] = ()
    """Places of the files with the current masks."""

    journal: str | None = None
    """Place of the journal of its correction."""

    notes: str = ""
    """What the user has noted."""

    added: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    """When it came into the project, UTC."""

    changed: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    """When any of this last changed, UTC."""


class ProjectDocument(_Kept):
    """All that a project remembers."""

    format: Literal[1] = FORMAT
    """Version of this file's layout."""

    name: str
    """What the user calls it."""

    created: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    """When it was made, UTC."""

    changed: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    """When it was last saved, UTC."""

    images: tuple[ProjectImage, ...] = ()
    """Images of U, in the order in which they came."""

    labeled_sets: tuple[str, ...] = ()
    """Places of the labelled sets of L."""

    models: tuple[str, ...] = ()
    """Places of the folders of models."""

    translators: tuple[str, ...] = ()
    """Places of the folders of translators."""

    channel: str | int = "luminance"
    """Channel of images that have none of their own: what is taken of colours; grey images are their luminance."""

    settings: dict[str, JsonValue] = Field(default_factory=dict)
    """Settings of the bootstrap; their meaning is its own."""

    current: str | None = None
    """Name of the image that was worked on last; it may be gone from the project by now."""

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        names = [image.name.casefold() for image in self.images]
        if len(set(names)) < len(names):
            raise ValueError("got two images of one name")
        return self
