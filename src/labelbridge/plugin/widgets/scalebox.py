"""L and U at the same scale, and the scale to change."""

from qtpy.QtCore import QSignalBlocker, Signal
from qtpy.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from labelbridge.bootstrap.server import Findings
from labelbridge.plugin.widgets.samplepictures import SamplePictures

__all__ = ["ScaleBox"]

_SMALLEST, _LARGEST, _DECIMALS = 0.002, 999.0, 3


class ScaleBox(QWidget):
    """The two samples, and below them the scale."""

    chosen = Signal(float)
    """The scale that the user has chosen."""

    def __init__(self) -> None:
        super().__init__()
        self._pictures = SamplePictures()
        self._note = QLabel()
        self._note.setWordWrap(True)
        self.spin = QDoubleSpinBox()
        self.spin.setDecimals(_DECIMALS)
        self.spin.setRange(_SMALLEST, _LARGEST)
        self.spin.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        self.spin.setKeyboardTracking(False)
        self.spin.setAccessibleName("Scale")
        self.spin.setToolTip("How large fibres are in your image, in px, over those of the labelled images.")
        self.spin.valueChanged.connect(self.chosen)
        self.measure = QPushButton("Measure")
        self.measure.setToolTip("Estimate the scale and show both images at it; takes some seconds.")
        label = QLabel("Scale")
        label.setBuddy(self.spin)
        row = QHBoxLayout()
        row.addWidget(label)
        row.addWidget(self.spin, 1)
        row.addWidget(self.measure)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pictures)
        layout.addWidget(self._note)
        layout.addLayout(row)

    def show_findings(self, findings: Findings | None, scale: float | None) -> None:
        """Show how L and U compare.

        Parameters
        ----------
        findings
            What was found; None where nobody has looked.
        scale
            The user's own scale; None for the estimate.
        """
        found = findings.survey.scale.scale if findings and findings.survey else None
        shown = scale or found
        with QSignalBlocker(self.spin):
            self.spin.setEnabled(shown is not None)
            self.spin.setValue(shown or 1.0)
        self._pictures.setVisible(found is not None)
        if findings and found and shown:
            self._pictures.show_samples(findings.labeled_sample, findings.unlabeled_sample, found / shown)
        self._note.setText(_how(findings, found, scale))


def _how(findings: Findings | None, found: float | None, scale: float | None) -> str:
    if findings is None:
        return "Measure shows both side by side; Preview and Run measure as well."
    if found is None:
        return "The model does not remember how large its fibres were: nothing can be compared."
    if scale is not None:
        return f"Your scale; the latest estimate or choice was {found:.3f}."
    return "Estimated: fibres should look equally large. Where they do not, change the scale."
