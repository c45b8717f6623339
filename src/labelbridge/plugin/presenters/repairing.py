"""A repair from its choice to its application: click, look at the preview, apply or leave."""

from psygnal import Signal

from labelbridge.core import InputError, Reporter
from labelbridge.plugin.presenters.repairs import AT_POINTER, Repair
from labelbridge.plugin.presenters.session import CorrectionSession
from labelbridge.plugin.presenters.tasks import Failure, TaskListener, Tasks
from labelbridge.refine import Edit
from labelbridge.refine.repairs.windows import Point

__all__ = ["Repairing"]


class Repairing:
    """The repair that is chosen, its settings, and the edit that it would make.

    Parameters
    ----------
    tasks
        Does what looks at a whole image.

    Attributes
    ----------
    session
        What is repaired, or None.
    changed
        Emitted when another repair is chosen, or another edit is to be previewed.
    said
        Emitted with one sentence for the user.
    """

    changed = Signal()
    said = Signal(str)

    def __init__(self, tasks: Tasks) -> None:
        self.session: CorrectionSession | None = None
        self._tasks = tasks
        self._repair: Repair | None = None
        self._settings: dict[str, float | str | bool] = {}
        self._clicked: Point | None = None
        self._preview: Edit | None = None

    @property
    def repair(self) -> Repair | None:
        """The repair that is chosen; None while painting."""
        return self._repair

    @property
    def settings(self) -> dict[str, float | str | bool]:
        """What the settings of the repair are."""
        return dict(self._settings)

    @property
    def preview(self) -> Edit | None:
        """What the repair would change; None where nothing was clicked yet."""
        return self._preview

    def choose(self, repair: Repair) -> None:
        """Choose a repair; one for the whole image is previewed at once."""
        self._repair, self._settings = repair, repair.defaults()
        self._forget()
        self.said.emit(repair.hint)
        self._make()

    def set(self, name: str, value: float | str | bool) -> None:
        """Change a setting and preview again what was clicked."""
        self._settings[name] = value
        self._make()

    def click(self, at: Point) -> None:
        """Preview the repair at a pixel."""
        self._clicked = at
        self._make()

    def apply(self) -> bool:
        """Apply what is previewed, as one edit; return whether there was something."""
        if self._preview is None or self.session is None:
            self.said.emit(self._repair.hint if self._repair else "Choose a repair first.")
            return False
        edit = self._preview
        self._forget()
        try:
            self.session.apply(edit)
        except InputError as error:
            self.said.emit(str(error))
            return False
        self.said.emit(_done(edit))
        return True

    def do_at_pointer(self, name: str, at: Point | None) -> None:
        """Do one of `AT_POINTER` at a pixel, None outside the image, at once and as one edit; what is chosen stays."""
        if self.session is None:
            return
        if at is None:
            self.said.emit("The pointer is outside the image; point at a fibre, then press the key.")
            return
        if self._preview is not None:
            self._forget()
        self.session.about_to_change.emit()
        try:
            edit = AT_POINTER[name](self.session.history.layers, at)
            if not edit.is_empty:
                self.session.apply(edit)
        except InputError as error:
            self.said.emit(str(error))
        else:
            self.said.emit("There is no more to move." if edit.is_empty else _done(edit))

    def leave(self) -> None:
        """Leave the repair without changing anything."""
        if self._repair is not None:
            self._repair = None
            self._forget()
            self.said.emit("")

    def _make(self) -> None:
        repair = self._repair
        if repair is None or self.session is None:
            return
        if repair.is_for_image:
            self._make_beside(repair, self.session)
        elif self._clicked is not None:
            self.session.about_to_change.emit()
            try:
                self._show(repair.make(self.session.history.layers, self._clicked, self._settings))
            except InputError as error:
                self._show(None, str(error))

    def _make_beside(self, repair: Repair, session: CorrectionSession) -> None:
        """Let a worker look at copies of the masks; what it finds counts if the settings are still the same."""
        session.about_to_change.emit()
        layers = {name: layer.copy() for name, layer in session.history.layers.items()}
        settings = self.settings

        def work(_: Reporter) -> Edit:
            return repair.make(layers, (0, 0), settings)

        def ended(edit: Edit | None, sentence: str | None = None) -> None:
            if (self._repair, self._settings, self.session) == (repair, settings, session):
                self._show(edit, sentence)
            elif self._repair is not None and self._repair.is_for_image:
                self._make()

        def failed(failure: Failure) -> None:
            ended(None, failure.sentence)

        if not self._tasks.is_busy:
            self.said.emit("Looking at the whole image.")
            self._tasks.start(work, TaskListener(finished=ended, failed=failed))

    def _show(self, edit: Edit | None, sentence: str | None = None) -> None:
        is_empty = edit is not None and edit.is_empty
        self._preview = None if is_empty else edit
        if sentence is None:
            sentence = "This changes nothing here." if is_empty else "Enter applies what is shown, Escape leaves."
        self.said.emit(sentence)
        self.changed.emit()

    def _forget(self) -> None:
        self._clicked = None
        self._preview = None
        self.changed.emit()


def _done(edit: Edit) -> str:
    return f"Done: {edit.action}. Undo takes it back."
