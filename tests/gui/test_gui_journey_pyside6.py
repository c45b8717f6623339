"""The journey of an annotator once more, with the other Qt.

`tasks.py test --full` installs PySide6 into a folder of its own, which only the Python that this test starts can see:
two Qt libraries in one process do not get along.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PYSIDE6 = Path(sys.prefix) / "pyside6"
JOURNEY = Path(__file__).with_name("test_gui_journey.py")
OF_THE_OUTER_RUN = ("LABELBRIDGE_TESTS_NO_WINDOW", "PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST")


@pytest.mark.full
def test_the_journey_with_pyside6(repository: Path, tmp_path: Path) -> None:
    if not (PYSIDE6 / "PySide6").is_dir():
        pytest.skip(f"{PYSIDE6} has no PySide6; `python3 tasks.py test --full` installs it")
    variables = {
        name: value
        for name, value in os.environ.items()
        if name not in OF_THE_OUTER_RUN and not name.startswith("PYTEST_XDIST")
    }
    path = os.pathsep.join(filter(None, [str(PYSIDE6), os.environ.get("PYTHONPATH", "")]))
    variables |= {"QT_API": "pyside6", "PYTEST_QT_API": "pyside6", "PYTHONPATH": path}
    options = ["--full", "--quiet", "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "journey")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", str(JOURNEY), *options],
        cwd=repository,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    said = f"{done.stdout}\n{done.stderr}"
    assert done.returncode == 0, said
    assert "1 passed" in done.stdout, said
