"""The pictures that a job has shown, over time."""

from datetime import datetime

import numpy as np
from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QImage, QPixmap, QResizeEvent
from qtpy.QtWidgets import QLabel, QSizePolicy, QSlider, QVBoxLayout, QWidget

from labelbridge.jobs import ShownPreview
from labelbridge.plugin.presenters.jobs import JobsPresenter
from labelbridge.plugin.presenters.jobsdetails import Picture
from labelbridge.plugin.widgets.choicebox import Choice, ChoiceBox

__all__ = ["PreviewsTab"]

_LOWEST_PX = 110


class PreviewsTab(QWidget):
    """One picture of the selected job at a time, a list of what they show, and a slider through time.

    Parameters
    ----------
    presenter
        Knows the job and reads pictures.
    """

    def __init__(self, presenter: JobsPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._name: str | None = None
        self._shown: list[ShownPreview] = []
        self.choice = ChoiceBox("Which preview", "What the job's pictures show.")
        self.choice.chosen.connect(self._choose)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("When")
        self.slider.setToolTip("Go through the pictures from the first, at the left, to the latest.")
        self.slider.valueChanged.connect(self._show)
        self.picture = _PictureLabel()
        self.caption = QLabel("No previews yet.")
        self.caption.setAccessibleName("When the preview was made")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        for part in (self.choice, self.slider, self.caption):
            layout.addWidget(part)
        layout.addWidget(self.picture, 1)
        presenter.details_changed.connect(self.refresh)
        presenter.picture_changed.connect(self._show_picture)

    def refresh(self) -> None:
        """Show what there is by now; whoever looks at the latest picture goes on to the next."""
        previews = self._presenter.details.previews
        names = list(dict.fromkeys(preview.name for preview in previews))
        name = self._name if self._name in names else next(iter(names), None)
        self.choice.show_choices([Choice(one, one.replace("_", " ")) for one in names], name)
        shown = [preview for preview in previews if preview.name == name]
        if shown == self._shown:
            return
        was_last = self.slider.value() == self.slider.maximum()
        file = self._shown[self.slider.value()].file if self._shown else None
        self._shown = shown
        place = next((row for row, one in enumerate(shown) if one.file == file), len(shown) - 1)
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, len(shown) - 1))
        self.slider.setValue(len(shown) - 1 if was_last else place)
        self.slider.blockSignals(False)
        self._show()

    def _choose(self, name: object) -> None:
        self._name, self._shown = str(name), []
        self.slider.setValue(self.slider.maximum())
        self.refresh()

    def _show(self) -> None:
        """Say which picture is wanted, and have it read."""
        for control in (self.choice, self.slider):
            control.setEnabled(bool(self._shown))
        if not self._shown:
            self.caption.setText("No previews yet.")
            self._presenter.show_preview(None)
            return
        preview = self._shown[self.slider.value()]
        self.caption.setText(f"{_when(preview)} ({self.slider.value() + 1} of {len(self._shown)})")
        self._presenter.show_preview(preview.file)

    def _show_picture(self) -> None:
        found = self._presenter.picture
        self.picture.show_picture(found[1] if found else None)


class _PictureLabel(QLabel):
    """Shows a picture as large as there is room."""

    def __init__(self) -> None:
        super().__init__()
        self._pixmap = QPixmap()
        self.setAccessibleName("Preview")
        self.setToolTip(
            "What was learnt so far. A translator's rows: source, its intensities mapped, its translation, and back."
        )
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.setMinimumHeight(_LOWEST_PX)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    def show_picture(self, pixels: Picture | None) -> None:
        """Show pixels, (Y, X) or (Y, X, RGB), uint8, or nothing."""
        self._pixmap = QPixmap() if pixels is None else _pixmap_of(pixels)
        self._fit()

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # Qt's name
        """Fit the picture again."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._pixmap.isNull():
            self.clear()
            return
        room = QSize(max(1, self.width()), max(1, self.height()))
        smooth, whole = Qt.TransformationMode.SmoothTransformation, Qt.AspectRatioMode.KeepAspectRatio
        self.setPixmap(self._pixmap.scaled(room, whole, smooth))


def _pixmap_of(pixels: Picture) -> QPixmap:
    data = np.ascontiguousarray(pixels)
    height, width, channels = (*data.shape, 1)[:3]
    kind = QImage.Format.Format_RGB888 if channels == 3 else QImage.Format.Format_Grayscale8
    kept = data.tobytes()  # kept by name: the image below only points to it
    return QPixmap.fromImage(QImage(kept, width, height, width * channels, kind))


def _when(preview: ShownPreview) -> str:
    parts = [] if preview.step is None else [f"after {preview.step:,} steps"]
    if preview.time_s is not None:
        parts.append(f"{datetime.fromtimestamp(preview.time_s).astimezone():%Y-%m-%d %H:%M}")
    return ", ".join(parts) or preview.file.name
