"""The model that a plan predicts with: the one given, or one that is trained and kept."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from labelbridge.bootstrap.combinations import Remembered, choose
from labelbridge.bootstrap.plan import Plan
from labelbridge.bootstrap.settings import TutorshipSettings
from labelbridge.bootstrap.store import RESULT, claim, file_hashes, kept_folder, key_of, trained
from labelbridge.bootstrap.survey import Survey
from labelbridge.bootstrap.training import train_labeled_segmenter
from labelbridge.bootstrap.tutoring import train_further, train_tutored
from labelbridge.core import Image, Reporter

__all__ = ["PlannedModel"]


class PlannedModel:
    """The model of a plan; trained where it is neither given nor kept from before.

    Parameters
    ----------
    plan
        What to do.
    found
        How L and U compare, or None where nothing is to be trained for that.
    unlabeled
        Images of U that are learnt from.
    reporter
        Receives the training's progress and may ask to stop.

    Attributes
    ----------
    plan
        What to do; where it has a time, with the length and the rounds that were chosen, once they are.
    """

    def __init__(self, plan: Plan, found: Survey | None, unlabeled: Sequence[Image], reporter: Reporter) -> None:
        self.plan = plan
        self._found = found
        self._unlabeled = unlabeled
        self._reporter = reporter
        may_choose = plan.minutes is not None and plan.path == "tutorship" and not plan.tutored
        self._undecided = Remembered(plan, self._tutored_key(plan.settings)) if may_choose else None

    def is_missing(self) -> bool:
        """Return whether it must be trained, or its training finished, first; nothing is tried to find that out."""
        if self.plan.given is not None:
            return False
        is_decided = self._undecided is None or self._remember()
        return not (is_decided and self.folder().exists())

    def folder(self) -> Path:
        """Return where it is or will be; where the plan has a time, some seconds of the training may be tried first."""
        self.decide(len(self._unlabeled))
        return self.plan.given or self._kept / RESULT

    def trained(self) -> Path:
        """Return its folder; trains it, or goes on training, where it is not there yet."""
        self.decide(len(self._unlabeled))
        train = self._train_tutored if self.plan.path == "tutorship" else self._train_labeled
        return self.plan.given or trained(self._kept, train)

    def decide(self, images: int) -> None:
        """Choose how long to train, with so many images that get masks, where the plan has a time."""
        if self._undecided is None or self._remember():
            return
        assert self._found is not None  # a tutorship that trains has labels
        chosen, sentence = choose(self.plan, self._found, self._unlabeled, images, self._reporter)
        self._reporter.say(sentence)
        self._undecided.write(chosen)
        self._remember()

    def _remember(self) -> bool:
        """Take up what was chosen before; returns False where nothing was."""
        chosen = self._undecided.read() if self._undecided else None
        if chosen is None:
            return False
        self.plan, self._undecided = replace(self.plan, settings=chosen.of(self.plan.settings)), None
        return True

    @cached_property
    def _kept(self) -> Path:
        """The folder where the model for this data and these settings is kept or will be; asked for once decided."""
        plan = self.plan
        if plan.path == "tutorship":
            return self._place_of("tutored", self._tutored_key(plan.settings))
        unused = {"device", "styled_images", "translated_share", "rounds", "length"}
        chosen = plan.settings.model_dump(mode="json", exclude=unused)
        return self._place_of("segmenter", key_of(plan.labeled, (), chosen))

    def _tutored_key(self, settings: TutorshipSettings) -> str:
        plan, unused = self.plan, {"device"}
        unused |= set() if plan.translator else {"translated_share"}
        unused |= set() if settings.rounds else {"rounds"}
        chosen = settings.model_dump(mode="json", exclude=unused)
        chosen |= {"initial": file_hashes(plan.segmenter) if plan.segmenter else {}, "scale": plan.scale}
        if plan.translator:
            chosen |= {"translator": file_hashes(plan.translator)}
        if settings.rounds:
            chosen |= {"absent": (plan.absent.everywhere, plan.absent.by_image)}
        return key_of(plan.labeled, self._unlabeled, chosen)

    def _place_of(self, kind: str, key: str) -> Path:
        """Return the folder for a model, which must be that of this key where the plan names it."""
        if self.plan.kept is None:
            return kept_folder(kind, key)
        claim(self.plan.kept, key)
        return self.plan.kept

    def _train_tutored(self, work: Path, out: Path) -> None:
        plan = self.plan
        if not plan.settings.rounds:
            self._train_first(work, out)
            return
        assert self._found is not None  # a tutorship that trains has labels
        train_further(
            self._first_model(work),
            plan.labeled,
            self._found,
            plan.settings,
            work,
            out,
            unlabeled=self._unlabeled,
            absent=plan.absent,
            translator=plan.translator,
            reporter=self._reporter,
        )

    def _first_model(self, work: Path) -> Path:
        """Return the model that self-training goes on from, which is the one of the same plan without; may train it."""
        without = self.plan.settings.model_copy(update={"rounds": 0})
        kept = work / "first" if self.plan.kept else kept_folder("tutored", self._tutored_key(without))
        return trained(kept, self._train_first)

    def _train_first(self, work: Path, out: Path) -> None:
        plan = self.plan
        assert self._found is not None  # a tutorship that trains has labels
        train_tutored(
            plan.labeled,
            self._found,
            plan.settings.model_copy(update={"rounds": 0}),
            work,
            out,
            initial=plan.segmenter,
            translator=plan.translator,
            reporter=self._reporter,
        )

    def _train_labeled(self, work: Path, out: Path) -> None:
        chosen = self.plan.settings
        train_labeled_segmenter(
            self.plan.labeled,
            work,
            out,
            preset=chosen.preset,
            seed=chosen.seed,
            device=chosen.device,
            fibre_px=chosen.fibre_px,
            features=chosen.features,
            reporter=self._reporter,
        )
