"""A job that makes masks, before and after: device, settings, images, models, room on the disk; what it has made."""

from collections.abc import Iterable, Sequence

import numpy as np

from labelbridge.bootstrap.files import FileRequest, prepare, sources_of
from labelbridge.bootstrap.run import Bootstrap
from labelbridge.bootstrap.settings import Preset
from labelbridge.bootstrap.sources import Source
from labelbridge.core import resolve_device
from labelbridge.io.decode import open_raster

__all__ = ["check_request", "masks_bytes", "masks_sentence", "training_bytes"]

_MASK_BYTES = 8
"""Of a pixel: masks, uncertainty and overlay, compressed."""

_STYLED_BYTES = 16
"""Of a pixel of the styled set: drawn, translated, written for nnU-Net and preprocessed."""

_STATE_BYTES: dict[Preset, float] = {"tiny": 1e6, "cpu": 1e8, "standard": 2e9}
"""Of what a training saves of itself, by its preset."""


def check_request(request: FileRequest) -> tuple[list[Source], Bootstrap]:
    """Look at all that a bootstrap is to use, and write nothing.

    Returns
    -------
    list of Source
        The images that are to get masks.
    Bootstrap
        What is known of them.

    Raises
    ------
    InputError
        Where the device, the settings, an image, a label or a model cannot be used.
    """
    from labelbridge.segment.nnunet import TrainSettings

    chosen = request.settings
    resolve_device(chosen.device)
    TrainSettings.from_preset(chosen.preset, seed=chosen.seed)
    if request.translator:
        from labelbridge.translate.syndiff.package import read_translator

        read_translator(request.translator, resolve_device("cpu"))
    sources = sources_of(request)
    return sources, prepare(request, sources)


def masks_bytes(sources: Iterable[Source]) -> float:
    """Return what the masks of images take on the disk, about; nothing is decoded."""
    return sum(_MASK_BYTES * _pixels(source) for source in sources)


def masks_sentence(sources: Sequence[Source]) -> str:
    """Say how many images have masks once a job has ended."""
    return f"There are masks of {len(sources)} image{'' if len(sources) == 1 else 's'}."


def training_bytes(job: Bootstrap) -> float:
    """Return what a tutorship's training takes on the disk while it goes on, about."""
    assert job.survey is not None  # a tutorship that trains has labels
    chosen = job.plan.settings
    scale = chosen.fibre_px / job.survey.labeled.size_px
    drawn_px = np.mean([sample.image.data.size for sample in job.plan.labeled]) * scale**2
    return float(chosen.styled_images * drawn_px * _STYLED_BYTES + _STATE_BYTES[chosen.preset])


def _pixels(source: Source) -> int:
    with open_raster(source.path, index=source.planes[0]) as raster:
        return int(np.prod(raster.shape)) * len(source.planes)
