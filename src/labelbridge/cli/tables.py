"""Tables in the terminal."""

import sys

from rich.console import Console
from rich.table import Table

__all__ = ["new_table", "print_table"]

_WIDTH = 200
"""Columns where there is no terminal to fit into."""


def new_table(*titles: str) -> Table:
    """Return a table without rows; what is too long for its column is folded."""
    table = Table(box=None, pad_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold")
    return table


def print_table(table: Table) -> None:
    """Print a table, no wider than the terminal."""
    Console(width=None if sys.stdout.isatty() else _WIDTH).print(table)
