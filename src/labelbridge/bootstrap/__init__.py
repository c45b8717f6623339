"""The paths from an image of U to masks: direct, adaptation, tutorship."""

from labelbridge.bootstrap.run import Bootstrap, Plan
from labelbridge.bootstrap.settings import BootstrapPath, Preset, TutorshipSettings
from labelbridge.bootstrap.survey import Survey

__all__ = ["Bootstrap", "BootstrapPath", "Plan", "Preset", "Survey", "TutorshipSettings"]
