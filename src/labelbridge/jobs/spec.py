"""What a job is to do."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

from labelbridge.core import Device
from labelbridge.io import versions

__all__ = ["JobSpec"]

_SETTINGS: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])
_WHERE_NOT_WHAT = frozenset({"device"})
"""Settings that may change between a run and its continuation."""


class JobSpec(BaseModel):
    """spec.json of a job."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = 1
    """Version of this file's layout."""

    task: str
    """Name of the task, see `labelbridge.jobs.tasks`."""

    settings: dict[str, JsonValue]
    """What the task is told, as JSON."""

    versions: dict[str, str] = Field(default_factory=versions)
    """Versions of LabelBridge, Python and the packages that decide the numbers."""

    created: datetime = Field(default_factory=lambda: datetime.now(UTC))
    """When the job was made."""

    @classmethod
    def of(cls, task: str, settings: Mapping[str, object]) -> Self:
        """Return the spec of a task; paths and tuples among the settings become text and lists."""
        return cls(task=task, settings=_SETTINGS.validate_json(_ANYTHING.dump_json(dict(settings))))

    def on_device(self, device: Device | None) -> Self:
        """Return the spec with another device; the same for None and for a task that is told none."""
        if device is None or "device" not in self.settings:
            return self
        return self.model_copy(update={"settings": {**self.settings, "device": device}})

    def differences(self, other: Self) -> list[str]:
        """Say in what the work of two specs differs, e.g. ``seed (0, now 1)``; where it runs does not count."""
        mine = {"task": self.task, **self.settings}
        theirs = {"task": other.task, **other.settings}
        names = sorted((mine.keys() | theirs.keys()) - _WHERE_NOT_WHAT)
        return [
            f"{name} ({mine.get(name)}, now {theirs.get(name)})" for name in names if mine.get(name) != theirs.get(name)
        ]


_ANYTHING: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])
