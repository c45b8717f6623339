"""The models that can be chosen: those kept on this computer, those added from elsewhere, and those to download."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.core import AXON, MYELIN, InputError, ModelCard, TranslatorCard
from labelbridge.io.modelfolder import find_models, read_any_card
from labelbridge.io.userdata import user_data_folder
from labelbridge.jobs import JobFolder, JobStore
from labelbridge.segment.catalogue import CATALOGUE, CatalogueEntry
from labelbridge.segment.download import installed

__all__ = [
    "KnownModel",
    "describe_entry",
    "downloadable",
    "job_results",
    "kept_models_folder",
    "known_models",
    "known_translators",
]

_POLARITY = {"bright-axon": "bright axons in dark myelin", "dark-axon": "dark axons in bright myelin"}


@dataclass(frozen=True)
class KnownModel:
    """A model folder and what it says of itself.

    Attributes
    ----------
    folder
        Where it is.
    card
        Its card, or None where it cannot be read.
    problem
        Why it cannot be used, a sentence; empty where it can.
    is_sample
        Whether it is one of the small models of the sample data.
    job
        Name of the job whose result it is; empty where it is none.
    """

    folder: Path
    card: ModelCard | TranslatorCard | None
    problem: str = ""
    is_sample: bool = False
    job: str = ""

    @property
    def is_tutored(self) -> bool:
        """Whether it comes from a finished tutorship."""
        return self.card is not None and self.card.kind == "tutored-segmenter"

    @property
    def remembers_look(self) -> bool:
        """Whether it knows how the images look that it was trained on."""
        return self.card is not None and self.card.kind != "translator" and self.card.style is not None

    @property
    def title(self) -> str:
        """A short line for a list."""
        if self.card is None:
            return f"{self.folder.name} (cannot be read)"
        sample = "sample: " if self.is_sample else ""
        place = self.job or self.folder.name
        of = f" ({place})" if place not in ("result", self.card.name) else ""
        return f"{sample}{self.card.name}{of}"

    @property
    def facts(self) -> str:
        """Modality, classes, structure size, provenance and licence, a few words each."""
        if self.card is None:
            return self.problem
        return " ".join(f"{fact[0].upper()}{fact[1:]}." for fact in _facts(self.folder, self.card))


def kept_models_folder() -> Path:
    """Return the folder where models are kept that were trained or downloaded."""
    return user_data_folder() / "models"


def job_results() -> list[Path]:
    """Return the results of all jobs that have one."""
    return [folder.result for folder in JobStore().folders() if folder.result.is_dir()]


def known_models(places: Iterable[Path], added: Iterable[Path] = ()) -> list[KnownModel]:
    """Return the models that segment, each once: those in `places`, those `added`, and those of the sample data."""
    found = [_known(folder) for folder in _folders(places, added)]
    return [model for model in found if model.card is None or model.card.kind != "translator"] + _samples()


def known_translators(places: Iterable[Path], added: Iterable[Path] = ()) -> list[KnownModel]:
    """Return the trained translators, as `known_models` does."""
    found = [_known(folder) for folder in _folders(places, added)]
    return [model for model in found if model.card is not None and model.card.kind == "translator"]


def downloadable() -> list[CatalogueEntry]:
    """Return the released models that are not here yet."""
    return [entry for entry in CATALOGUE.values() if installed(entry, kept_models_folder()) is None]


def describe_entry(entry: CatalogueEntry) -> str:
    """Return what is known of a released model before it is downloaded."""
    smallest, largest = entry.pixel_sizes_um
    size = f"{smallest:g} um" if smallest == largest else f"{smallest:g} to {largest:g} um"
    return (
        f"{entry.description} Trained on {entry.modality}, pixels of {size}. Classes: {', '.join(entry.classes)}. "
        f"Licence: {entry.licence}; see {entry.page}"
    )


def _folders(places: Iterable[Path], added: Iterable[Path]) -> list[Path]:
    kept = [folder for place in places if place.is_dir() for folder in find_models(place)]
    return list(dict.fromkeys([*kept, *added]))


def _samples() -> list[KnownModel]:
    try:
        folders = find_models(sample_data_folder() / "models")
    except InputError:  # an installation without sample data
        return []
    return [_known(folder, is_sample=True) for folder in folders]


def _known(folder: Path, *, is_sample: bool = False) -> KnownModel:
    try:
        card = read_any_card(folder)
    except InputError as error:
        return KnownModel(folder, None, str(error), is_sample)
    return KnownModel(folder, card, _problem(card), is_sample, _job_of(folder))


def _job_of(folder: Path) -> str:
    """Return the name of the job whose result, or a part of it, a folder is; empty where there is none."""
    jobs = (JobFolder(place) for place in (folder.parent, folder.parent.parent))
    return next(
        (job.path.name for job in jobs if job.result in (folder, folder.parent) and job.spec_file.is_file()), ""
    )


def _problem(card: ModelCard | TranslatorCard) -> str:
    if card.kind == "translator":
        return ""
    missing = [name for name in (AXON, MYELIN) if name not in card.classes]
    if not missing:
        return ""
    return (
        f"The model '{card.name}' has the classes {', '.join(card.classes[1:])} and no {' and no '.join(missing)}; "
        "choose another model."
    )


def _facts(folder: Path, card: ModelCard | TranslatorCard) -> list[str]:
    size = f"fibres of {card.structure_size_px:.0f} px" if card.structure_size_px else "fibres of unknown size"
    made = card.origin or "trained by LabelBridge"
    return [fact for fact in (_modality(folder, card), _content(card), size, made, f"licence: {card.licence}") if fact]


def _modality(folder: Path, card: ModelCard | TranslatorCard) -> str:
    if entry := CATALOGUE.get(folder.name):
        return entry.modality
    style = card.labeled_style if card.kind == "translator" else card.style
    look = _POLARITY[style.polarity] if style else ""
    return f"learned from {look}" if look and card.kind == "tutored-segmenter" else look


def _content(card: ModelCard | TranslatorCard) -> str:
    return card.method if card.kind == "translator" else f"classes: {', '.join(card.classes[1:])}"
