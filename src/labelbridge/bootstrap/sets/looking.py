"""One modality's files, looked at before a training: all are opened, some are read, what is wrong is noted."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from labelbridge.bootstrap.sets.found import SetFound
from labelbridge.bootstrap.sets.samplepicture import sample_labels, sample_picture
from labelbridge.bootstrap.sources import LazyImages, Reading, Source, find_sources
from labelbridge.bootstrap.translators.images import subject_below
from labelbridge.core import Image, InputError, LabeledImage, NoLabels, Reporter, counted
from labelbridge.io import find_images, find_pixel_size, hash_images, read_labeled_set
from labelbridge.io.decode import open_raster
from labelbridge.io.pixels import Raster

__all__ = ["FoundImage", "LookedAt", "Notes", "look_at_images", "look_at_labels"]

_MOST_IMAGES = 24
_MOST_PX = 500_000_000
_MOST_TOLD = 5


@dataclass
class Notes:
    """What is wrong, collected.

    Attributes
    ----------
    problems
        What must be mended before a training, a sentence each.
    warnings
        What may make its result worse, a sentence each.
    """

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @contextmanager
    def taking(self) -> Iterator[None]:
        """Note what files, settings or devices make impossible within the block, and go on after it."""
        try:
            yield
        except InputError as error:
            self.add([str(error)])

    def add(self, problems: Iterable[str]) -> None:
        """Note problems, each once."""
        self.problems += [problem for problem in dict.fromkeys(problems) if problem not in self.problems]


@dataclass(frozen=True)
class FoundImage:
    """An image whose file was opened, and perhaps not decoded.

    Attributes
    ----------
    name
        Stem of the file.
    subject
        Animal or patient, or None where unknown.
    shape
        Height and width in px.
    pixel_size_um
        Pixel size in um, or None where unknown.
    depth
        What a pixel holds, in words; empty where there is no file.
    source
        Its file and plane, or None where there is no file.
    """

    name: str
    subject: str | None
    shape: tuple[int, int]
    pixel_size_um: float | None
    depth: str
    source: Source | None


@dataclass(frozen=True, eq=False)
class LookedAt:
    """One modality.

    Attributes
    ----------
    found
        What the user sees of it.
    members
        All images that could be opened, an entry for each plane.
    samples
        Images with labels; none where there are none.
    images
        Without labels: some of the images, read when they are asked for; all that can be read where they are few.
    hashes
        Names of the images that were read, by the hash of their pixels.
    """

    found: SetFound
    members: Sequence[FoundImage] = ()
    samples: Sequence[LabeledImage] = ()
    images: Sequence[Image] = ()
    hashes: dict[str, str] = field(default_factory=dict)

    def shown(self, fibres_px: dict[str, float]) -> SetFound:
        """Return what was found, with a picture of the first image.

        Parameters
        ----------
        fibres_px
            Fibre diameter in px of images, by name; those that are unknown are left out.
        """
        image = self.samples[0].image if self.samples else next(iter(self.images), None)
        if image is None:
            return self.found
        fibre_px = fibres_px.get(image.name)
        labels = sample_labels(self.samples[0].labels, fibre_px) if self.samples else None
        picture = sample_picture(image, fibre_px)
        return replace(self.found, sample=picture, sample_labels=labels, sample_name=image.name)


def look_at_labels(
    folder: Path, classes: Sequence[str], notes: Notes, reporter: Reporter, *, needs_labels: bool
) -> LookedAt:
    """Look at a set with labels or, where nothing is labelled or something is wrong with it, at its images alone.

    Parameters
    ----------
    folder
        The set.
    classes
        As `read_labeled_set` takes them.
    notes
        Gets what is wrong.
    reporter
        Receives progress and may ask to stop.
    needs_labels
        Whether it is a problem that nothing is labelled.

    Raises
    ------
    Cancelled
        Where the reporter asked to stop.
    """
    reporter.progress(0, 1, "reading the labelled images")
    reporter.checkpoint()
    try:
        return _look_at_samples(folder, read_labeled_set(folder, classes=classes), notes, reporter)
    except NoLabels as error:
        problems = [str(error)] if needs_labels else []
    except InputError as error:
        problems = [str(error)]
    if not folder.is_dir():
        notes.add(problems)
        return LookedAt(SetFound(folder))
    looked_at = look_at_images(folder, Reading(), notes, reporter, "labelled")
    notes.add(problems)
    return looked_at


def look_at_images(folder: Path, reading: Reading, notes: Notes, reporter: Reporter, which: str) -> LookedAt:
    """Look at images without labels.

    Parameters
    ----------
    folder
        Where they are.
    reading
        Channel, planes and pixel size.
    notes
        Gets what is wrong.
    reporter
        Receives progress and may ask to stop.
    which
        ``labelled`` or ``new``, for the progress.

    Raises
    ------
    Cancelled
        Where the reporter asked to stop.
    """
    sources: list[Source] = []
    with notes.taking():
        sources = find_sources([folder], reading)
    unreadable = Notes()
    members = list(_opened(sources, folder, unreadable, reporter, which))
    chosen, hashes = _read_some(members, unreadable, reporter, which)
    notes.add(_some(unreadable.problems, folder))
    return LookedAt(_found(folder, members), members, images=LazyImages(chosen), hashes=hashes)


def _look_at_samples(folder: Path, samples: Sequence[LabeledImage], notes: Notes, reporter: Reporter) -> LookedAt:
    """Describe a labelled set that could be read."""
    members = []
    for done, sample in enumerate(samples):
        reporter.progress(done, len(samples), "looking at labelled images")
        reporter.checkpoint()
        members.append(_member_of(sample))
    left_out = len(set(find_images(folder)) - {sample.image.source for sample in samples})
    if left_out:
        notes.warnings.append(f"{folder}: {counted(left_out, 'image')} without masks, left out.")
    classes = samples[0].labels.classes
    found = replace(_found(folder, members), labels=len(samples), classes=classes.foreground)
    hashes = {hash_images([sample.image]): sample.image.name for sample in samples}
    return LookedAt(found, members, samples, hashes=hashes)


def _member_of(sample: LabeledImage) -> FoundImage:
    image, file = sample.image, sample.image.source
    depth = ""
    if file:
        with open_raster(file) as raster:
            depth = _depth(raster)
    source = Source(file, (None,), Reading()) if file else None
    return FoundImage(image.name, sample.subject, image.shape, image.pixel_size_um, depth, source)


def _opened(
    sources: Sequence[Source], root: Path, notes: Notes, reporter: Reporter, which: str
) -> Iterator[FoundImage]:
    """Open each file: that is quick, and tells of many that cannot be used."""
    for done, source in enumerate(sources):
        reporter.progress(done, len(sources), f"looking at {which} images")
        reporter.checkpoint()
        with notes.taking():
            with open_raster(source.path, index=source.planes[0]) as raster:
                shape, depth = raster.shape, _depth(raster)
            size_um = find_pixel_size(source.path, explicit_um=source.reading.pixel_size_um)
            subject = subject_below(root, source.path)
            for plane in source.planes:
                own = replace(source, planes=(plane,))
                yield FoundImage(source.name, subject, shape, size_um, depth, own)


def _read_some(
    members: Sequence[FoundImage], notes: Notes, reporter: Reporter, which: str
) -> tuple[list[Source], dict[str, str]]:
    """Read some images, spread evenly, and return those that can be read, with the hashes of their pixels."""
    sources = [member.source for member in _evenly(members) if member.source]
    chosen, hashes = [], {}
    for done, source in enumerate(sources):
        reporter.progress(done, len(sources), f"reading {which} images")
        reporter.checkpoint()
        with notes.taking():
            hashes[hash_images([source.read(source.planes[0])])] = source.name
            chosen.append(source)
    return chosen, hashes


def _evenly(members: Sequence[FoundImage]) -> list[FoundImage]:
    """Return as many images as are quick to look at, at least one where there are any."""
    if not members:
        return []
    mean_px = np.mean([member.shape[0] * member.shape[1] for member in members])
    count = max(1, min(len(members), _MOST_IMAGES, int(_MOST_PX / mean_px)))
    return [members[index] for index in np.linspace(0, len(members) - 1, count).round().astype(int)]


def _some(problems: Sequence[str], folder: Path) -> list[str]:
    """Return the problems of single files where they are few, else some of them and how many more there are."""
    left = len(problems) - _MOST_TOLD
    if left <= 0:
        return list(problems)
    return [
        *problems[:_MOST_TOLD],
        f"{folder}: {counted(left, 'image')} more that cannot be read; mend them or take them out.",
    ]


def _found(folder: Path, members: Sequence[FoundImage]) -> SetFound:
    return SetFound(
        folder,
        images=len(members),
        subjects=tuple(sorted({member.subject for member in members if member.subject})),
        pixel_sizes_um=tuple(sorted({member.pixel_size_um for member in members if member.pixel_size_um})),
        shapes=tuple(sorted({member.shape for member in members})),
        depths=tuple(sorted({member.depth for member in members if member.depth})),
    )


def _depth(raster: Raster) -> str:
    """Return what the pixels of a file hold, in words."""
    bits = 1 if raster.dtype.kind == "b" else 8 * raster.dtype.itemsize
    kind = " float" if raster.dtype.kind == "f" else ""
    colour = {"grey": "", "colour": " colour", "channels": f", {raster.channels} channels"}[raster.kind]
    return f"{bits} bit{kind}{colour}"
