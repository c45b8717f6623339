"""A few of many."""

__all__ = ["evenly"]


def evenly(count: int, most: int, place: float = 0.5) -> list[int]:
    """Return at most `most` of the numbers below `count`, spread evenly.

    Each is taken at the same place of its share of the numbers, from 0, its beginning, to below 1; other places give
    others where enough are left out.
    """
    wanted = min(count, most)
    return [int((number + place) * count / wanted) for number in range(wanted)]
