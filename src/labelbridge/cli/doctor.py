"""`labelbridge doctor`: whether this computer is ready."""

from typing import Annotated

import typer

from labelbridge.cli.errors import CORRECT_ME, at_the_edge
from labelbridge.cli.options import VerboseOption

__all__ = ["doctor"]


@at_the_edge
def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print JSON for a bug report, without your name in it.")] = False,
    verbose: VerboseOption = False,
) -> None:
    """Tell what is on this computer, what would be used, and how to mend what is missing.

    The exit code is 2 where something stops LabelBridge from working.

    Example: labelbridge doctor
    """
    from labelbridge.doctor import as_json, as_table, examine, is_ready

    findings = examine()
    typer.echo(as_json(findings) if json else as_table(findings))
    if not is_ready(findings):
        raise SystemExit(CORRECT_ME)
