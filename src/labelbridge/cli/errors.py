"""The edge of the command line: every error becomes one sentence and an exit code."""

import logging
import traceback
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = ["BUG", "CANCELLED", "CORRECT_ME", "at_the_edge", "be_verbose"]

_Arguments = ParamSpec("_Arguments")

BUG = 1
"""Exit code where LabelBridge, or something below it, is at fault."""

CORRECT_ME = 2
"""Exit code where the user can correct something."""

CANCELLED = 130
"""Exit code where the user stopped the run."""

_logger = logging.getLogger("labelbridge")


def be_verbose(wanted: bool) -> bool:
    """Show details and tracebacks from now on, or not; the callback of ``--verbose``."""
    _logger.setLevel(logging.DEBUG if wanted else logging.WARNING)
    return wanted


def at_the_edge(command: Callable[_Arguments, None]) -> Callable[_Arguments, None]:
    """Let a command that raises end with a sentence on stderr and an exit code; ``-v`` adds the traceback."""

    @wraps(command)
    def guarded(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except (Exception, KeyboardInterrupt) as error:
            code, sentence = _explain(error)
            if _logger.isEnabledFor(logging.DEBUG):
                traceback.print_exception(error)
            _show(sentence)
            raise SystemExit(code) from error

    return guarded


def _explain(error: BaseException) -> tuple[int, str]:
    from pydantic import ValidationError

    from labelbridge.core import Cancelled, LabelBridgeError, lacks_memory, lacks_room

    if isinstance(error, Cancelled):
        return CANCELLED, str(error)
    if isinstance(error, KeyboardInterrupt):
        return CANCELLED, "The run was stopped."
    if isinstance(error, LabelBridgeError):
        return CORRECT_ME, str(error)
    if isinstance(error, ValidationError):
        return CORRECT_ME, _first_problem(error)
    if lacks_room(error):
        return CORRECT_ME, "The disk is full or its quota used up; free some space, then run the command again."
    if isinstance(error, OSError):
        return CORRECT_ME, f"{error.filename}: {error.strerror}." if error.filename else f"{error}."
    if lacks_memory(error):
        return BUG, "The memory is not enough; close other programs, or try --device cpu or smaller images."
    first_line = (str(error).strip().splitlines() or [""])[0]
    return BUG, (
        f"This is a bug in LabelBridge ({type(error).__name__}: {first_line}); "
        "run the command again with -v and report what it says."
    )


def _first_problem(error: "ValidationError") -> str:
    """Say what is wrong with the first of the settings that pydantic refused."""
    problem = error.errors()[0]
    name = ".".join(str(part) for part in problem["loc"])
    return f"got {problem['input']!r} for {name}: {problem['msg'].removeprefix('Value error, ')}."


def _show(sentence: str) -> None:
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True).print(Text.assemble(("Error: ", "bold red"), sentence), soft_wrap=True, highlight=False)
