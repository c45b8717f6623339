"""Settings that napari keeps for the plugin."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import napari.settings
import npe2
import pytest
from napari.settings._plugin_config_generator import plugin_configuration_generator

from labelbridge.core import InputError
from labelbridge.io.userdata import user_data_folder
from labelbridge.plugin import preferences
from labelbridge.plugin.preferences import read_preferences
from labelbridge.plugin.presenters.preferences import Preferences


def test_defaults_are_the_manifests(repository: Path) -> None:
    manifest = npe2.PluginManifest.from_file(repository / "src" / "labelbridge" / "napari.yaml")
    values = {
        key: one.default
        for configuration in manifest.contributions.configurations.values()
        for key, one in configuration.properties.items()
    }
    assert values.keys() == {"device", "tile_overlap", "journals", "models"}
    assert Preferences.of(values) == Preferences.of({})


def test_without_settings_everything_is_in_the_user_data_folder() -> None:
    found = Preferences.of({})
    assert (found.device, found.tile_overlap) == ("auto", None)
    assert (found.journal_folder, found.model_folder) == (
        user_data_folder() / "journals",
        user_data_folder() / "models",
    )


def test_what_the_user_chose_counts(tmp_path: Path) -> None:
    found = Preferences.of({"device": "cpu", "tile_overlap": 0, "journals": f" {tmp_path} ", "models": "~/models"})
    assert (found.device, found.tile_overlap, found.journal_folder) == ("cpu", 0.0, tmp_path)
    assert found.model_folder == Path.home() / "models"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"device": "gpu"}, "got the device 'gpu', expected one of auto, cpu, cuda, mps"),
        ({"tile_overlap": "0.95"}, "got the tile overlap '0.95', expected 'usual' or 0 to 0.75"),
        ({"tile_overlap": "half"}, "got the tile overlap 'half'"),
        ({"tile_overlap": "nan"}, "got the tile overlap 'nan'"),
        ({"models": "models"}, "got 'models' for the folder of models, expected a whole path"),
        ({"journals": __file__}, "for the folder of journals, expected a folder"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(values: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match="Preferences > LabelBridge") as caught:
        Preferences.of(values)
    assert words in str(caught.value)


@pytest.fixture
def _forgotten() -> Iterator[None]:
    """No settings that another test has found, and none for the next."""
    preferences._settings.cache_clear()  # noqa: SLF001
    yield
    preferences._settings.cache_clear()  # noqa: SLF001


@pytest.mark.usefixtures("_forgotten")
def test_they_come_from_napari_and_follow_what_the_user_changes(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = npe2.PluginManager()
    manager.register(npe2.PluginManifest.from_file(repository / "src" / "labelbridge" / "napari.yaml"))
    model = plugin_configuration_generator(manager)["napari-labelbridge"]
    kept, asked = model(config_path=None), []

    def settings(plugin: str) -> Any:
        asked.append(plugin)
        return {"napari-labelbridge": kept}[plugin]

    monkeypatch.setattr(napari.settings, "get_plugin_settings", settings)
    assert read_preferences() == Preferences.of({})
    kept.computing.device, kept.computing.tile_overlap, kept.folders.models = "cpu", "0.25", str(tmp_path)
    assert read_preferences() == Preferences.of({"device": "cpu", "tile_overlap": 0.25, "models": str(tmp_path)})
    assert len(asked) == 1, "napari takes long to find them"


@pytest.mark.usefixtures("_forgotten")
def test_where_napari_knows_no_settings_there_are_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(napari.settings, "get_plugin_settings", lambda plugin: {}[plugin])
    assert read_preferences() == Preferences.of({})
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path))
    assert read_preferences().journal_folder == tmp_path / "journals"
