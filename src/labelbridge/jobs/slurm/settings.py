"""What a job asks of a cluster: a small TOML file."""

import re
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from labelbridge.core import InputError

__all__ = ["SlurmSettings", "read_slurm_settings"]

_TIME = re.compile(r"(?:(?P<days>\d+)-)?(?P<hours>\d+):(?P<minutes>[0-5]\d):(?P<seconds>[0-5]\d)")

_Word = Annotated[str, StringConstraints(pattern=r"^[^\s#]+$")]
_Line = Annotated[str, StringConstraints(pattern=r"^[^\r\n]+$")]


class SlurmSettings(BaseModel):
    """What sbatch is told; what is left out is the cluster's own default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    partition: _Word | None = None
    """Partition of the cluster, or several with commas between."""

    account: _Word | None = None
    """Account that the time is charged to."""

    qos: _Word | None = None
    """Quality of service."""

    time: str | None = None
    """Most time for one stay, as ``hours:minutes:seconds`` or ``days-hours:minutes:seconds``; what takes longer saves
    its work before that, queues again and goes on."""

    gpus: int | None = Field(default=None, ge=0)
    """Graphics cards; None: as many as the job's ``devices`` where its ``device`` is ``cuda``, else none."""

    cpus: int | None = Field(default=None, ge=1)
    """Processor cores."""

    memory_gb: float | None = Field(default=None, gt=0)
    """Main memory in GB."""

    options: tuple[_Line, ...] = ()
    """Further options of sbatch, such as ``--constraint=a100``."""

    setup: tuple[_Line, ...] = ()
    """Lines of shell that are run on the cluster's computer before the job, such as ``module load cuda``."""

    python: _Line | None = None
    """Python with labelbridge on the cluster's computers; None: the one that submits."""

    @field_validator("time")
    @classmethod
    def _check_time(cls, time: str | None) -> str | None:
        if time is not None and not _TIME.fullmatch(time):
            raise ValueError('expected hours:minutes:seconds, such as "12:00:00", or "2-00:00:00" for two days')
        return time

    @field_validator("options")
    @classmethod
    def _check_options(cls, options: tuple[str, ...]) -> tuple[str, ...]:
        if strange := [option for option in options if not option.startswith("--")]:
            raise ValueError(f'expected options of sbatch, such as "--constraint=a100", not "{strange[0]}"')
        return options

    @property
    def time_s(self) -> int | None:
        """Most time for one stay in seconds; None for the cluster's default."""
        found = _TIME.fullmatch(self.time or "")
        if found is None:
            return None
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def read_slurm_settings(file: Path) -> SlurmSettings:
    """Read the settings of a cluster from a TOML file.

    Raises
    ------
    InputError
        Where there is no such file, it is no TOML, or a setting has a wrong name or value.
    """
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise InputError(f"{file}: got no settings of a cluster ({why}), expected a TOML file.") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file}: got a file that is no TOML ({error}); correct it there.") from error
    if unknown := sorted(content.keys() - SlurmSettings.model_fields.keys()):
        raise InputError(f"{file}: got {unknown[0]}, expected some of {', '.join(SlurmSettings.model_fields)}.")
    try:
        return SlurmSettings.model_validate(content)
    except ValidationError as error:
        problem = error.errors()[0]
        what = problem["msg"].removeprefix("Value error, ")
        raise InputError(f"{file}: got {problem['input']!r} for {problem['loc'][0]}: {what}.") from error
