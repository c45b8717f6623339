"""How long the steps of a tutorship take as a rule, by the names that those who do them give them."""

from labelbridge.bootstrap.settings import Preset
from labelbridge.bootstrap.tasks.stages import Step
from labelbridge.translate.syndiff.settings import Preset as TranslatorPreset

__all__ = ["mask_steps", "model_steps", "round_steps", "translator_steps"]

_MINUTE_S = 60.0
_TRANSLATOR_S: dict[TranslatorPreset, float] = {"tiny": 20, "cpu": 35 * 60, "gpu": 6 * 3600, "paper": 48 * 3600}
_TRAINING_S: dict[Preset, float] = {"tiny": 5, "cpu": 5 * 60, "standard": 10 * 3600}
"""For which they are made: two cores for ``cpu``, a graphics card for ``gpu``, ``paper`` and ``standard``."""

_DRAWING_S, _TRANSLATION_S, _WRITING_S, _PREPROCESSING_S = 0.08, 2.5, 0.01, 0.05
"""Of each styled image."""

_CALIBRATION_S = 20.0
_ROUND_S: dict[Preset, float] = {"tiny": 5, "cpu": 75, "standard": 2 * 3600}
"""Of the training of a round of self-training."""

_ROUND_STYLED, _ROUND_IMAGES, _LOOKING_S = 200, 400, 15.0
"""Styled images of all rounds, images that a round learns from, and seconds of having each new image labelled."""

_SEGMENTING_S, _DECIDING_S = 9.0, 1.0
"""Of each new image."""


def translator_steps(preset: TranslatorPreset, minutes: float | None) -> list[Step]:
    """Return the steps of a translator's training, which may be given less than its preset takes."""
    seconds = min(_TRANSLATOR_S[preset], minutes * _MINUTE_S) if minutes else _TRANSLATOR_S[preset]
    return [Step(("warm start", "training"), seconds)]


def model_steps(preset: Preset, drawn: int, translated: int) -> list[Step]:
    """Return the steps from so many styled images, of which a translator makes some, to a model trained on them."""
    return [
        Step(("style",), drawn * _DRAWING_S),
        Step(("translating labelled images",), translated * _TRANSLATION_S),
        Step(("writing the training set",), (drawn + translated) * _WRITING_S),
        Step(("preprocessing",), (drawn + translated) * _PREPROCESSING_S),
        Step(("training",), _TRAINING_S[preset]),
        Step(("calibrating",), _CALIBRATION_S),
    ]


def round_steps(preset: Preset, rounds: int, images: int) -> list[Step]:
    """Return the steps of so many rounds of self-training on so many new images."""
    learning = [
        Step((f"round {number}: {name}",), seconds)
        for number in range(1, rounds + 1)
        for name, seconds in (
            ("looking", images * _LOOKING_S),
            ("writing", _ROUND_IMAGES * _WRITING_S),
            ("preprocessing", _ROUND_IMAGES * _PREPROCESSING_S),
            ("training", _ROUND_S[preset]),
        )
    ]
    styled_s = _ROUND_STYLED * _DRAWING_S
    before, after = Step(("self-training: style",), styled_s), Step(("self-training: calibrating",), _CALIBRATION_S)
    return [before, *learning, after] if rounds else []


def mask_steps(images: int) -> list[Step]:
    """Return the steps from so many images to their masks."""
    return [Step(("segmenting",), images * _SEGMENTING_S), Step(("making masks",), images * _DECIDING_S)]
