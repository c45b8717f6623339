"""What decides the networks and how they are trained."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, model_validator

from labelbridge.core import InputError

__all__ = ["SMALLEST_CROP_PX", "Architecture", "Preset", "SynDiffSettings"]

SMALLEST_CROP_PX = 24
"""The patch discriminator makes nothing of less."""

Preset = Literal["tiny", "cpu", "gpu", "paper"]
"""``cpu``: half an hour on two free cores; ``gpu``: 12 GB at 256 px; ``paper``: as published; ``tiny``: to try out."""


class Architecture(BaseModel):
    """Everything that decides the shape of the weights; the defaults are the published networks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    generator_channels: int = Field(default=64, ge=8, multiple_of=8)
    """Channels of the diffusive generator's first level."""

    generator_multipliers: tuple[PositiveInt, ...] = Field(default=(1, 1, 2, 2, 4, 4), min_length=1)
    """Channels of each level over those of the first; each level halves the image's sides."""

    generator_blocks: int = Field(default=2, ge=1)
    """Residual blocks of a level."""

    attention_levels: tuple[int, ...] = (5,)
    """Levels with attention, from 0; published: where the crop is 16 px wide, which is 5 for 512 px crops."""

    discriminator_channels: tuple[int, ...] = Field(default=(128, 256, 512, 512, 512, 512, 512), min_length=2)
    """Channels of the time-dependent discriminator: at the full size, then after each halving."""

    resnet_channels: int = Field(default=64, ge=4)
    """Channels of the non-diffusive generator at the full size."""

    resnet_blocks: int = Field(default=6, ge=1)
    """Residual blocks of the non-diffusive generator."""

    patchgan_channels: int = Field(default=64, ge=4)
    """Channels of the patch discriminator after its first convolution."""

    @property
    def multiple_px(self) -> int:
        """Image sides that the networks take are multiples of this."""
        return max(4, 1 << (len(self.generator_multipliers) - 1))

    @property
    def smallest_px(self) -> int:
        """Image sides that the discriminators take are at least this: each of their halvings must leave a pixel."""
        return max(SMALLEST_CROP_PX, 1 << (len(self.discriminator_channels) - 1))

    @model_validator(mode="after")
    def _check_levels(self) -> Self:
        levels = len(self.generator_multipliers)
        if any(level < 0 or level >= levels for level in self.attention_levels):
            raise ValueError(
                f"got attention_levels {list(self.attention_levels)}, expected levels from 0 to {levels - 1}"
            )
        return self


_PRESETS: dict[Preset, dict[str, Any]] = {
    "tiny": {
        "architecture": Architecture(
            generator_channels=8,
            generator_multipliers=(1, 2),
            generator_blocks=1,
            attention_levels=(),
            discriminator_channels=(8, 16, 16),
            resnet_channels=8,
            resnet_blocks=2,
            patchgan_channels=8,
        ),
        "crop_px": 32,
        "fibre_px": 24.0,
        "steps": 40,
        "steps_per_epoch": 10,
        "warmup_steps": 10,
        "checkpoint_every_s": 2.0,
        "judgements": 4,
    },
    "cpu": {
        "architecture": Architecture(
            generator_channels=32,
            generator_multipliers=(1, 2, 2, 4),
            generator_blocks=1,
            attention_levels=(3,),
            discriminator_channels=(32, 64, 128, 128, 128),
            resnet_channels=32,
            resnet_blocks=4,
            patchgan_channels=32,
        ),
        "crop_px": 64,
        "fibre_px": 40.0,
        "batch": 4,
        "steps": 1000,
        "steps_per_epoch": 40,
        "warmup_steps": 200,
        "learning_rate_discriminators": 3e-4,
        "ema_decay": 0.998,
        "judgements": 10,
    },
    "gpu": {
        "architecture": Architecture(
            generator_multipliers=(1, 1, 2, 2, 2),
            generator_blocks=1,
            attention_levels=(4,),
            discriminator_channels=(64, 128, 256, 256, 256, 256),
            patchgan_channels=64,
        ),
        "crop_px": 256,
        "steps": 50_000,
        "steps_per_epoch": 100,
        "warmup_steps": 1000,
    },
    "paper": {
        "architecture": Architecture(),
        "crop_px": 512,
        "steps": 50_000,
        "steps_per_epoch": 100,
        "warmup_steps": 1000,
        "augmentation": "flips",
        "adversarial_weight": 1.0,
        "structure_weight": 1.0,
        "tone_weight": 0.0,
        "ema_ramps": False,
        "translation_weight": 0.0,
        "texture_weight": 0.0,
    },
}


