"""The plugin's settings in napari's preferences."""

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
    from napari.settings import get_plugin_settings

    try:
        settings = get_plugin_settings(DISTRIBUTION)
    except KeyError:  # the plugin is not registered, as in a script
        return Preferences.of({})
    return Preferences.of(settings.computing.model_dump() | settings.folders.model_dump())
