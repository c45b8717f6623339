"""What a training run can be told."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from labelbridge.core import InputError

__all__ = ["Preset", "TrainSettings"]

Preset = Literal["tiny", "cpu", "standard"]
"""``tiny``: seconds, for trying out; ``cpu``: minutes on two cores; ``standard``: nnU-Net's own plan, for a GPU."""

_PRESETS: dict[Preset, dict[str, Any]] = {
    "tiny": {
        "iterations": 10,
        "iterations_per_epoch": 5,
        "patch_px": 64,
        "batch": 2,
        "features": (8, 16),
        "validation_batches": 1,
        "workers": 0,
    },
    "cpu": {
        "iterations": 1000,
        "iterations_per_epoch": 50,
        "patch_px": 128,
        "batch": 8,
        "features": (16, 32, 64, 128),
        "optimizer": "adam",
        "learning_rate": 0.001,
        "validation_batches": 4,
        "workers": 0,
    },
    "standard": {
        "iterations": 250_000,
        "iterations_per_epoch": 250,
        "patch_px": None,
        "batch": None,
        "features": None,
        "validation_batches": 50,
        "workers": None,
        "folds": ("0", "1", "2", "3", "4"),
    },
}

_GOING_ON = 0.5
"""First learning rate of trained weights over that of random ones."""


class TrainSettings(BaseModel):
    """How a segmenter is trained; `from_preset` fills in what is not given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: Preset
    """Where the values came from."""

    iterations: int = Field(ge=1)
    """Training steps of one fold."""

    iterations_per_epoch: int = Field(ge=1)
    """Steps between two validations (of numbered folds)."""

    patch_px: int | None = Field(ge=16)
    """Side of a training patch in px; None takes nnU-Net's plan."""

    batch: int | None = Field(ge=1)
    """Patches in a step; None takes nnU-Net's plan."""

    features: tuple[int, ...] | None = Field(min_length=2)
    """Channels of each stage of the network; None takes nnU-Net's plan."""

    optimizer: Literal["sgd", "adam"] = "sgd"
    """``sgd``: nnU-Net's own; ``adam``: its AdamW, which comes further in the few steps that a CPU has time for."""

    learning_rate: float = Field(default=0.01, gt=0)
    """Learning rate of the first step; it falls to nearly 0 at the last."""

    folds: tuple[str, ...] = ("all",)
    """``all`` trains on everything; ``0`` to ``4`` leave a fifth of the subjects out for validation."""

    validation_batches: int = Field(ge=1)
    """Batches of one validation."""

    workers: int | None = Field(ge=0)
    """Processes that prepare patches; 0 prepares them in the training process; None leaves it to nnU-Net."""

    seed: int = Field(default=0, ge=0, lt=2**32)
    """Start of the random numbers."""

    @classmethod
    def from_preset(cls, preset: Preset, **overrides: Any) -> Self:
        """Return the settings of a preset, some of them replaced by `overrides`; InputError where they do not fit."""
        if preset not in _PRESETS:
            raise InputError(f"got preset '{preset}', expected one of {list(_PRESETS)}.")
        try:
            return cls(**{"preset": preset, **_PRESETS[preset], **overrides})
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(part) for part in problem["loc"])
            raise InputError(f"training settings: {where}{': ' if where else ''}{problem['msg']}.") from error

    @classmethod
    def keeping_plan(cls, preset: Preset, **overrides: Any) -> Self:
        """Return the settings of a training that goes on from a model, with its network, patches and batches.

        The learning rate begins at half of the preset's, which is for random weights.
        """
        going_on = {
            "folds": ("all",),
            "patch_px": None,
            "features": None,
            "batch": None,
            "learning_rate": _GOING_ON * cls.from_preset(preset).learning_rate,
        }
        return cls.from_preset(preset, **{**going_on, **overrides})

    @field_validator("folds")
    @classmethod
    def _check_folds(cls, folds: tuple[str, ...]) -> tuple[str, ...]:
        allowed = {"all", "0", "1", "2", "3", "4"}
        if not folds or set(folds) - allowed or len(set(folds)) != len(folds):
            raise ValueError(f"got folds {list(folds)}, expected some of {sorted(allowed)}, each once")
        return folds

    @model_validator(mode="after")
    def _check_patch(self) -> Self:
        if (self.patch_px is None) != (self.features is None):
            raise ValueError("patch_px and features are given together or both left to nnU-Net")
        if self.patch_px is not None and self.features is not None:
            step = 2 ** (len(self.features) - 1)
            if self.patch_px % step or self.patch_px // step < 4:
                raise ValueError(
                    f"got patch_px {self.patch_px} for {len(self.features)} stages, expected a multiple of {step}, "
                    f"at least {4 * step}"
                )
        return self
