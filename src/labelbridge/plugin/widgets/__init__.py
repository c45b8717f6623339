"""The docks."""

from labelbridge.plugin.widgets.bootstrap import BootstrapDock
from labelbridge.plugin.widgets.export import ExportDock
from labelbridge.plugin.widgets.jobs import JobsDock
from labelbridge.plugin.widgets.project import ProjectDock
from labelbridge.plugin.widgets.refine import RefineDock
from labelbridge.plugin.widgets.train import TrainDock

__all__ = ["BootstrapDock", "ExportDock", "JobsDock", "ProjectDock", "RefineDock", "TrainDock"]
