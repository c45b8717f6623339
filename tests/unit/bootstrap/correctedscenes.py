"""Images with drawn fibres, and projects with corrected masks of them."""

from pathlib import Path

import numpy as np
import tifffile

from labelbridge.bootstrap.retraining.image import CorrectedImage, class_layers
from labelbridge.core import AXON, MYELIN, Image, LabelMap
from labelbridge.io.project import Project, add_images, save_masks
from labelbridge.refine import Edit, History, Journal
from labelbridge.refine.review import ReviewQueue, verified_by_record, verified_wholly

STEP_PX = 50
CLASSES = (AXON, MYELIN)


def fibres(seed: int, rows: int = 5, columns: int = 6) -> tuple[Image, LabelMap]:
    """Return a noisy image of dark axons in bright rings, in rows and columns, and its masks."""
    random = np.random.default_rng(seed)
    shape = rows * STEP_PX, columns * STEP_PX
    y, x = np.indices(shape)
    radius = np.hypot(y % STEP_PX - STEP_PX / 2, x % STEP_PX - STEP_PX / 2)
    labels = np.where(radius < 11, 1, np.where(radius < 17, 2, 0)).astype(np.uint8)
    grey = np.choose(labels, [120.0, 40.0, 200.0]) + random.normal(0, 12, shape)
    return Image(grey.astype(np.float32), f"fibres{seed}"), LabelMap(labels)


def done(seed: int, rows: int = 5, columns: int = 6) -> CorrectedImage:
    """Return an image that is verified as a whole."""
    image, labels = fibres(seed, rows, columns)
    return CorrectedImage(image, labels, verified_wholly(class_layers(labels)))


def partly(seed: int, accepted: int) -> CorrectedImage:
    """Return an image of which the first fibres, row by row, are verified."""
    image, labels = fibres(seed)
    queue = ReviewQueue.build(class_layers(labels))
    for place in sorted(queue, key=lambda place: place.at)[:accepted]:
        queue.accept(place)
    review = {"fibres": [vars(row) for row in queue.fibre_rows()]}
    return CorrectedImage(image, labels, verified_by_record(class_layers(labels), review))


def project(folder: Path, seeds: tuple[int, ...] = (1, 2)) -> Project:
    """Return a project whose images have masks that nobody has looked at."""
    made = Project.create(folder / "project")
    for seed in seeds:
        image, labels = fibres(seed)
        file = folder / f"{image.name}.tif"
        tifffile.imwrite(file, image.data)
        add_images(made, [file])
        save_masks(made, image.name, labels, state="bootstrapped")
    return made


def review(made: Project, name: str, journals: Path, accepted: int, *, saves: bool = True) -> Path:
    """Correct a pixel of the first fibre of an image, accept the next ones, and save the masks; return the journal."""
    _, labels = fibres(int(name.removeprefix("fibres")))
    history = History(class_layers(labels))
    queue = ReviewQueue.build(history.layers)
    with Journal.start(journals, history, image=name, image_id="whatever") as journal:
        queue.recorder = journal
        queue.follow(history)
        history.apply(_edit(history))
        unseen = [place for place in queue if queue.state(place) == "unseen"]
        for place in sorted(unseen, key=lambda place: place.at)[:accepted]:
            queue.accept(place)
    if saves:
        corrected = LabelMap.from_masks({what: layer > 0 for what, layer in history.layers.items()})
        save_masks(made, name, corrected)
    return journal.path


def _edit(history: History) -> Edit:
    middle = STEP_PX // 2
    window = slice(middle, middle + 2), slice(middle + 9, middle + 11)
    return Edit.of_arrays(history.layers, window, {MYELIN: np.ones((2, 2), np.uint8)}, "paint")
