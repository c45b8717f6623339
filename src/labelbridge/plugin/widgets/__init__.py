"""The docks."""

from labelbridge.plugin.widgets.bootstrap import BootstrapDock
from labelbridge.plugin.widgets.refine import RefineDock

__all__ = ["BootstrapDock", "RefineDock"]
