"""Models of others, taken in by a process of its own: reading their weights needs torch, which no window loads."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from labelbridge.core import InputError, Reporter
from labelbridge.io.modelfolder import CARD, default_name, read_any_card
from labelbridge.plugin.presenters.knownmodels import kept_models_folder

__all__ = ["add_model", "download"]

_LOOK_EVERY_S = 0.1
_PERCENT = re.compile(r"(\d+)%")
_END_S = 0.7


def add_model(source: Path, folder: Path, reporter: Reporter) -> Path:
    """Make a model usable: one of LabelBridge as it is, one of stock nnU-Net or SynDiff as an imported copy.

    Parameters
    ----------
    source
        Folder, or zip.
    folder
        Where an imported copy goes.
    reporter
        Told the stage; asked whether to stop.

    Returns
    -------
    Path
        The model's folder.

    Raises
    ------
    InputError
        Where it cannot be used, as the import says.
    Cancelled
        Where the reporter asked to stop; nothing of the model is left.
    """
    if (source / CARD).is_file():
        read_any_card(source)
        return source.resolve()
    out = folder / default_name(source)
    if out.exists():
        raise InputError(f"{out}: got a model of this name already; choose it in the list, or rename {source.name}.")
    _command(["import", str(source), "--out", str(out)], f"importing {source.name}", reporter)
    return out


def download(name: str, reporter: Reporter) -> Path:
    """Download a model of the catalogue; raises as `add_model` does, and what was downloaded is kept for next time."""
    _command(["download", name], f"downloading {name}", reporter)
    return kept_models_folder() / name


def _command(arguments: Sequence[str], stage: str, reporter: Reporter) -> None:
    """Run `labelbridge models` until it ends or the reporter asks to stop."""
    command = [sys.executable, "-m", "labelbridge", "models", *arguments]
    environment = {**os.environ, "PYTHONUTF8": "1"}
    with tempfile.TemporaryDirectory(prefix="labelbridge-") as folder:
        log = Path(folder, "said")
        with (
            log.open("wb") as sink,
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=sink,
                env=environment,
                **_hidden(),
            ) as process,
        ):
            try:
                _await(process, log, stage, reporter)
            finally:
                _end(process)
        said = _read(log)
    if process.returncode:
        raise InputError(said[-1].removeprefix("Error: ") if said else f"{stage} did not work; try again.")


def _hidden() -> dict[str, Any]:
    """Return how to start a process that opens no terminal."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    return {}


def _await(process: subprocess.Popen[bytes], log: Path, stage: str, reporter: Reporter) -> None:
    """Wait for the end, and tell the progress that the process writes now and then."""
    while process.poll() is None:
        reporter.checkpoint()
        told = _PERCENT.findall("\n".join(_read(log)))
        reporter.progress(int(told[-1]) if told else 0, 100 if told else 0, stage)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_EVERY_S)


def _read(log: Path) -> list[str]:
    """Return the lines that a process has written."""
    return log.read_text(encoding="utf-8", errors="replace").strip().splitlines()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let a process that still runs clean up, and end it where that takes too long."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
