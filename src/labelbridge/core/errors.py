"""Errors that speak to the user: what was got, what was expected, what to do."""

__all__ = ["Cancelled", "InputError", "LabelBridgeError", "NoLabels"]


class LabelBridgeError(Exception):
    """Base of every error that LabelBridge raises on purpose; its text is one sentence for the user."""


class InputError(LabelBridgeError):
    """Something the user gave (a file, a folder, a flag) cannot be used; the command line exits with 2."""


class NoLabels(InputError):
    """A folder has no labelled image, where a caller may be content with images alone."""


class Cancelled(LabelBridgeError):
    """The run was asked to stop and did; neither finished nor failed."""
