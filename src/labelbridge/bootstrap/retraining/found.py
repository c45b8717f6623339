"""What is verified for a retraining, and whether that is enough; loads no torch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from labelbridge.bootstrap.retraining.corrected import read_corrected
from labelbridge.bootstrap.retraining.heldout import HELD_OUT_OF, Division, divide
from labelbridge.bootstrap.retraining.image import CorrectedImage
from labelbridge.bootstrap.retraining.task import RetrainTask, check_model
from labelbridge.core import InputError, Reporter, StageReporter, counted

__all__ = ["VerifiedFound", "check_retraining", "look_at_corrected"]

_LEAST_LEARNT = 4
_LEAST_HELD_OUT = 1


class VerifiedFound(BaseModel):
    """What is verified."""

    model_config = ConfigDict(frozen=True)

    images: int = 0
    """Images of which something is verified."""

    whole_images: int = 0
    """Those of them that are verified as a whole."""

    learnt_fibres: int = 0
    """Verified fibres to learn from."""

    held_out_fibres: int = 0
    """Verified fibres to measure on."""

    share: float = 0.0
    """Share of the images' pixels that is verified, 0 to 1."""

    notes: tuple[str, ...] = ()
    """Which images are left out and why, a sentence each."""

    @classmethod
    def of(cls, corrected: Sequence[CorrectedImage], divisions: Sequence[Division], notes: Sequence[str] = ()) -> Self:
        """Count what is verified."""
        sizes = [one.verified.pixels.size for one in corrected]
        verified = sum(one.verified.share * size for one, size in zip(corrected, sizes, strict=True))
        return cls(
            images=len(corrected),
            whole_images=sum(one.verified.is_whole for one in corrected),
            learnt_fibres=sum(one.learnt_fibres for one in divisions),
            held_out_fibres=sum(one.held_out_fibres for one in divisions),
            share=verified / sum(sizes) if sizes else 0.0,
            notes=tuple(notes),
        )

    @property
    def fibres(self) -> int:
        """All verified fibres."""
        return self.learnt_fibres + self.held_out_fibres

    @property
    def sentence(self) -> str:
        """What there is, in the user's words."""
        if not self.images:
            return "Nothing is verified yet."
        whole = f", {self.whole_images:,} of them as a whole" if self.whole_images else ""
        return (
            f"{counted(self.fibres, 'fibre')} in {counted(self.images, 'image')}{whole}: {_percent(self.share)} of the "
            f"pixels. {counted(self.learnt_fibres, 'fibre')} to learn from, {self.held_out_fibres:,} held out to "
            "measure on."
        )

    @property
    def problem(self) -> str:
        """What is needed, a sentence; empty where it is enough."""
        if self.learnt_fibres >= _LEAST_LEARNT and self.held_out_fibres >= _LEAST_HELD_OUT:
            return ""
        how = "accept or correct fibres in the Refine dock, or set images that are right as a whole to done"
        if not self.fibres:
            return f"No fibre is verified: {how}."
        missing = max(_LEAST_LEARNT - self.learnt_fibres, 0 if self.held_out_fibres else HELD_OUT_OF)
        return (
            f"{counted(self.fibres, 'fibre')} in {counted(self.images, 'image')} are verified, {self.learnt_fibres:,} "
            f"to learn from and {self.held_out_fibres:,} held out to measure on, expected at least {_LEAST_LEARNT} and "
            f"{_LEAST_HELD_OUT}; verify about {missing} more: {how}."
        )

    def check(self) -> None:
        """Raise InputError where it is not enough."""
        if self.problem:
            raise InputError(self.problem)


class _Notes(StageReporter):
    """Keeps what is said, and passes on all else.

    Attributes
    ----------
    sentences
        What was said.
    """

    def __init__(self, inner: Reporter) -> None:
        super().__init__(inner, "")
        self.sentences: list[str] = []

    def progress(self, done: float, total: float, stage: str) -> None:
        """Pass on as it is."""
        self._inner.progress(done, total, stage)

    def say(self, sentence: str) -> None:
        """Keep the sentence."""
        self.sentences.append(sentence)


def look_at_corrected(task: RetrainTask, reporter: Reporter) -> VerifiedFound:
    """Look what is verified, as the training will do it.

    Raises
    ------
    InputError
        Where the model or the masks cannot be used.
    Cancelled
        Where the reporter asked to stop.
    """
    notes = _Notes(reporter)
    corrected = read_corrected(task, check_model(task.model).classes[1:], notes)
    return VerifiedFound.of(corrected, [divide(one) for one in corrected], notes.sentences)


def check_retraining(task: RetrainTask, _: Path | None) -> None:
    """Raise InputError where the model or the masks cannot be used, or too little of these is verified."""
    look_at_corrected(task, Reporter()).check()


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share < 0.1 else f"{100 * share:.0f} %"
