"""The task ``bootstrap``: masks for a folder of images, as `labelbridge bootstrap` makes them; loads no torch."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from labelbridge.bootstrap.files import FileRequest, bootstrap_files, sources_of
from labelbridge.bootstrap.settings import USUAL_MINUTES, BootstrapPath, best_path
from labelbridge.bootstrap.tasks.diskroom import check_room
from labelbridge.bootstrap.tasks.maskchecks import check_request, masks_bytes, masks_sentence
from labelbridge.bootstrap.tasks.masks import MaskTask
from labelbridge.bootstrap.tasks.stages import Stage
from labelbridge.bootstrap.tasks.steptimes import mask_steps
from labelbridge.core import InputError, Reporter, counted
from labelbridge.io.linking import link_folder

__all__ = ["BootstrapTask", "bootstrap_task", "check_bootstrap"]

_MASKS = "masks"


class BootstrapTask(MaskTask):
    """Settings of the job task ``bootstrap``, and of the command of that name."""

    images: tuple[Path, ...] = Field(min_length=1)
    """Image files or folders of U; these get masks."""

    path: BootstrapPath | None = None
    """The path, or None for the best that labels and models allow."""

    minutes: float | None = Field(default=None, gt=0)
    """Time for the training and the masks of tutorship, or None for 10 where neither the path nor another preset is
    given, else for as long as preset and rounds take."""

    labeled: Path | None = None
    """Folder of L's images and labels, or None where a model is given."""

    unlabeled: Path | None = None
    """Folder with further images of U to learn from, or None."""

    segmenter: Path | None = None
    """Folder of L's model; of a tutorship the weights that training starts from."""

    tutored: Path | None = None
    """Folder of a finished tutorship's model."""

    bids: bool = False
    """Whether the masks are also written as BIDS derivatives."""

    def request(self, out: Path, *, overwrite: bool = False, goes_on: bool = False) -> FileRequest:
        """Return what is to be done, with the results in `out`; see `FileRequest`."""
        return FileRequest(
            images=self.images,
            out=out,
            path=self._path,
            labeled=self.labeled,
            unlabeled=self.unlabeled,
            segmenter=self.segmenter,
            tutored=self.tutored,
            translator=self.translator,
            scale=self.scale,
            tile_overlap=self.tile_overlap,
            reading=self.reading,
            absent=self.absent,
            absent_from=self.absent_from,
            bids=self.bids,
            overwrite=overwrite,
            goes_on=goes_on,
            settings=self.settings,
            minutes=self._minutes,
        )

    @property
    def _path(self) -> BootstrapPath:
        return self.path or best_path(has_labels=self.labeled is not None, has_tutored=self.tutored is not None)

    @property
    def _minutes(self) -> float | None:
        """The time of a tutorship that trains."""
        if self.minutes and self._path != "tutorship":
            raise InputError(
                f"got {self.minutes:g} minutes for {self._path}, expected them for tutorship, the one path that trains "
                "for a time: leave --minutes out, or choose --path tutorship."
            )
        minutes = self.minutes or (USUAL_MINUTES if self.path is None and self.preset == "cpu" else None)
        if minutes and self.rounds is not None:
            raise InputError(
                f"got {counted(self.rounds, 'round')} of self-training and {minutes:g} minutes, which decide on the "
                "rounds: leave --rounds out, or give --path tutorship without --minutes."
            )
        return minutes if self._path == "tutorship" and not self.tutored else None


def check_bootstrap(task: BootstrapTask, out: Path | None = None) -> None:
    """Look at all that the task is to use, before anything is made for it.

    Parameters
    ----------
    task
        The task.
    out
        Folder of the job, whose disk must have room, or None where that is not known.

    Raises
    ------
    InputError
        Where its settings, device, images, labels, models or the disk do not do.
    """
    sources, _ = check_request(task.request(Path()))
    if out is not None:
        check_room(out, masks_bytes(sources), "masks")


def bootstrap_task(settings: Mapping[str, object], checkpoints: Path, result: Path, reporter: Reporter) -> str:
    """Run the job task: leave the masks in `result`; images that have theirs in `checkpoints` are not done again.

    Returns
    -------
    str
        How many images have masks, in a sentence.
    """
    task = BootstrapTask.model_validate(dict(settings))
    request = task.request(checkpoints / _MASKS, goes_on=True)
    sources = sources_of(request)
    steps = mask_steps(sum(len(source.planes) for source in sources))
    bootstrap_files(request, Stage(reporter, _MASKS, steps), reporter.say, reporter)
    link_folder(request.out, result)
    return masks_sentence(sources)
