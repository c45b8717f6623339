"""The plugin's settings in napari's preferences."""

from functools import cache
from typing import Any

from labelbridge.doctor.packages import DISTRIBUTION
from labelbridge.plugin.presenters.preferences import Preferences

__all__ = ["read_preferences"]


def read_preferences() -> Preferences:
    """Return what the user prefers now; defaults where napari does not keep settings of the plugin.

    Raises
    ------
    InputError
        Where a setting cannot be used, such as a folder that is a file.
    """
    settings = _settings()
    return Preferences.of({} if settings is None else settings.computing.model_dump() | settings.folders.model_dump())


@cache
def _settings() -> Any:
    """Return the object that holds the settings while napari runs; None where it keeps none of the plugin.

    What the user changes is changed in it. To find it takes napari some 40 ms, so that it is found once.
    """
    from napari.settings import get_plugin_settings

    try:
        return get_plugin_settings(DISTRIBUTION)
    except KeyError:  # the plugin is not registered, as in a script
        return None
