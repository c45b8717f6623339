"""NVIDIA's driver, which knows the graphics card also where torch does not."""

import re
import shutil
import subprocess
from dataclasses import dataclass

from labelbridge.doctor.finding import first_line

__all__ = ["DriverFacts", "look_at_driver", "parse_driver"]

_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class DriverFacts:
    """What `nvidia-smi` says.

    Attributes
    ----------
    gpus
        Names of NVIDIA's graphics cards; empty where there is none.
    version
        Of the driver.
    cuda
        Newest CUDA that the driver supports, e.g. (12, 4).
    error
        Why `nvidia-smi` is there and does not answer.
    """

    gpus: tuple[str, ...] = ()
    version: str | None = None
    cuda: tuple[int, int] | None = None
    error: str | None = None


def look_at_driver() -> DriverFacts:
    """Ask `nvidia-smi`, where there is one."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return DriverFacts()
    try:
        return parse_driver(_ask(tool), _ask(tool, "--list-gpus"))
    except subprocess.TimeoutExpired:
        return DriverFacts(error=f"nvidia-smi did not answer within {_TIMEOUT_S:.0f} s")
    except subprocess.CalledProcessError as error:
        return DriverFacts(error=first_line(error.stdout or error.stderr or error))
    except OSError as error:
        return DriverFacts(error=first_line(error))


def parse_driver(table: str, cards: str) -> DriverFacts:
    """Read what `nvidia-smi` and `nvidia-smi --list-gpus` print."""
    version = re.search(r"Driver Version:\s*([\d.]+)", table)
    cuda = re.search(r"CUDA[\w ]* Version:\s*(\d+)\.(\d+)", table)
    return DriverFacts(
        gpus=tuple(re.findall(r"^GPU \d+: (.+?)(?: \(UUID.*)?$", cards, flags=re.MULTILINE)),
        version=version[1] if version else None,
        cuda=(int(cuda[1]), int(cuda[2])) if cuda else None,
    )


def _ask(tool: str, *arguments: str) -> str:
    command = [tool, *arguments]
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", errors="replace", timeout=_TIMEOUT_S, check=True
    ).stdout
