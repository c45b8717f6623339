"""From choices to a plan, or to the sentence that says what is missing."""

from dataclasses import dataclass, replace

from labelbridge.bootstrap import BootstrapPath, Plan, Preset, TutorshipSettings
from labelbridge.bootstrap.absent import AbsentClasses
from labelbridge.bootstrap.settings import best_path
from labelbridge.core import AXON, MYELIN, ModelCard, counted
from labelbridge.plugin.presenters.choices import BootstrapChoices
from labelbridge.plugin.presenters.knownmodels import KnownModel
from labelbridge.plugin.presenters.preferences import Preferences
from labelbridge.plugin.presenters.shownimage import ShownImage

__all__ = ["PATHS", "PRESETS", "Draft", "best_in", "training_question"]

PATHS: dict[BootstrapPath, str] = {
    "direct": "The model segments your image as it is: for images that look nearly like the labelled ones.",
    "adaptation": "Your image is made to look like the labelled ones, then the model segments it: quick.",
    "tutorship": "The labelled images are made to look like yours and a model learns from them: best where contrast "
    "differs, as between TEM and SEM.",
}
"""The paths, a sentence each."""

_BEST = (
    "Tutorship, trained as long as fits the time: the labelled images are made to look like yours, a model learns from "
    "them and, where time is left, from its own masks of yours."
)
_FINISHED = "The model of a finished tutorship segments your image; nothing is trained."

PRESETS: dict[Preset, str] = {
    "cpu": "quick: minutes without a graphics card",
    "standard": "thorough: hours with a graphics card",
    "tiny": "try out: seconds, useless masks",
}
"""How a model is trained where one is missing."""

_DURATIONS: dict[Preset, str] = {
    "cpu": "5 to 10 minutes on a computer with two cores, less with more",
    "standard": "some hours with a graphics card, and days without one",
    "tiny": "less than a minute",
}


@dataclass(frozen=True)
class Draft:
    """What is chosen for an image, before it is a plan.

    Attributes
    ----------
    shown
        The image, or None where there is none.
    choices
        What the user has chosen.
    model
        The model chosen, or None.
    scale
        U's fibre size over L's as the user gave it; None estimates it.
    chosen_absent
        Classes that the image does not have, as the user says.
    """

    shown: ShownImage | None
    choices: BootstrapChoices
    model: KnownModel | None
    scale: float | None = None
    chosen_absent: tuple[str, ...] = ()

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that masks are made of."""
        card = self.model.card if self.model else None
        return card.classes[1:] if isinstance(card, ModelCard) else (AXON, MYELIN)

    @property
    def absent(self) -> tuple[str, ...]:
        """Those of them that the image does not have."""
        return tuple(name for name in self.classes if name in self.chosen_absent)

    @property
    def path(self) -> BootstrapPath:
        """The path chosen, or the best that labels and model allow."""
        if self.choices.path:
            return self.choices.path
        if self.model is None:
            return "tutorship"
        best = best_path(has_labels=self.choices.labeled is not None, has_tutored=self.is_tutored)
        return "direct" if best == "adaptation" and not self.model.remembers_look else best

    @property
    def minutes(self) -> int | None:
        """Time for a tutorship that trains as long as fits; None where the settings decide, or nothing learns."""
        learns = self.path == "tutorship" and not self.is_tutored
        return self.choices.minutes if self.choices.path is None and learns else None

    @property
    def sentence(self) -> str:
        """What the path does."""
        if self.choices.path:
            return PATHS[self.choices.path]
        if self.minutes:
            return _BEST
        return _FINISHED if self.is_tutored else f"Without labelled images this is {self.path}. {PATHS[self.path]}"

    @property
    def missing(self) -> str:
        """What the user must still choose, a sentence; empty where a bootstrap can begin."""
        return self.missing_for_advice or self._conflict()

    @property
    def missing_beside_image(self) -> str:
        """What the user must still choose whichever image it is, a sentence; empty where that is nothing."""
        return self._missing_knowledge() or self._conflict()

    @property
    def missing_for_advice(self) -> str:
        """What the user must still choose whichever path it is, a sentence; empty where that is nothing."""
        if self.shown is None:
            return "Open the image to be labelled: drop its file into this window."
        return self._missing_knowledge()

    @property
    def wants_translator(self) -> bool:
        """Whether a translator has a part in this path."""
        return self.path != "direct" and not self.is_tutored

    def plan(self, preferences: Preferences) -> Plan:
        """Return the plan, without L's images; `missing` must be empty.

        Parameters
        ----------
        preferences
            On what to compute, and how much tiles overlap.
        """
        model = self.model.folder if self.model else None
        return Plan(
            self.path,
            segmenter=None if self.is_tutored else model,
            tutored=model if self.is_tutored else None,
            translator=self.choices.translator if self.wants_translator else None,
            scale=self.scale,
            tile_overlap=preferences.tile_overlap,
            absent=AbsentClasses(self.absent),
            settings=TutorshipSettings(device=preferences.device, preset=self.choices.preset),
            minutes=self.minutes,
        )

    def stock(self, preferences: Preferences) -> Plan:
        """Return all that a path could be taken with, without L's images; `missing_for_advice` must be empty."""
        plan, translator = self.plan(preferences), self.choices.translator
        return replace(plan, path="adaptation", translator=translator, absent=AbsentClasses(), minutes=None)

    @property
    def is_tutored(self) -> bool:
        """Whether the model chosen comes from a finished tutorship."""
        return self.model is not None and self.model.is_tutored

    def _knows_look(self) -> bool:
        known = self.choices.labeled is not None or self.choices.translator is not None
        return known or self.model is None or self.model.remembers_look

    def _missing_knowledge(self) -> str:
        if self.choices.labeled is None and self.model is None:
            return "Choose the folder of labelled images, a model, or both."
        return self.model.problem if self.model is not None else ""

    def _conflict(self) -> str:
        if self.is_tutored and self.path != "tutorship":
            return "This model comes from a tutorship: choose the path tutorship, or another model."
        if self.path == "tutorship" and not self.is_tutored and self.choices.labeled is None:
            return "Tutorship needs labelled images: choose their folder, or another path."
        if self.path == "adaptation" and not self._knows_look():
            return (
                "This model does not remember how its images look: choose a folder of them, with masks or without, or "
                "the path direct."
            )
        return ""


def best_in(minutes: int) -> str:
    """Return what the best path in a time is called."""
    return f"best in {counted(minutes, 'minute')}"


def training_question(plan: Plan) -> str:
    """Return what the user is asked before a training begins."""
    return (
        f"A model must be trained first. This takes {_duration(plan)}. It can be cancelled at any time and goes on "
        "later where it stopped; the model is kept and used again for the same images. Train it now?"
    )


def _duration(plan: Plan) -> str:
    if plan.minutes is None:
        return f"about {_DURATIONS[plan.settings.preset]}"
    return f"up to about {counted(round(plan.minutes), 'minute')}, longer only where the quickest training needs more"
