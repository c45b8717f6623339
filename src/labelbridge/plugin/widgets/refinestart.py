"""The part of the Refine dock where one chooses what to correct."""

from typing import TYPE_CHECKING, cast

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFormLayout, QGroupBox, QLabel, QPushButton

from labelbridge.plugin.refining import Refining
from labelbridge.plugin.widgets.choicebox import Choice, ChoiceBox

if TYPE_CHECKING:
    from napari.layers import Image, Labels

__all__ = ["StartBox"]

_EMPTY = Choice(None, "New, empty masks", "Draw from nothing.")


class StartBox(QGroupBox):
    """An image, its masks, and the button that begins or ends their correction.

    Parameters
    ----------
    refining
        Knows images and masks, and corrects them.

    Attributes
    ----------
    chosen
        Emitted when another image is chosen.
    """

    chosen = Signal()

    def __init__(self, refining: Refining) -> None:
        super().__init__("Correct")
        self._refining = refining
        self.image_layer: Image | None = None
        self.image = ChoiceBox("Image", "The image whose masks are corrected.")
        self.masks = ChoiceBox("Masks", "The masks to correct; new ones are empty.")
        self.image.chosen.connect(self._choose)
        refining.suggested.connect(self._suggest)
        self.start = QPushButton()
        self.start.setAutoDefault(False)
        self.start.clicked.connect(self._toggle)
        self.kept = QLabel()
        self.kept.setWordWrap(True)
        self.kept.setAccessibleName("Whether the corrections are exported or saved")
        self.hint = QLabel("Open an image first: File > Open, or File > Open Sample > LabelBridge.")
        self.hint.setWordWrap(True)
        layout = QFormLayout(self)
        layout.addRow("&Image", self.image)
        layout.addRow("&Masks", self.masks)
        layout.addRow(self.start)
        layout.addRow(self.kept)
        layout.addRow(self.hint)
        self.refresh()

    def refresh(self) -> None:
        """Show the images and masks that are there now, and keep the image that is chosen."""
        images = self._refining.images()
        kept = next((layer for layer in images if layer == self.image_layer), None)
        self.image.show_choices([Choice(layer, layer.name) for layer in images], kept)
        self._choose(kept if kept is not None or not images else images[-1])
        is_on = self._refining.correcting is not None
        self.start.setText("Stop correcting" if is_on else "Start correcting")
        self.start.setToolTip(
            "End the correction; all of it is on the disk." if is_on else "Correct these masks: every edit is kept."
        )
        self.start.setEnabled(bool(images) or is_on)
        self.hint.setVisible(not images)
        for choice in (self.image, self.masks):
            choice.setEnabled(not is_on)

    def show_kept(self) -> None:
        """Say whether the corrections in work are in files."""
        self.kept.setText(self._refining.presenter.kept())
        self.kept.setVisible(bool(self.kept.text()))

    def _suggest(self, layer: "Image") -> None:
        """Choose an image that was opened to be corrected, unless another one is in work."""
        if self._refining.correcting is None:
            self.refresh()
            self._choose(layer)

    def _choose(self, layer: "Image | None") -> None:
        """Choose an image and show its sets of masks, the newest chosen."""
        before, self.image_layer = self.image_layer, layer
        self.image.setCurrentIndex(next((row for row, one in enumerate(self.image.values) if one == layer), -1))
        sets = [] if layer is None else self._refining.sets(layer)
        choices = [_choice(masks, number if len(sets) > 1 else None) for number, masks in enumerate(sets, start=1)]
        self.masks.show_choices([] if layer is None else [*choices, _EMPTY], sets[-1] if sets else None)
        if layer != before:
            self.chosen.emit()

    def _toggle(self) -> None:
        if self._refining.correcting is not None:
            self._refining.end()
        elif self.image_layer is not None:
            masks = self.masks.values[self.masks.currentIndex()]
            self._refining.begin(self.image_layer, cast("dict[str, Labels] | None", masks))


def _choice(masks: "dict[str, Labels]", number: int | None) -> Choice:
    layers = ", ".join(f"'{layer.name}'" for layer in masks.values())
    return Choice(masks, ", ".join(masks) + (f" ({number})" if number else ""), f"The layers {layers}.")
