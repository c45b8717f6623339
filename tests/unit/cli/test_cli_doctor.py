import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from labelbridge.cli.main import app
from labelbridge.doctor import Finding

NOTE = Finding("Qt binding", "none", "note", "Install one.")
PROBLEM = Finding("torch", "cannot be imported", "problem", "Install it again.")


@pytest.mark.parametrize(("findings", "code"), [([NOTE], 0), ([NOTE, PROBLEM], 2)])
def test_the_table_and_the_exit_code(findings: list[Finding], code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labelbridge.doctor.examine", lambda: findings)
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == code
    for finding in findings:
        assert finding.value in result.output
        assert f"-> {finding.remedy}" in result.output


def test_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labelbridge.doctor.examine", lambda: [NOTE, PROBLEM])
    result = CliRunner().invoke(app, ["doctor", "--json"])
    assert result.exit_code == 2
    assert [finding["name"] for finding in json.loads(result.output)["findings"]] == ["Qt binding", "torch"]


def test_it_works_without_the_packages_that_it_misses() -> None:
    missing = "import sys; sys.modules.update(dict.fromkeys(['numpy', 'psutil', 'scipy']))"
    code = f"{missing}; sys.argv = ['labelbridge', 'doctor']; from labelbridge.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "could not be found out (ModuleNotFoundError" in done.stdout
    assert "Traceback" not in done.stderr


def test_output_that_cannot_show_a_letter_is_no_error() -> None:
    code = (
        "import labelbridge.doctor as d; d.examine = lambda: [d.Finding('models', 'D:/Łódź')]\n"
        "import sys; sys.argv = ['labelbridge', 'doctor']; from labelbridge.cli.main import main; main()"
    )
    latin_only = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="latin-1", env=latin_only, check=False
    )
    assert done.stdout == "ok       models  D:/?ód?\n"
    assert done.returncode == 0
