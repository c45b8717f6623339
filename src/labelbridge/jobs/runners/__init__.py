"""Where jobs run: on this computer, and whatever else starts `python -m labelbridge.jobs.entry FOLDER`."""

from labelbridge.jobs.runners.choosing import RUNNERS, runner_named, runner_of
from labelbridge.jobs.runners.local import LocalRunner
from labelbridge.jobs.runners.protocol import Runner
from labelbridge.jobs.runners.slurm import SlurmRunner

__all__ = ["RUNNERS", "LocalRunner", "Runner", "SlurmRunner", "runner_named", "runner_of"]
