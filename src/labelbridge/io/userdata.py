"""Where LabelBridge keeps what belongs to the user and to no project: trained models and jobs."""

import os
from pathlib import Path

__all__ = ["user_data_folder"]


def user_data_folder() -> Path:
    """Return the folder for models and jobs: LABELBRIDGE_HOME where set, else the platform's user data folder."""
    if home := os.environ.get("LABELBRIDGE_HOME"):
        return Path(home).expanduser()  # Windows' own command line leaves ~ as it is
    from platformdirs import user_data_path

    return user_data_path("labelbridge", appauthor=False)
