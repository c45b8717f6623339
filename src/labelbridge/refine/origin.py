"""Where masks come from that a correction begins with."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator

from labelbridge.io import to_json
from labelbridge.refine.effort.session import FirstMasks

__all__ = ["MaskOrigin"]


class MaskOrigin(BaseModel):
    """Where masks come from."""

    model_config = ConfigDict(frozen=True)

    first_masks: FirstMasks = "unknown"
    """How they were made."""

    models: dict[str, Any] | None = None
    """The models that made them, as a bootstrap's provenance has it; None where that is not known."""

    @field_validator("models", mode="before")
    @classmethod
    def _as_json(cls, models: object) -> object:
        """Take paths as text, and numbers of NumPy as plain ones: all of it goes into a file."""
        return None if models is None else json.loads(to_json(models))
