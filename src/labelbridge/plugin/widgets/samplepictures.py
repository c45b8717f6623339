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
    """Two small pictures with captions.

    Parameters
    ----------
    unlabeled
        Caption of the second one.
    """

    def __init__(self, unlabeled: str = "Yours") -> None:
        super().__init__()
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._pictures = [_picture("labelled"), _picture("yours")]
        for column, (picture, caption) in enumerate(zip(self._pictures, ("Labelled", unlabeled), strict=True)):
            text = QLabel(caption)
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(picture, 0, column, Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(text, 1, column)

    def show_samples(self, labeled: FloatArray | None, unlabeled: FloatArray | None, zoom: float = 1.0) -> None:
        """Show a sample of each.

        Parameters
        ----------
        labeled, unlabeled
            (Y, X) or (Y, X, RGB), float32 in [0, 1], at one scale as estimated; None shows that there is none.
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
    top, left = (max(0, (length - side) // 2) for length in sample.shape[:2])
    part = np.clip(sample[top : top + side, left : left + side] * 255, 0, 255).astype(np.uint8, order="C")
    height, width, *colours = part.shape
    pixels = part.tobytes()  # kept by name: the image below only points to it
    kind = QImage.Format.Format_RGB888 if colours else QImage.Format.Format_Grayscale8
    image = QImage(pixels, width, height, part.strides[0], kind)
    size = QSize(max(1, round(width * magnification)), max(1, round(height * magnification)))
    stretch, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(image.scaled(size, stretch, smooth))
