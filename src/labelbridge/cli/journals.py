"""`labelbridge journals`: what the corrections of masks have left on the disk."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelbridge.cli.errors import at_the_edge
from labelbridge.cli.options import VerboseOption

if TYPE_CHECKING:
    from labelbridge.refine import JournalInfo

__all__ = ["journals"]

journals = typer.Typer(help="List and delete the journals of corrections.", no_args_is_help=True)

FolderOption = Annotated[
    Path | None,
    typer.Option("--folder", metavar="DIR", help="Where they lie. Default: journals/ in the user data folder."),
]


@journals.command("list")
@at_the_edge
def _list(folder: FolderOption = None, verbose: VerboseOption = False) -> None:
    """List all journals, the latest change first.

    Example: labelbridge journals list
    """
    from rich.console import Console
    from rich.table import Table

    from labelbridge.refine import list_journals

    where = _folder(folder)
    found = list_journals(where)
    if not found:
        typer.echo(f"No journals in {where}")
        return
    table = Table(box=None, pad_edge=False)
    for title in ("image", "changed", "edits", "kB", "state", "file"):
        table.add_column(title, overflow="fold")
    for info in found:
        table.add_row(*_cells(info))
    Console(width=None if sys.stdout.isatty() else 200).print(table)


@journals.command("delete")
@at_the_edge
def _delete(
    days: Annotated[
        int, typer.Option("--older-than", metavar="DAYS", min=0, help="Only those unchanged for so many days.")
    ],
    unfinished: Annotated[
        bool,
        typer.Option("--unfinished", help="Also those that nobody has restored, exported or saved: edits are lost."),
    ] = False,
    folder: FolderOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    verbose: VerboseOption = False,
) -> None:
    """Delete old journals whose masks were exported or saved; those that a window has open stay.

    Example: labelbridge journals delete --older-than 90
    """
    from labelbridge.refine import delete_unchanged, list_journals, older_than

    chosen = [info for info in older_than(list_journals(_folder(folder)), days) if info.is_finished or unfinished]
    if not chosen:
        typer.echo("There is nothing to delete.")
        return
    for info in chosen:
        typer.echo("  ".join(_cells(info)))
    if yes or typer.confirm(f"Delete {len(chosen)} for good? Their corrections cannot be restored after that."):
        typer.echo(f"{len(delete_unchanged(chosen))} deleted.")


def _folder(chosen: Path | None) -> Path:
    from labelbridge.io.userdata import user_data_folder

    return chosen or user_data_folder() / "journals"


def _cells(info: "JournalInfo") -> tuple[str, ...]:
    image = info.header.image if info.header else "?"
    changed = f"{info.changed.astimezone():%Y-%m-%d %H:%M}"
    return image, changed, f"{info.edits:,}", f"{info.size_bytes / 1000:,.0f}", info.state, info.path.name
