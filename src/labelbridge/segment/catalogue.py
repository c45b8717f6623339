"""Models that others released and that `labelbridge models download` fetches by name."""

from pydantic import BaseModel, ConfigDict

from labelbridge.core import InputError

__all__ = ["CATALOGUE", "CatalogueEntry", "find_entry"]

_PAGE = "https://github.com/axondeepseg"
_MYELINATED = ("axon", "myelin")


class CatalogueEntry(BaseModel):
    """A released model: where it is and what is known of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """What the user calls it, in lower case; also the name of its folder."""

    description: str
    """What it is for, in a sentence."""

    modality: str
    """Microscopes of the training images."""

    classes: tuple[str, ...]
    """Classes without the background; names as the project calls them, the model's own may differ."""

    pixel_sizes_um: tuple[float, float]
    """Smallest and largest pixel size of the training images in um."""

    licence: str = "unknown"
    """Licence of the weights, where the project states one."""

    page: str
    """Where the project tells more."""

    url: str
    """The zip."""

    @property
    def pixel_size_um(self) -> float | None:
        """The pixel size of the training images in um, where there is only one."""
        smallest, largest = self.pixel_sizes_um
        return smallest if smallest == largest else None


def find_entry(name: str) -> CatalogueEntry:
    """Return an entry by its name, in any case; raises InputError with all names for one that is unknown."""
    entry = CATALOGUE.get(name.lower())
    if entry is None:
        raise InputError(f"got the model '{name}', expected one of {', '.join(CATALOGUE)}.")
    return entry


_ENTRIES = (
    CatalogueEntry(
        name="generalist",
        description="Myelinated axons in images of several microscopes and species; AxonDeepSeg's default.",
        modality="TEM, SEM, BF, CARS",
        classes=_MYELINATED,
        pixel_sizes_um=(0.00236, 0.226),
        page=f"{_PAGE}/model_seg_generalist",
        url=f"{_PAGE}/model_seg_generalist/releases/download/r20240416/model_seg_generalist_light.zip",
    ),
    CatalogueEntry(
        name="dedicated-sem",
        description="Myelinated axons of the rat spinal cord in a scanning electron microscope.",
        modality="SEM",
        classes=_MYELINATED,
        pixel_sizes_um=(0.07, 0.18),
        page=f"{_PAGE}/default-SEM-model",
        url=f"{_PAGE}/default-SEM-model/releases/download/r20240403/model_seg_rat_axon-myelin_sem_light.zip",
    ),
    CatalogueEntry(
        name="dedicated-bf",
        description="Myelinated axons in bright field, learned from three sets of images.",
        modality="BF",
        classes=_MYELINATED,
        pixel_sizes_um=(0.1, 0.226),
        page=f"{_PAGE}/model_seg_generalist",
        url=f"{_PAGE}/model_seg_generalist/releases/download/r20240416/model_seg_generalist_bf_light.zip",
    ),
    CatalogueEntry(
        name="dedicated-cars",
        description="Myelinated axons of the rat spinal cord in CARS; learned from few images.",
        modality="CARS",
        classes=_MYELINATED,
        pixel_sizes_um=(0.225, 0.225),
        page=f"{_PAGE}/default-CARS-model",
        url=f"{_PAGE}/default-CARS-model/releases/download/r20240403/model_seg_rat_axon-myelin_cars_light.zip",
    ),
    CatalogueEntry(
        name="mouse-tem",
        description="Myelinated axons of the mouse corpus callosum in a transmission electron microscope.",
        modality="TEM",
        classes=_MYELINATED,
        pixel_sizes_um=(0.00236, 0.00236),
        page=f"{_PAGE}/default-TEM-model",
        url=f"{_PAGE}/default-TEM-model/releases/download/r20240403/model_seg_mouse_axon-myelin_tem_light.zip",
    ),
    CatalogueEntry(
        name="unmyelinated-tem",
        description="Myelinated and unmyelinated axons and oligodendrocytes in a transmission electron microscope.",
        modality="TEM",
        classes=("axon", "myelin", "uaxon", "nuclei", "process"),
        pixel_sizes_um=(0.00493, 0.00493),
        page=f"{_PAGE}-pipeline/model_seg_unmyelinated_tem",
        url=f"{_PAGE}-pipeline/model_seg_unmyelinated_tem/releases/download/v2.0.0/model_seg_unmyelinated_tem_light.zip",
    ),
)

CATALOGUE = {entry.name: entry for entry in _ENTRIES}
"""AxonDeepSeg's models of one fold, by name."""
