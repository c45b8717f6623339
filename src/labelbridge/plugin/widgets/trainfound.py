"""What was found in the images of a training, and what is wrong with them."""

from collections.abc import Iterable

import numpy as np
from qtpy.QtWidgets import QGroupBox, QLabel, QVBoxLayout

from labelbridge.bootstrap.sets.found import SetFound, SetsFound
from labelbridge.core import BACKGROUND, ClassMap, FloatArray, Image, LabelMap
from labelbridge.io import draw_overlay
from labelbridge.plugin.widgets.formparts import folded_part, wrapped_label
from labelbridge.plugin.widgets.samplepictures import SamplePictures

__all__ = ["FoundBox"]

_NOTHING = "Choose both folders: then it is shown here what is in them."
_LOOKING = "Looking at the images ..."


class FoundBox(QGroupBox):
    """A sample of each modality at one scale, and sentences; what must be mended stands in bold."""

    def __init__(self) -> None:
        super().__init__("3. What was found")
        self.pictures = SamplePictures("New")
        self.facts = wrapped_label("What was found")
        self.comparison = wrapped_label("How they compare")
        self._more = folded_part("How they compare", "Scale, contrast and what is made of them.", [self.comparison])
        self.warnings = wrapped_label("What may make the result worse")
        self.problems = wrapped_label("What must be mended")
        self.problems.setStyleSheet("font-weight: bold;")
        self._shown: SetsFound | None = None
        layout = QVBoxLayout(self)
        layout.setSpacing(3)
        for part in (self.problems, self.pictures, self.facts, self.warnings, self._more):
            layout.addWidget(part)

    def show_found(self, found: SetsFound | None, *, is_looking: bool) -> None:
        """Show what was found.

        Parameters
        ----------
        found
            None where nothing is known.
        is_looking
            Whether somebody looks.
        """
        if found is None:
            self._write(self.facts, [_LOOKING if is_looking else _NOTHING])
            self._write(self.warnings, [])
            self._write(self.problems, [])
            for part in (self.pictures, self._more):
                part.hide()
        elif found is not self._shown:
            self._show(found)
        self._shown = found

    def _show(self, found: SetsFound) -> None:
        sets = [f"{name}: {_joined(one)}" for name, one in (("Labelled", found.labeled), ("New", found.unlabeled))]
        self._write(self.facts, sets)
        self._write(self.comparison, [f"{sentence[:1].upper()}{sentence[1:]}" for sentence in found.sentences])
        self._more.setVisible(bool(found.sentences))
        self._write(self.warnings, [f"Please note: {sentence}" for sentence in found.warnings])
        self._write(self.problems, found.problems)
        labeled, unlabeled = _picture(found.labeled), _picture(found.unlabeled)
        self.pictures.setVisible(labeled is not None or unlabeled is not None)
        self.pictures.show_samples(labeled, unlabeled)

    def _write(self, label: QLabel, sentences: Iterable[str]) -> None:
        text = "\n".join(sentences)
        label.setText(text)
        label.setVisible(bool(text))


def _joined(found: SetFound) -> str:
    return " ".join(found.sentences())


def _picture(found: SetFound) -> FloatArray | None:
    """Return a sample with its classes drawn on it; the sample alone where there are no labels."""
    if found.sample is None or found.sample_labels is None:
        return found.sample
    labels = LabelMap(found.sample_labels, ClassMap((BACKGROUND, *found.classes)))
    drawn = draw_overlay(Image(found.sample, found.sample_name), labels)
    return drawn.astype(np.float32) / np.float32(255)
