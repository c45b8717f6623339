"""The curves of a job's numbers."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from qtpy.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from labelbridge.plugin.presenters.jobs import JobsPresenter
from labelbridge.plugin.presenters.jobsdetails import Points
from labelbridge.plugin.widgets.choicebox import Choice, ChoiceBox

__all__ = ["CurvesTab"]

_LINE = "#e69f00"
_AXES = "#8a8f98"
"""Both can be seen on dark and on light."""

_FIRST = ("score", "dice", "loss")
"""Shown first where a job has one of them."""

_FEW = 60
"""So few points are drawn as dots, too."""

_LOWEST_PX = 150
_BELOW_PX = 6
"""What pyqtgraph would cut off of the lower label."""


class CurvesTab(QWidget):
    """A number of the selected job over its training steps, to choose from a list.

    Parameters
    ----------
    presenter
        Knows the job.
    """

    def __init__(self, presenter: JobsPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._name: str | None = None
        self._shown: Points | None = None
        self.choice = ChoiceBox("Which number", "Which of the job's numbers is drawn over the training steps.")
        self.choice.chosen.connect(self._choose)
        self.plot, self._line = _make_plot()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addWidget(self.choice)
        layout.addWidget(self.plot, 1)
        presenter.details_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Draw what is known by now."""
        curves = self._presenter.details.curves
        name = self._name if self._name in curves else _first(curves)
        self.choice.show_choices([Choice(one, one.replace("_", " ")) for one in sorted(curves)], name)
        self.choice.setEnabled(bool(curves))
        points = curves.get(name) if name else None
        if points is not self._shown:
            self._shown = points
            self._draw(points)

    def _choose(self, name: object) -> None:
        self._name = str(name)
        self.refresh()

    def _draw(self, points: Points | None) -> None:
        steps, values = points if points is not None else (np.empty(0), np.empty(0))
        self._line.setData(steps, values, symbol="o" if len(steps) <= _FEW else None)


def _make_plot() -> tuple[Any, Any]:
    """Return an empty plot and its line."""
    import pyqtgraph  # takes a while, and finds the Qt that is loaded

    plot = pyqtgraph.PlotWidget(background=None)
    plot.setMinimumHeight(_LOWEST_PX)
    plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
    plot.setAccessibleName("Curve")
    plot.setToolTip("Drag to move, turn the wheel to zoom, A at the lower left shows all again.")
    plot.setMenuEnabled(False)
    plot.setLabel("bottom", "step")
    plot.showGrid(x=True, y=True, alpha=0.3)
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(_AXES)
        axis.setTextPen(_AXES)
        axis.enableAutoSIPrefix(False)
    plot.getPlotItem().setContentsMargins(0, 0, 0, _BELOW_PX)
    line = plot.plot([], [], pen=pyqtgraph.mkPen(_LINE, width=2), symbolSize=5, symbolBrush=_LINE, symbolPen=None)
    return plot, line


def _first(curves: Mapping[str, Points]) -> str | None:
    """Return the number that tells most; of several stages, that of the first one that has it."""
    known = (name for wanted in _FIRST for name in curves if name == wanted or name.endswith(f"_{wanted}"))
    return next(known, next(iter(curves), None))
