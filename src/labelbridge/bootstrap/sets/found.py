"""What is known of the images of a training before it starts; loads no torch, and can be sent to another process."""

from dataclasses import dataclass
from pathlib import Path

from labelbridge.core import FloatArray, LabelArray, counted

__all__ = ["SetFound", "SetsFound"]

_SHAPES_TOLD = 3


@dataclass(frozen=True, eq=False)
class SetFound:
    """The images of one modality, as far as they could be read.

    Attributes
    ----------
    folder
        Where they are.
    images
        How many there are, a plane of a stack for one.
    labels
        How many of them have labels.
    subjects
        Animals or patients that places and names of files tell, sorted; none where they do not tell.
    classes
        Names of the classes of the labels, in the order of their values from 1.
    pixel_sizes_um
        The different pixel sizes in um, sorted; none where no file says.
    shapes
        The different shapes (height, width) in px, sorted.
    depths
        What the files hold, such as ``8 bit`` or ``16 bit colour``, sorted.
    sample
        The middle of an image, (Y, X), float32 in [0, 1], at most 256 px a side: at the same scale for both modalities
        where fibre sizes are known. None where no image could be read.
    sample_labels
        Its classes, the same shape, uint8, 0 being background; None where there are none.
    sample_name
        Its name.
    fibre_px
        Fibre diameter in px of the files, of U the median; None where it could not be measured.
    split
        Which images train and which judge, in a sentence; empty where that is not known.
    """

    folder: Path
    images: int = 0
    labels: int = 0
    subjects: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    pixel_sizes_um: tuple[float, ...] = ()
    shapes: tuple[tuple[int, int], ...] = ()
    depths: tuple[str, ...] = ()
    sample: FloatArray | None = None
    sample_labels: LabelArray | None = None
    sample_name: str = ""
    fibre_px: float | None = None
    split: str = ""

    def sentences(self) -> list[str]:
        """Say what was found, a short sentence each; nothing where there is no image."""
        if not self.images:
            return []
        fibres = f"fibres of about {self.fibre_px:.0f} px" if self.fibre_px else ""
        told = (self._count(), self._size(), self._pixel_size(), fibres, self.split)
        return [f"{sentence[0].upper()}{sentence[1:]}." for sentence in told if sentence]

    def _count(self) -> str:
        parts = [counted(self.images, "image")]
        if self.labels:
            parts.append(f"{self.labels} with labels ({', '.join(self.classes)})")
        if self.subjects:
            parts.append(f"of {counted(len(self.subjects), 'subject')}")
        return ", ".join(parts)

    def _size(self) -> str:
        shapes = [f"{width} x {height}" for height, width in self.shapes]
        if len(shapes) > _SHAPES_TOLD:
            shapes = [f"{shapes[0]} to {shapes[-1]}"]
        size = f"{', '.join(shapes)} px"
        return f"{size}, {' and '.join(self.depths)}" if self.depths else size

    def _pixel_size(self) -> str:
        if not self.pixel_sizes_um:
            return "pixel size unknown"
        sizes = [f"{size:.3g}" for size in self.pixel_sizes_um]
        return f"pixel size {' to '.join(dict.fromkeys((sizes[0], sizes[-1])))} um"


@dataclass(frozen=True, eq=False)
class SetsFound:
    """Both modalities before a training on them.

    Attributes
    ----------
    labeled
        L.
    unlabeled
        U.
    sentences
        How they compare, and what is made of them: scale, polarities, crops; a sentence each.
    problems
        What must be mended before the training can start, a sentence each.
    warnings
        What may make its result worse, a sentence each.
    """

    labeled: SetFound
    unlabeled: SetFound
    sentences: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def can_start(self) -> bool:
        """Whether nothing speaks against starting."""
        return not self.problems
