"""What class layers remember: the models that made them, and the journal of their correction."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelbridge.plugin.viewer import METADATA_KEY

if TYPE_CHECKING:
    from napari.layers import Labels

__all__ = ["journal_of", "models_of", "note_journal", "note_models"]


def note_models(layers: "Iterable[Labels]", models: Mapping[str, object]) -> None:
    """Let class layers remember the models that made them, as a bootstrap's provenance has it."""
    _note(layers, "models", models)


def models_of(layers: "Iterable[Labels]") -> Mapping[str, object] | None:
    """Return the models that made class layers; None where that is not known."""
    found: Mapping[str, object] | None = _noted(layers, "models")
    return found


def note_journal(layers: "Iterable[Labels]", journal: Path) -> None:
    """Let class layers remember the journal of their correction, which has ended."""
    _note(layers, "journal", journal)


def journal_of(layers: "Iterable[Labels]") -> Path | None:
    """Return the journal of the latest correction of class layers that has ended; None where there was none."""
    found: Path | None = _noted(layers, "journal")
    return found


def _note(layers: "Iterable[Labels]", what: str, content: object) -> None:
    for layer in layers:
        layer.metadata.setdefault(METADATA_KEY, {})[what] = content


def _noted(layers: "Iterable[Labels]", what: str) -> Any:
    notes = (layer.metadata.get(METADATA_KEY, {}) for layer in layers)
    return next((note[what] for note in notes if what in note), None)
