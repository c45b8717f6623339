"""The paths from an image of U to masks: direct, adaptation, tutorship."""

from labelbridge.bootstrap.plan import Plan
from labelbridge.bootstrap.run import Bootstrap
from labelbridge.bootstrap.settings import BootstrapPath, Preset, TutorshipSettings
from labelbridge.bootstrap.survey import Survey

__all__ = ["Bootstrap", "BootstrapPath", "Plan", "Preset", "Survey", "TutorshipSettings"]