class SynDiffSettings(BaseModel):
    """How a translator is trained; `from_preset` fills in what is not given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: Preset
    """Where the values came from."""

    architecture: Architecture
    """Size of the networks."""

    crop_px: int = Field(ge=SMALLEST_CROP_PX)
    """Side of the training crops in px; smaller where an image is."""

    fibre_px: float = Field(default=60.0, gt=0)
    """Fibre diameter in px that all images are resampled to."""

    batch: int = Field(default=1, ge=1)
    """Crops of each modality in a step, on each device."""

    steps: int = Field(ge=1)
    """Training steps, the warm start not counted."""

    steps_per_epoch: int = Field(ge=1)
    """Steps after which the learning rates fall."""

    warmup_steps: int = Field(ge=0)
    """Steps of the warm start from the `intensity` mapping; 0 starts from random weights, as published."""

    structure_weight: float = Field(default=0.5, ge=0)
    """Weight of the structure term, which holds a translation to the `intensity` mapping's edges; published: 0."""

    tone_weight: float = Field(default=2.0, ge=0)
    """Weight of the tone term, which holds areas to the brightness that `intensity` gives them; published: 0."""

    adversarial_weight: float = Field(default=0.1, ge=0)
    """Weight of what the discriminators say of the generators' images; published: 1."""

    translation_weight: float = Field(default=1.0, ge=0)
    """Weight of the terms on what the diffusive generators make of real images, as in use; published: 0."""

    texture_weight: float = Field(default=6.0, ge=0)
    """Weight of the texture term, which draws the contrast and grain of translations to real ones'; published: 0."""

    augmentation: Literal["full", "flips"] = "full"
    """``full``: flips, quarter turns and intensity jitter; ``flips`` as published."""

    learning_rate_generators: float = Field(default=1.6e-4, gt=0)
    """Adam's learning rate of the generators in the first epoch."""

    learning_rate_discriminators: float = Field(default=1e-4, gt=0)
    """Adam's learning rate of the discriminators in the first epoch."""

    learning_rate_final: float = Field(default=1e-5, gt=0)
    """Learning rate that both fall to, along a cosine."""

    ema_decay: float = Field(default=0.999, ge=0, lt=1)
    """Largest decay of the moving average of the generators' weights, a step."""

    ema_ramps: bool = True
    """Whether the decay grows with the steps n, as (1 + n) / (10 + n), so that short runs leave their begin behind."""

    r1_gamma: float = Field(default=1.0, ge=0)
    """Weight of the gradient penalty R1 on the diffusive discriminators."""

    r1_every: int = Field(default=10, ge=1)
    """Steps from one R1 to the next."""

    cycle_weight: float = Field(default=0.5, ge=0)
    """Weight of the L1 of the cycles, and of the diffusive generators' L1."""

    held_out: float = Field(default=0.2, ge=0, lt=1)
    """Fraction of subjects whose images only judge the checkpoints."""

    checkpoint_every_s: float = Field(default=120.0, gt=0)
    """Seconds from one saved state to the next."""

    judgements: int = Field(default=20, ge=1)
    """How often in the run the translators are judged on the held-out images."""

    seed: int = Field(default=0, ge=0, lt=2**32)
    """Start of the random numbers."""

    def as_published(self) -> Self:
        """Return the same networks and length, trained by the published method alone."""
        added = ("structure_weight", "tone_weight", "translation_weight", "texture_weight")
        published = {"warmup_steps": 0, "adversarial_weight": 1.0, "ema_ramps": False} | dict.fromkeys(added, 0.0)
        return self.model_copy(update=published)

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
