"""How a project was bootstrapped last, remembered with places that move with it."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from labelbridge.io.project import Project
from labelbridge.plugin.presenters.choices import BootstrapChoices

__all__ = ["remember_choices", "remembered_choices"]

_SETTINGS = "bootstrap"
_USES = "uses"
_PLAIN = {"path", "minutes", "preset", "planes"}


def remember_choices(project: Project, choices: BootstrapChoices) -> None:
    """Save choices in a project: files first among those that it knows, the rest in its settings.

    Raises
    ------
    InputError
        Where the project cannot be saved.
    """
    used = {"labeled": choices.labeled, "model": choices.model, "translator": choices.translator}
    plain = choices.model_dump(mode="json", include=_PLAIN)
    settings = project.document.settings | {_SETTINGS: plain | {_USES: [name for name, path in used.items() if path]}}
    project.update(
        labeled_sets=_first(choices.labeled, project.labeled_sets),
        models=_first(choices.model, project.models),
        translators=_first(choices.translator, project.translators),
        settings=settings,
    )


def remembered_choices(project: Project) -> BootstrapChoices | None:
    """Return how a project was bootstrapped last; None where it never was, or that makes no sense any more."""
    settings = project.document.settings.get(_SETTINGS)
    if not isinstance(settings, Mapping):
        return None
    places = {"labeled": project.labeled_sets, "model": project.models, "translator": project.translators}
    uses = settings.get(_USES)
    used = {name: paths[0] for name, paths in places.items() if paths and isinstance(uses, list) and name in uses}
    plain = {name: value for name, value in settings.items() if name in _PLAIN}
    added = {
        "added_models": tuple(path for path in [used.get("model")] if path),
        "added_translators": tuple(path for path in [used.get("translator")] if path),
    }
    try:
        return BootstrapChoices.model_validate({**plain, **used, **added})
    except ValidationError:
        return None


def _first(chosen: Path | None, others: tuple[Path, ...]) -> list[Path]:
    return [*([chosen] if chosen else []), *others]
