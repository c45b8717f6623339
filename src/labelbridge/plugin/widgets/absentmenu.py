"""The menu that says which classes images of a project do not have."""

from collections.abc import Sequence
from functools import partial

from qtpy.QtWidgets import QMenu, QWidget

from labelbridge.plugin.presenters.project import ProjectPresenter

__all__ = ["absent_menu"]


def absent_menu(parent: QWidget, presenter: ProjectPresenter, names: Sequence[str]) -> QMenu:
    """Return a menu with a line for each class, ticked where none of the images has it.

    Parameters
    ----------
    parent
        Shows the menu.
    presenter
        Knows the images, and is told.
    names
        Names of the images.
    """
    menu = QMenu(parent)
    menu.setToolTipsVisible(True)
    rows = [row for row in presenter.rows if row.name in set(names)]
    for name in presenter.batch.draft.classes:
        action = menu.addAction(f"No {name}")
        if action is None:
            continue
        action.setToolTip(f"The selected images have no {name}: later bootstraps give none of their pixels to it.")
        action.setCheckable(True)
        action.setChecked(all(name in row.absent for row in rows))
        action.triggered.connect(partial(presenter.set_absent, tuple(names), name))
    return menu
