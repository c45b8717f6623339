"""Classes that images do not have, as their annotator says: no pixel of their masks gets them.

To filter pseudo-labels by what is known of the classes in an image is an idea of StyleFilter: Style transfer and
pseudo-label filtering improve transferability in cell organelle segmentation scenarios, openreview.net, fkm09HFY9E.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labelbridge.bootstrap.probabilities import Probabilities
from labelbridge.core import BACKGROUND, InputError
from labelbridge.io.absenttable import read_absent_table

__all__ = ["AbsentClasses", "drop_absent"]

_TINY = 1e-6


@dataclass(frozen=True)
class AbsentClasses:
    """Which classes images do not have.

    Attributes
    ----------
    everywhere
        Classes that no image has.
    by_image
        Further ones, by the name of the image.
    """

    everywhere: tuple[str, ...] = ()
    by_image: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, everywhere: Sequence[str], table: Path | None, images: Collection[str]) -> "AbsentClasses":
        """Take classes that no image has, and those of a table where there is one.

        Parameters
        ----------
        everywhere
            Names of classes.
        table
            As `read_absent_table` reads it, or None.
        images
            Names of the images that get masks.

        Raises
        ------
        InputError
            Where the table cannot be read, or names an image that gets no masks.
        """
        by_image = read_absent_table(table) if table else {}
        stranger = next((name for name in by_image if name not in images), None)
        if stranger is not None:
            raise InputError(
                f"{table}: got classes absent from '{stranger}', expected images that get masks, such as "
                f"'{min(images)}'; correct the table or add the image."
            )
        return cls(tuple(everywhere), by_image)

    def of(self, image: str) -> tuple[str, ...]:
        """Return the classes that the image of this name does not have, each once."""
        return tuple(dict.fromkeys((*self.everywhere, *self.by_image.get(image, ()))))

    def check(self, classes: Sequence[str]) -> None:
        """Raise InputError unless all are among `classes`, those of the masks without the background."""
        named = [*self.everywhere, *(name for names in self.by_image.values() for name in names)]
        unknown = next((name for name in named if name not in classes), None)
        if unknown is not None:
            raise InputError(
                f"got the absent class '{unknown}', expected one of those that masks are made of: {', '.join(classes)}."
            )


def drop_absent(probabilities: Probabilities, absent: Collection[str]) -> None:
    """Take the probability of absent classes away and give it to the others, each by its share.

    Where the others have none, the background gets it all.

    Parameters
    ----------
    probabilities
        Of an image; changed in place, band by band.
    absent
        Names of classes; the background is not among them.
    """
    if not absent:
        return
    gone = [probabilities.classes.value(name) for name in absent]
    background = probabilities.classes.value(BACKGROUND)
    for band in probabilities.bands():
        rows = probabilities.rows(band.start, band.stop)
        rows[gone] = 0
        rows[background][rows.sum(axis=0) < _TINY] = 1
        probabilities.write(band.start, rows / rows.sum(axis=0, keepdims=True))
