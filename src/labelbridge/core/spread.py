"""A few of many."""

__all__ = ["evenly"]


def evenly(count: int, most: int) -> list[int]:
    """Return at most `most` of the numbers below `count`, spread evenly."""
    wanted = min(count, most)
    return [int((number + 0.5) * count / wanted) for number in range(wanted)]
