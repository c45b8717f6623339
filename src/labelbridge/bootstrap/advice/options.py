"""The paths that can be taken with the models and labels at hand."""

from collections.abc import Iterator
from dataclasses import replace

from labelbridge.bootstrap.plan import Plan
from labelbridge.core import InputError

__all__ = ["options_of"]


def options_of(stock: Plan) -> list[Plan]:
    """Return a plan for each path that labels, models and translator of a plan allow; its own path does not count.

    Raises
    ------
    InputError
        Where there is neither a model nor a label.
    """
    options = list(_options(stock))
    if not options:
        raise InputError(
            "got neither labels nor a model to try: give --labeled DIR, --segmenter DIR, --tutored DIR or several."
        )
    return options


def _options(stock: Plan) -> Iterator[Plan]:
    untutored = replace(stock, tutored=None)
    if stock.segmenter or stock.labeled:
        yield replace(untutored, path="direct", translator=None)
        yield from _with_translator(replace(untutored, path="adaptation"))
    if stock.tutored:
        yield replace(stock, path="tutorship", segmenter=None, translator=None)
    elif stock.labeled:
        yield from _with_translator(replace(untutored, path="tutorship"))


def _with_translator(plan: Plan) -> Iterator[Plan]:
    """Give a path by intensities alone and, where there is a trained translator, by that."""
    yield replace(plan, translator=None)
    if plan.translator:
        yield plan
