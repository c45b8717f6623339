"""L and U side by side, so that the eye judges whether their fibres are equally large."""

import numpy as np
from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QImage, QPixmap
from qtpy.QtWidgets import QGridLayout, QLabel, QWidget

from labelbridge.core import FloatArray

__all__ = ["SamplePictures"]

_SIDE_PX = 112
_SAMPLE_PX = 256
"""Samples are at most about so large; both are shown at the same magnification."""


class SamplePictures(QWidget):
    """Two small pictures with captions."""

    def __init__(self) -> None:
        super().__init__()
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._pictures = [_picture("labelled"), _picture("yours")]
        for column, (picture, caption) in enumerate(zip(self._pictures, ("Labelled", "Yours"), strict=True)):
            text = QLabel(caption)
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(picture, 0, column, Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(text, 1, column)

    def show_samples(self, labeled: FloatArray | None, unlabeled: FloatArray | None, zoom: float = 1.0) -> None:
        """Show a sample of each.

        Parameters
        ----------
        labeled, unlabeled
            (Y, X), float32 in [0, 1], at one scale as estimated; None shows that there is none.
        zoom
            By how much more `unlabeled` is magnified than estimated.
        """
        for picture, sample, factor in zip(self._pictures, (labeled, unlabeled), (1.0, zoom), strict=True):
            if sample is None:
                picture.setText("no image")
            else:
                picture.setPixmap(_drawn(sample, factor * _SIDE_PX / _SAMPLE_PX))


def _picture(of: str) -> QLabel:
    picture = QLabel()
    picture.setFixedSize(_SIDE_PX, _SIDE_PX)
    picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
    picture.setAccessibleName(f"Sample of the {of} image" if of == "labelled" else "Sample of your image")
    picture.setToolTip("Fibres should look equally large in both pictures; where they do not, change the scale.")
    return picture


def _drawn(sample: FloatArray, magnification: float) -> QPixmap:
    """Return the middle of a sample, magnified, at most as large as the picture."""
    side = max(2, round(_SIDE_PX / magnification))
    top, left = (max(0, (length - side) // 2) for length in sample.shape)
    part = sample[top : top + side, left : left + side]
    grey = np.ascontiguousarray(np.clip(part * 255, 0, 255).astype(np.uint8))
    height, width = grey.shape
    pixels = grey.tobytes()  # kept by name: the image below only points to it
    image = QImage(pixels, width, height, width, QImage.Format.Format_Grayscale8)
    size = QSize(max(1, round(width * magnification)), max(1, round(height * magnification)))
    stretch, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(image.scaled(size, stretch, smooth))
