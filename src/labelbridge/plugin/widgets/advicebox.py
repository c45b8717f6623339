"""Which path to take: a question, what was found of each path, and Use it."""

from qtpy.QtWidgets import QVBoxLayout, QWidget

from labelbridge.plugin.presenters.advice import SHOWN_SIGNS, advice_rows, other_paths
from labelbridge.plugin.presenters.bootstrap import BootstrapPresenter
from labelbridge.plugin.widgets.formparts import folded_part, wrapped_label
from labelbridge.plugin.widgets.pushbutton import button_row, push_button
from labelbridge.plugin.widgets.scoretable import ScoreTable

__all__ = ["AdviceBox"]

_SIGNS = (
    "Measured on a few tiles, without labels. Trust: all signs together. Steady: masks that stay when a tile is "
    "turned, resized, shaded or gets noise. Fibres: part of the masks that has closed rings and usual g-ratio, size "
    "and shape. Edges: how well borders lie on edges of the image."
)


class AdviceBox(QWidget):
    """Shows what was advised, and passes on what the user wants of it.

    Parameters
    ----------
    presenter
        Decides.
    """

    def __init__(self, presenter: BootstrapPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self.ask = push_button(
            "Which path?", "Try the paths on a few tiles and recommend one; takes a minute or two.", presenter.advise
        )
        self.table = ScoreTable("What speaks for the paths", list(SHOWN_SIGNS.values()), _SIGNS)
        self.sentence = wrapped_label("Which path to take")
        self.others = wrapped_label("What is said of the other paths")
        self._others = folded_part("The other paths", "Why they are not recommended.", [self.others])
        self.use = push_button("Use it", "Choose the path that is recommended.", presenter.take_advice)
        self.train = push_button(
            "Train and compare",
            "Train the models that are missing, which can be cancelled and goes on later, and try those paths too.",
            lambda: presenter.advise(may_train=True),
        )
        self._buttons = button_row(self.use, self.train)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self.ask, self.table, self.sentence, self._buttons, self._others):
            layout.addWidget(part)

    def show_advice(self) -> None:
        """Show the advice that there is now."""
        presenter, advice = self._presenter, self._presenter.advice
        self.ask.setEnabled(presenter.can_advise)
        self.table.show_rows(advice_rows(advice))
        self.sentence.setText(advice.sentence if advice else "")
        self.sentence.setVisible(advice is not None)
        self.others.setText(other_paths(advice))
        self._others.setVisible(bool(self.others.text()))
        self.use.setVisible(advice is not None and advice.recommended is not None)
        self.use.setEnabled(presenter.can_take_advice)
        self.train.setVisible(advice is not None and advice.needs_training)
        self.train.setEnabled(presenter.can_advise)
        self._buttons.setVisible(not (self.use.isHidden() and self.train.isHidden()))
