"""The public forge runs what README names, on every system and Python that the package promises."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml")


@pytest.fixture
def workflow(repository: Path) -> dict[Any, Any]:
    content: dict[Any, Any] = yaml.safe_load((repository / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    return content


def test_three_systems_and_the_oldest_and_newest_python(workflow: dict[Any, Any], repository: Path) -> None:
    matrix = workflow["jobs"]["test"]["strategy"]["matrix"]
    assert {name.partition("-")[0] for name in matrix["os"]} == {"ubuntu", "windows", "macos"}
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    promised = [line.rpartition(" ")[2] for line in project["classifiers"] if "Python :: 3." in line]
    assert {promised[0], promised[-1]} == set(matrix["python"])
    assert project["requires-python"] == f">={promised[0]}"


def test_it_runs_the_command_of_readme(workflow: dict[Any, Any], repository: Path) -> None:
    runs = [step["run"] for step in workflow["jobs"]["test"]["steps"] if "run" in step]
    assert "python tasks.py test $FULL" in runs
    assert "python3 tasks.py test" in (repository / "README.md").read_text(encoding="utf-8")
    assert "--full" in workflow["jobs"]["test"]["env"]["FULL"]


def test_it_installs_what_the_launcher_would(workflow: dict[Any, Any], repository: Path) -> None:
    install = next(step["run"] for step in workflow["jobs"]["test"]["steps"] if "apt-get" in step.get("run", ""))
    launcher = (repository / "tasks.py").read_text(encoding="utf-8")
    libraries = re.findall(r'^    "(lib[^"]+)": "', launcher, re.MULTILINE)
    assert len(libraries) > 10
    assert {"xvfb", "xauth", *libraries} <= set(install.split())


def test_it_may_read_only_and_names_versions(workflow: dict[Any, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["cancel-in-progress"] is True
    used = [step["uses"] for step in workflow["jobs"]["test"]["steps"] if "uses" in step]
    assert used
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", one) for one in used)
