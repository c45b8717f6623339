"""Where jobs run: on this computer, and whatever else starts `python -m labelbridge.jobs.entry FOLDER`."""

from collections.abc import Callable

from labelbridge.jobs.runners.local import LocalRunner
from labelbridge.jobs.runners.protocol import Runner

__all__ = ["RUNNERS", "LocalRunner", "Runner"]

RUNNERS: dict[str, Callable[[], Runner]] = {"local": LocalRunner}
"""The places by the names that users give them."""
