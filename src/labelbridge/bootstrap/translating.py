"""Images with the look of the other modality, from files to files."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from labelbridge.bootstrap.sources import LazyImages, Reading, Source, find_sources
from labelbridge.bootstrap.survey import (
    LabeledLook,
    look_at_examples,
    look_at_labeled,
    look_from_translator,
    survey,
)
from labelbridge.core import (
    Device,
    Image,
    InputError,
    NoLabels,
    PartReporter,
    Reporter,
    TranslatorCard,
    check_overlap,
)
from labelbridge.io import check_absent, prepare_out, read_labeled_set, write_image, write_ome_zarr_image
from labelbridge.translate import read_translator_card

__all__ = ["Modality", "TranslateRequest", "TranslationFormat", "translate_files"]

Modality: TypeAlias = Literal["labeled", "unlabeled"]
"""L or U."""

TranslationFormat: TypeAlias = Literal["tif", "ome-zarr"]
"""What translations are written as; OME-Zarr for images that hardly fit on a screen or in memory."""

_STAGE = "translating"


@dataclass(frozen=True)
class TranslateRequest:
    """What the user asked for.

    Attributes
    ----------
    images
        Images or folders of U (`to` labeled) or of L (`to` unlabeled).
    to
        Whose look the images get.
    out
        Folder for the results.
    labeled, unlabeled
        Folders of L with labels and of U: they say how each looks. A translator remembers it.
    translator
        Folder of a trained translator, or None for the `intensity` translator.
    samples
        How many times a trained translator translates each image: the result is the mean.
    seed, device
        Of a trained translator: its noise, and where it computes.
    scale
        U's fibre size over L's, or None to estimate it.
    tile_overlap
        Part of its side that a tile of a trained translator shares with the next one, or None for a quarter.
    reading
        Channel and plane of the images.
    format
        Of the results.
    overwrite
        Whether existing files may be replaced.
    """

    images: Sequence[Path]
    to: Modality
    out: Path
    labeled: Path | None = None
    unlabeled: Path | None = None
    translator: Path | None = None
    samples: int = 1
    seed: int = 0
    device: Device = "auto"
    scale: float | None = None
    tile_overlap: float | None = None
    reading: Reading = field(default_factory=Reading)
    format: TranslationFormat = "tif"
    overwrite: bool = False


def translate_files(request: TranslateRequest, reporter: Reporter, tell: Callable[[str], None]) -> list[Path]:
    """Translate images and write ``<stem>_as-<to>``; of several samples ``<stem>_as-<to>_spread`` too.

    The ending is ``.tif``, or ``.ome.zarr`` where that format is asked for; both have 16 bits.

    Parameters
    ----------
    request
        What the user asked for.
    reporter, tell
        Receive progress, and sentences for the user.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    InputError
        Where a file or folder cannot be used, or something is missing.
    """
    _check(request)
    sources = find_sources(request.images, request.reading)
    stack = next((source for source in sources if source.is_stack), None)
    if stack:
        raise InputError(f"{stack.path}: got a stack to translate, expected one plane; choose it with --slices N.")
    prepare_out(request.out)
    targets = [_targets(request, source) for source in sources]
    if not request.overwrite:
        check_absent([file for files in targets for file in files])
    translate = _trained(request, sources, tell) if request.translator else _by_intensity(request, sources, tell)
    write = write_image if request.format == "tif" else write_ome_zarr_image
    for done, (image, files) in enumerate(zip(LazyImages(sources), targets, strict=True)):
        part = PartReporter(reporter, done, len(sources), _STAGE)
        for made, file in zip(translate(image, part), files, strict=True):
            write(made, file, overwrite=request.overwrite)
    return [file for files in targets for file in files]


_Translate: TypeAlias = Callable[[Image, Reporter], list[Image]]
"""Gives the images that are written for one."""


def _by_intensity(request: TranslateRequest, sources: Sequence[Source], tell: Callable[[str], None]) -> _Translate:
    assert request.labeled is not None
    assert request.unlabeled is not None
    found = survey(_look_at_folder(request.labeled), _all_unlabeled(request, sources), scale=request.scale)
    for sentence in found.sentences():
        tell(sentence)

    def translate(image: Image, reporter: Reporter) -> list[Image]:
        if request.to == "labeled":
            return [found.translator(found.fibre_px(image)).to_labeled(image, reporter)]
        scaled = image.resampled(found.scale.scale)
        return [found.translator(found.scale.unlabeled_size_px).to_unlabeled(scaled, reporter)]

    return translate


def _trained(request: TranslateRequest, sources: Sequence[Source], tell: Callable[[str], None]) -> _Translate:
    from labelbridge.translate.syndiff.predict import SynDiffTranslator

    assert request.translator is not None
    card = read_translator_card(request.translator)
    prepare = _sizes(request, card, sources, tell) if card.structure_size_px else _as_they_are(tell)
    translator = SynDiffTranslator.load(
        request.translator, request.device, seed=request.seed, overlap=request.tile_overlap
    )

    def translate(image: Image, reporter: Reporter) -> list[Image]:
        scaled, fibre_px = prepare(image)
        own = translator.at(fibre_px) if fibre_px else translator
        made = own.sample(
            scaled, "to_labeled" if request.to == "labeled" else "to_unlabeled", request.samples, reporter
        )
        return [made.mean] if made.spread is None else [made.mean, made.spread]

    return translate


_Prepare: TypeAlias = Callable[[Image], tuple[Image, float | None]]
"""Gives the image to translate, at the size of U, and its fibre diameter in px where that counts."""


def _as_they_are(tell: Callable[[str], None]) -> _Prepare:
    tell("the translator does not remember how large its fibres were: images are translated as they are")
    return lambda image: (image, None)


def _sizes(
    request: TranslateRequest, card: TranslatorCard, sources: Sequence[Source], tell: Callable[[str], None]
) -> _Prepare:
    """Find out how large fibres are: on the images, or as the translator remembers them."""
    look = _look_at_folder(request.labeled) if request.labeled else look_from_translator(card)
    if request.to == "labeled":
        found = survey(look, _all_unlabeled(request, sources), scale=request.scale)
        tell(found.scale.sentence())
        return lambda image: (image, found.fibre_px(image))
    unlabeled_px = _unlabeled_size_px(request, card, look)
    scale = unlabeled_px / look.size_px
    tell(
        f"scale {scale:.3f}: fibres of about {look.size_px:.0f} px in the labelled images, {unlabeled_px:.0f} px in "
        "the new ones"
    )
    return lambda image: (image.resampled(scale), unlabeled_px)


def _unlabeled_size_px(request: TranslateRequest, card: TranslatorCard, look: LabeledLook) -> float:
    if request.unlabeled is not None:
        known = LazyImages(find_sources([request.unlabeled], request.reading))
        return survey(look, known, scale=request.scale).scale.unlabeled_size_px
    if request.scale is not None:
        return request.scale * look.size_px
    if card.unlabeled_style is None:
        raise InputError(
            f"got translator '{card.name}', which does not remember how large fibres are in the new modality; give "
            "some of its images with --unlabeled DIR, or --scale F."
        )
    return card.unlabeled_style.structure_size_px


def _all_unlabeled(request: TranslateRequest, sources: Sequence[Source]) -> LazyImages:
    """Return all images of U at hand: those that tell how U looks and, where they are of U, those to translate."""
    known = find_sources([request.unlabeled], request.reading) if request.unlabeled else []
    seen = {os.path.realpath(source.path) for source in known}
    more = [source for source in sources if request.to == "labeled" and os.path.realpath(source.path) not in seen]
    return LazyImages([*known, *more])


def _look_at_folder(folder: Path) -> LabeledLook:
    """Measure L in a folder with its labels or, where it has none, on its images alone."""
    try:
        return look_at_labeled(read_labeled_set(folder))
    except NoLabels:
        return look_at_examples(LazyImages(find_sources([folder], Reading())))


def _targets(request: TranslateRequest, source: Source) -> list[Path]:
    suffix = "tif" if request.format == "tif" else "ome.zarr"
    endings = [""] if request.samples == 1 else ["", "_spread"]
    return [request.out / f"{source.name}_as-{request.to}{ending}.{suffix}" for ending in endings]


def _check(request: TranslateRequest) -> None:
    check_overlap(request.tile_overlap)
    if request.translator is not None:
        read_translator_card(request.translator)
        return
    missing = [f"--{name} DIR" for name in ("labeled", "unlabeled") if getattr(request, name) is None]
    if missing:
        raise InputError(
            f"got no {' and no '.join(missing)}, expected images that show how both modalities look; only a trained "
            "translator (--translator DIR) remembers it."
        )
    if request.samples > 1:
        raise InputError(
            f"got --samples {request.samples} for a translation by intensities, which is always the same; leave it out "
            "or give --translator DIR."
        )
    if request.tile_overlap is not None:
        raise InputError(
            f"got --tile-overlap {request.tile_overlap:g} for a translation by intensities, which needs no tiles; "
            "leave it out or give --translator DIR."
        )
