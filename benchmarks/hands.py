"""Menus, buttons, lists and keys of a real window, used as a person does; for benchmarks and tests."""

import time
from collections.abc import Callable
from typing import Any

__all__ = ["button_of", "choose_in_list", "click", "open_from_menu", "press", "wait_until"]

_LOOK_EVERY_S = 0.02


def open_from_menu(menu: Any, *titles: str) -> None:
    """Choose an entry of a menu of the window, through submenus.

    Parameters
    ----------
    menu
        Such as `viewer.window.file_menu`.
    titles
        What the user reads on the way, without shortcuts, such as "Open Sample", "LabelBridge", "SEM image".
    """
    for number, title in enumerate(titles, start=1):
        menu.aboutToShow.emit()
        offered = {one.text().replace("&", ""): one for one in menu.actions()}
        if title not in offered:
            raise LookupError(f"the menu has no '{title}' but {', '.join(filter(None, offered))}")
        action = offered[title]
        if number < len(titles):
            menu = action.menu()
        else:
            action.trigger()


def press(viewer: Any, key: Any, modifier: Any = None) -> None:
    """Press a key over the image."""
    from qtpy.QtCore import Qt
    from qtpy.QtTest import QTest

    canvas = viewer.window._qt_viewer.canvas.native  # noqa: SLF001 # the only way to it
    QTest.keyClick(canvas, key, modifier or Qt.KeyboardModifier.NoModifier)


def button_of(widget: Any, title: str) -> Any:
    """Return the first button in a widget that is seen and has this title."""
    from qtpy.QtWidgets import QApplication, QPushButton

    QApplication.processEvents()  # new buttons are laid out
    found = [one for one in widget.findChildren(QPushButton) if one.text() == title and one.isVisible()]
    if not found:
        raise LookupError(f"there is no button '{title}'")
    return found[0]


def click(button: Any) -> None:
    """Click a button that can be clicked."""
    from qtpy.QtCore import Qt
    from qtpy.QtTest import QTest

    if not button.isEnabled():
        raise AssertionError(f"the button '{button.text()}' cannot be clicked")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def choose_in_list(box: Any, row: int) -> None:
    """Go to a row of a drop-down list with the keys."""
    from qtpy.QtCore import Qt
    from qtpy.QtTest import QTest

    while box.currentIndex() != row:
        QTest.keyClick(box, Qt.Key.Key_Down if box.currentIndex() < row else Qt.Key.Key_Up)


def wait_until(is_so: Callable[[], bool], timeout_s: float = 60) -> None:
    """Let the window live until something is so; raises TimeoutError where that takes too long."""
    from qtpy.QtWidgets import QApplication

    until_s = time.monotonic() + timeout_s
    while not is_so():
        if time.monotonic() > until_s:
            raise TimeoutError(f"waited {timeout_s:g} s for nothing")
        QApplication.processEvents()
        time.sleep(_LOOK_EVERY_S)
