"""Checkpoints within long loops of quick steps."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from labelbridge.core import Reporter

__all__ = ["with_checkpoints"]

_EVERY = 100

_Item = TypeVar("_Item")


def with_checkpoints(items: Iterable[_Item], reporter: Reporter) -> Iterator[_Item]:
    """Give items on, with a checkpoint before the first and then before every hundredth.

    Raises
    ------
    Cancelled
        Where the reporter asked to stop.
    """
    for number, item in enumerate(items):
        if number % _EVERY == 0:
            reporter.checkpoint()
        yield item
