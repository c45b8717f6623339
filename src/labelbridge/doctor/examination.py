"""The whole examination: every subject is looked at, whatever becomes of the others."""

import getpass
import json
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from labelbridge.doctor.computer import computer_findings, look_at_computer, look_at_memory, memory_findings
from labelbridge.doctor.finding import Finding, first_line
from labelbridge.doctor.folders import FOLDERS, folder_finding, look_at_folder
from labelbridge.doctor.packages import look_at_packages, package_findings
from labelbridge.doctor.processor import look_at_processor, processor_findings

__all__ = ["as_json", "as_table", "examine", "is_ready"]

_logger = logging.getLogger("labelbridge")


def examine() -> list[Finding]:
    """Look at this computer; takes some seconds. A look that fails becomes a finding of its own."""
    subjects: dict[str, Callable[[], list[Finding]]] = {
        "computer": lambda: computer_findings(look_at_computer()),
        "torch": lambda: processor_findings(look_at_processor()),
        "packages": lambda: package_findings(look_at_packages()),
        "memory": lambda: memory_findings(look_at_memory()),
        **{name: partial(_examine_folder, name) for name in FOLDERS},
    }
    return [finding for name, look in subjects.items() for finding in _guarded(name, look)]


def is_ready(findings: Sequence[Finding]) -> bool:
    """Return True where nothing stops LabelBridge from working."""
    return all(finding.status != "problem" for finding in findings)


def as_table(findings: Sequence[Finding]) -> str:
    """Return the findings as lines of text: status, name and value, and below them what to do."""
    width = max(len(finding.name) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{finding.status:<7}  {finding.name:<{width}}  {finding.value}")
        if finding.remedy:
            lines.append(f"{'':<7}  {'':<{width}}  -> {finding.remedy}")
    return "\n".join(lines)


def as_json(findings: Sequence[Finding]) -> str:
    """Return the findings as JSON for a bug report: neither the home folder nor the user's name is in it."""
    content = {"ready": is_ready(findings), "findings": [asdict(finding) for finding in findings]}
    return json.dumps(_without_user(content), indent=2)


def _examine_folder(name: str) -> list[Finding]:
    return [folder_finding(look_at_folder(name))]


def _guarded(name: str, look: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return look()
    except Exception as error:
        _logger.debug("The look at %s failed.", name, exc_info=True)
        value = f"could not be found out ({type(error).__name__}: {first_line(error)})"
        return [Finding(name, value, "note", "Report this with the output of `labelbridge doctor --json`.")]


def _without_user(content: object) -> object:
    """Return JSON-like content whose texts name neither the home folder nor, as a part of a path, the user."""
    if isinstance(content, dict):
        return {key: _without_user(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_without_user(value) for value in content]
    return _anonymous(content, str(Path.home()), _user()) if isinstance(content, str) else content


def _anonymous(text: str, home: str, user: str) -> str:
    text = re.sub(rf"{re.escape(home)}(?![\w.-])", "~", text) if len(home) > 1 else text
    return re.sub(rf"(?<=[\\/]){re.escape(user)}(?=[\\/\s,;)]|$)", "USER", text) if user else text


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
