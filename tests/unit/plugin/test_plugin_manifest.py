"""What napari is told of the plugin, in a checkout and in a wheel."""

import subprocess
import sys
import tomllib
import zipfile
from importlib import import_module, util
from importlib.metadata import entry_points
from pathlib import Path

import npe2
import pytest

DOCKS = ("Bootstrap", "Refine", "Export", "Project")


@pytest.fixture
def manifest(repository: Path) -> npe2.PluginManifest:
    return npe2.PluginManifest.from_file(repository / "src" / "labelbridge" / "napari.yaml")


def test_the_file_at_the_top_is_that_of_the_package(repository: Path) -> None:
    link, real = repository / "napari.yaml", repository / "src" / "labelbridge" / "napari.yaml"
    text = link.read_text(encoding="utf-8")
    assert text in (real.read_text(encoding="utf-8"), "src/labelbridge/napari.yaml")  # what git leaves on Windows


def test_npe2_finds_nothing_wrong(repository: Path) -> None:
    file = repository / "src" / "labelbridge" / "napari.yaml"
    done = subprocess.run(
        [sys.executable, "-m", "npe2", "validate", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_installed_package_leads_to_the_manifest(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["entry-points"]["napari.manifest"]
    assert wanted == {"napari-labelbridge": "labelbridge:napari.yaml"}
    found = [one for one in entry_points(group="napari.manifest") if one.name in wanted]
    assert [one.value for one in found] == list(wanted.values()), "install the package again: `pip install -e .`"
    assert npe2.PluginManifest.from_distribution("napari-labelbridge").display_name == "LabelBridge"


def test_every_command_is_there_and_loads_no_torch(manifest: npe2.PluginManifest) -> None:
    docks = {widget.command for widget in manifest.contributions.widgets}
    for command in manifest.contributions.commands:
        if command.id not in docks:  # those need a Qt that can be loaded
            module, _, name = command.python_name.partition(":")
            assert callable(getattr(import_module(module), name))
        else:
            assert command.python_name == f"labelbridge.plugin.widgets:{command.title}Dock"


def test_docks_are_in_order_and_in_the_menus_of_layers(manifest: npe2.PluginManifest) -> None:
    names = [widget.display_name for widget in manifest.contributions.widgets]
    assert names == [name for name in DOCKS if name in names]
    menus = {menu: [item.command for item in items] for menu, items in manifest.contributions.menus.items()}
    assert menus == {
        "napari/layers/segment": ["napari-labelbridge.bootstrap"],
        "napari/layers/annotate": ["napari-labelbridge.refine"],
        "napari/file/io_utilities": ["napari-labelbridge.export"],
    }


@pytest.mark.full
def test_the_wheel_holds_manifest_samples_and_typing(repository: Path, tmp_path: Path) -> None:
    if util.find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed, so no wheel can be built")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=repository, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
        assert {"labelbridge/napari.yaml", "labelbridge/py.typed", "labelbridge/sample_data/README.md"} <= names
        wheel.extractall(tmp_path / "unpacked")
    validated = subprocess.run(
        [sys.executable, "-m", "npe2", "validate", str(tmp_path / "unpacked" / "labelbridge" / "napari.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert validated.returncode == 0, validated.stdout + validated.stderr
