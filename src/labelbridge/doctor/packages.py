"""The Python packages that LabelBridge stands on, and the one that a window would need."""

from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING

from labelbridge.doctor.finding import Finding

if TYPE_CHECKING:
    from packaging.requirements import Requirement as Parsed

__all__ = ["PackageFacts", "Requirement", "look_at_packages", "package_findings"]

DISTRIBUTION = "napari-labelbridge"
QT_BINDINGS = ("PyQt6", "PySide6", "PyQt5", "PySide2")
_INSTALL = "python -m pip install --upgrade"


@dataclass(frozen=True)
class Requirement:
    """A package that LabelBridge requires.

    Attributes
    ----------
    name
        Of the package.
    wanted
        Versions that will do, e.g. ``>=2.6,<3``.
    installed
        The version that is here, None where there is none or its files are damaged.
    fits
        Whether the installed version is one of the wanted.
    """

    name: str
    wanted: str
    installed: str | None
    fits: bool


@dataclass(frozen=True)
class PackageFacts:
    """Requirements, None where the package's own record is missing, and Qt bindings by name and version."""

    requirements: tuple[Requirement, ...] | None
    qt_bindings: tuple[tuple[str, str], ...] = ()


def look_at_packages() -> PackageFacts:
    """Compare what is installed with what LabelBridge's own record requires; imports none of it."""
    bindings = ((name, _installed(name)) for name in QT_BINDINGS if find_spec(name) is not None)
    return PackageFacts(_requirements(), tuple((name, version or "unknown version") for name, version in bindings))


def package_findings(facts: PackageFacts) -> list[Finding]:
    """Judge the packages."""
    return [*_required(facts.requirements), _qt(facts.qt_bindings)]


def _required(requirements: tuple[Requirement, ...] | None) -> list[Finding]:
    if requirements is None:
        remedy = f"Install LabelBridge again: `{_INSTALL} {DISTRIBUTION}`."
        return [Finding("packages", "LabelBridge's own record is missing", "note", remedy)]
    unfit = [_unfit(one) for one in requirements if not one.fits]
    nnunet = [Finding("nnunetv2", one.installed) for one in requirements if one.name == "nnunetv2" and one.installed]
    fit = len(requirements) - len(unfit)
    return [*nnunet, Finding("packages", f"{fit} of {len(requirements)} as required"), *unfit]


def _unfit(one: Requirement) -> Finding:
    value = f"{one.installed or 'missing'}, {one.wanted or 'any version'} is required"
    return Finding(one.name, value, "problem", f'Run `{_INSTALL} "{one.name}{one.wanted}"`.')


def _qt(bindings: tuple[tuple[str, str], ...]) -> Finding:
    if bindings:
        return Finding("Qt binding", ", ".join(f"{name} {version}" for name, version in bindings))
    remedy = 'The command line needs none; for a window run `python -m pip install "napari-labelbridge[all]"`.'
    return Finding("Qt binding", "none", "note", remedy)


def _requirements() -> tuple[Requirement, ...] | None:
    from packaging.requirements import Requirement as Parsed

    try:
        lines = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return None
    parsed = [Parsed(line) for line in lines]
    return tuple(_compare(one) for one in parsed if one.marker is None or one.marker.evaluate({"extra": ""}))


def _compare(wanted: "Parsed") -> Requirement:
    installed = _installed(wanted.name)
    fits = installed is not None and wanted.specifier.contains(installed, prereleases=True)
    return Requirement(wanted.name, str(wanted.specifier), installed, fits)


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name) or None
    except (metadata.PackageNotFoundError, KeyError):  # KeyError: the record is there without a version
        return None
