"""What napari is told of the plugin, in a checkout and in a wheel."""

import os
import subprocess
import sys
import tomllib
import zipfile
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

import npe2
import pytest

PLUGIN = "napari-labelbridge"
DOCKS = ("Bootstrap", "Refine", "Export", "Project", "Train", "Jobs")


@pytest.fixture
def manifest(repository: Path) -> npe2.PluginManifest:
    return npe2.PluginManifest.from_file(repository / "src" / "labelbridge" / "napari.yaml")


def test_the_file_at_the_top_is_that_of_the_package(repository: Path) -> None:
    link, real = repository / "napari.yaml", repository / "src" / "labelbridge" / "napari.yaml"
    text = link.read_text(encoding="utf-8")
    assert text in (real.read_text(encoding="utf-8"), "src/labelbridge/napari.yaml")  # what git leaves on Windows


def test_npe2_finds_nothing_wrong(repository: Path) -> None:
    file = repository / "src" / "labelbridge" / "napari.yaml"
    run([sys.executable, "-m", "npe2", "validate", str(file)], repository)


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


@pytest.fixture(scope="module")
def unpacked(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the repository, unpacked as an installation would."""
    folder = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)], repository)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "unpacked")
    return folder / "unpacked"


@pytest.mark.full
def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(repository: Path, unpacked: Path) -> None:
    wanted = {f"labelbridge/{path}" for path in files_below(repository / "src" / "labelbridge")}
    wanted |= {f"labelbridge/sample_data/{path}" for path in files_below(repository / "sample_data")}
    held = {path for path in files_below(unpacked) if ".dist-info/" not in path}
    assert held == wanted
    assert {"labelbridge/napari.yaml", "labelbridge/py.typed", "labelbridge/plugin/publicsamples.json"} <= held


@pytest.mark.full
def test_npe2_finds_nothing_wrong_in_the_wheel(unpacked: Path, tmp_path: Path) -> None:
    code = "import labelbridge, npe2; print(labelbridge.__file__, npe2.PluginManifest.from_distribution({0!r}).name)"
    said = run([sys.executable, "-c", code.format(PLUGIN)], tmp_path, PYTHONPATH=str(unpacked))
    assert said.split() == [str(unpacked / "labelbridge" / "__init__.py"), PLUGIN]
    run([sys.executable, "-m", "npe2", "validate", PLUGIN], tmp_path, PYTHONPATH=str(unpacked))


@pytest.mark.full
def test_samples_open_from_the_wheel(unpacked: Path, tmp_path: Path) -> None:
    code = (
        "from labelbridge.plugin.publicsamples import public_samples\n"
        "from labelbridge.plugin.samples import tem_phantom_with_masks\n"
        "print(len(tem_phantom_with_masks()), len(public_samples()))"
    )
    assert run([sys.executable, "-c", code], tmp_path, PYTHONPATH=str(unpacked)).split() == ["4", "2"]


def files_below(folder: Path) -> set[str]:
    """Return the files below a folder, without what Python and others keep there."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in path.relative_to(folder).parts)
    }


def run(command: list[str], folder: Path, **variables: str) -> str:
    """Run a command in a folder, and return what it has printed."""
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
