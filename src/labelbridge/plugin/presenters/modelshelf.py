"""The models and translators that can be chosen now."""

from collections.abc import Callable
from pathlib import Path

from labelbridge.core import InputError
from labelbridge.plugin.presenters.choices import BootstrapChoices
from labelbridge.plugin.presenters.knownmodels import (
    KnownModel,
    job_results,
    kept_models_folder,
    known_models,
    known_translators,
)
from labelbridge.plugin.presenters.preferences import Preferences

__all__ = ["ModelShelf"]


class ModelShelf:
    """Knows which models there are, and keeps choices to these.

    Parameters
    ----------
    preferences
        Gives the folder that the user prefers for models; raises InputError where that cannot be used.

    Attributes
    ----------
    models, translators
        What can be chosen, as of the latest look.
    """

    def __init__(self, preferences: Callable[[], Preferences]) -> None:
        self._preferences = preferences
        self.models: list[KnownModel] = []
        self.translators: list[KnownModel] = []

    @property
    def folder(self) -> Path:
        """Where imported models go: the folder preferred, else where trained models are kept."""
        try:
            return self._preferences().model_folder
        except InputError:
            return kept_models_folder()

    def look(self, choices: BootstrapChoices) -> BootstrapChoices:
        """Look which models there are, and return the choices without those that are gone."""
        places = dict.fromkeys([kept_models_folder(), self.folder, *job_results()])
        self.models = known_models(places, choices.added_models)
        self.translators = known_translators(places, choices.added_translators)
        folders = {one.folder for one in (*self.models, *self.translators)}
        gone = {name: None for name in ("model", "translator") if getattr(choices, name) not in folders}
        return choices.having(**gone)

    def add(self, folder: Path, choices: BootstrapChoices) -> BootstrapChoices:
        """Take in a model's folder, and return the choices with it as the model or the translator."""
        noted = choices.having(
            added_models=tuple(dict.fromkeys([*choices.added_models, folder])),
            added_translators=tuple(dict.fromkeys([*choices.added_translators, folder])),
        )
        seen = self.look(noted)
        is_translator = any(one.folder == folder for one in self.translators)
        return seen.having(**{"translator" if is_translator else "model": folder})

    def model(self, folder: Path | None) -> KnownModel | None:
        """Return the model of a folder; None where there is none."""
        return next((model for model in self.models if model.folder == folder), None)
