"""Python, operating system, memory and cores."""

import os
import platform
import sys
from dataclasses import dataclass

from labelbridge import __version__
from labelbridge.doctor.finding import Finding, gigabytes

__all__ = [
    "NEWEST_PYTHON",
    "OLDEST_PYTHON",
    "ComputerFacts",
    "MemoryFacts",
    "computer_findings",
    "look_at_computer",
    "look_at_memory",
    "memory_findings",
]

OLDEST_PYTHON = (3, 11)
NEWEST_PYTHON = (3, 13)
"""Newest Python that LabelBridge is tested with."""

ENOUGH_MEMORY_BYTES = 8e9
_GET_PYTHON = "get one from https://www.python.org/downloads/ and install LabelBridge in a new environment"


@dataclass(frozen=True)
class ComputerFacts:
    """Python and the system below it.

    Attributes
    ----------
    python
        Version, e.g. (3, 11, 7).
    bits
        Width of Python's addresses: 64, or 32 for an old build.
    system
        Name and version of the operating system.
    long_paths
        Whether Windows takes paths of more than 260 characters; None on other systems.
    """

    python: tuple[int, int, int]
    bits: int
    system: str
    long_paths: bool | None = None


@dataclass(frozen=True)
class MemoryFacts:
    """Memory in bytes, and processor cores."""

    total_bytes: int
    free_bytes: int
    cores: int


def look_at_computer() -> ComputerFacts:
    """Ask Python and the system."""
    return ComputerFacts(
        python=sys.version_info[:3],
        bits=64 if sys.maxsize > 2**32 else 32,
        system=f"{platform.platform(aliased=True)}, {platform.machine()}",
        long_paths=_takes_long_paths(),
    )


def look_at_memory() -> MemoryFacts:
    """Ask the system."""
    import psutil

    memory = psutil.virtual_memory()
    return MemoryFacts(memory.total, memory.available, os.cpu_count() or 1)


def computer_findings(facts: ComputerFacts) -> list[Finding]:
    """Judge Python and the system."""
    findings = [Finding("labelbridge", __version__), _python(facts), Finding("system", facts.system)]
    if facts.long_paths is False:
        findings.append(
            Finding(
                "long paths",
                "at most 260 characters",
                "note",
                "Keep images in folders with short paths, or switch on Windows' setting LongPathsEnabled.",
            )
        )
    return findings


def memory_findings(facts: MemoryFacts) -> list[Finding]:
    """Judge memory and cores."""
    value = f"{gigabytes(facts.free_bytes)} free of {gigabytes(facts.total_bytes)}"
    cores = Finding("cores", str(facts.cores))
    if facts.total_bytes < ENOUGH_MEMORY_BYTES:
        remedy = "Take --preset cpu and images below 4,000 x 4,000 px, or a computer with at least 8 GB."
        return [Finding("memory", value, "note", remedy), cores]
    if facts.free_bytes < ENOUGH_MEMORY_BYTES / 4:
        return [Finding("memory", value, "note", "Close other programs before a training."), cores]
    return [Finding("memory", value), cores]


def _python(facts: ComputerFacts) -> Finding:
    value = f"{'.'.join(map(str, facts.python))}, {facts.bits} bit"
    oldest, newest = (".".join(map(str, version)) for version in (OLDEST_PYTHON, NEWEST_PYTHON))
    if facts.python[:2] < OLDEST_PYTHON:
        return Finding("python", value, "problem", f"LabelBridge needs Python {oldest} or newer: {_GET_PYTHON}.")
    if facts.bits < 64:
        return Finding("python", value, "problem", f"PyTorch needs a 64-bit Python: {_GET_PYTHON}.")
    if facts.python[:2] > NEWEST_PYTHON:
        remedy = f"LabelBridge is tested up to Python {newest}: where something fails, {_GET_PYTHON}."
        return Finding("python", value, "note", remedy)
    return Finding("python", value)


def _takes_long_paths() -> bool | None:
    if sys.platform != "win32":
        return None
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SYSTEM\CurrentControlSet\Control\FileSystem") as key:
            return bool(winreg.QueryValueEx(key, "LongPathsEnabled")[0])
    except OSError:
        return False
