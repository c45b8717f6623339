"""Which path was advised, for what, and what becomes of the choices when the advice is taken."""

from dataclasses import dataclass
from typing import Self

from labelbridge.bootstrap.advice.found import Advice
from labelbridge.bootstrap.advice.words import numbers_of
from labelbridge.plugin.presenters.planning import Draft

__all__ = ["SHOWN_SIGNS", "GivenAdvice", "Subject", "advice_rows", "other_paths"]

SHOWN_SIGNS = {"trust": "Trust", "steady": "Steady", "plausible": "Fibres", "fitting": "Edges"}
"""The signs that a dock has room for, with their titles."""


@dataclass(frozen=True)
class Subject:
    """What an advice is about; of anything else it says nothing.

    Attributes
    ----------
    layer
        Layer of the image.
    chosen
        What is chosen for it, but for the path.
    scale
        U's fibre size over L's as the user gave it, or None.
    """

    layer: object
    chosen: tuple[object, ...]
    scale: float | None

    @classmethod
    def of(cls, draft: Draft) -> Self:
        """Return what an advice for a draft would be about."""
        choices = draft.choices
        chosen = choices.labeled, choices.model, choices.translator, choices.preset, choices.channel, choices.planes
        return cls(draft.shown.layer if draft.shown else None, chosen, draft.scale)


@dataclass(frozen=True)
class GivenAdvice:
    """An advice, and what it is about."""

    subject: Subject
    advice: Advice

    def on(self, draft: Draft) -> Advice | None:
        """Return the advice where it is about a draft, else None."""
        return self.advice if self.subject == Subject.of(draft) else None

    def choices(self, draft: Draft) -> dict[str, object]:
        """Return the choices, by their names, that take the advice; none where nothing is recommended."""
        recommended = self.advice.recommended
        if recommended is None:
            return {}
        without_model = {"model": None} if draft.is_tutored and recommended.path != "tutorship" else {}
        translator = {} if draft.is_tutored else {"translator": recommended.translator}
        return {"path": recommended.path, **translator, **without_model}


def advice_rows(advice: Advice | None) -> dict[str, list[str]]:
    """Return the numbers of the paths that were tried, in percent, by their names on short lines; of `SHOWN_SIGNS`."""
    tried = (one for one in advice.paths if one.signs) if advice else ()
    return {one.name.replace(", ", ",\n"): numbers_of(one, tuple(SHOWN_SIGNS)) for one in tried}


def other_paths(advice: Advice | None) -> str:
    """Return what is said of the paths that are not recommended, a line each."""
    others = (one for one in advice.paths if one != advice.recommended) if advice else ()
    return "\n".join(f"{one.name}: {one.sentence}" for one in others)
