"""The colours in which classes are shown, everywhere the same."""

from labelbridge.core import AXON, MYELIN, ClassMap

__all__ = ["Colour", "class_colours"]

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

_COLOURS: dict[str, Colour] = {AXON: (38, 120, 255), MYELIN: (235, 48, 58)}
_MORE_COLOURS: tuple[Colour, ...] = ((255, 190, 40), (60, 190, 110), (170, 90, 230), (60, 200, 210))


def class_colours(classes: ClassMap) -> dict[str, Colour]:
    """Return a colour for each class but the background: axon blue, myelin red, others in turn."""
    further = (name for name in classes.foreground if name not in _COLOURS)
    colours = _COLOURS | {name: _MORE_COLOURS[i % len(_MORE_COLOURS)] for i, name in enumerate(further)}
    return {name: colours[name] for name in classes.foreground}
