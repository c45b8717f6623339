"""The window as the command line opens it, and what the manifest puts into napari."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from napari import Viewer
from napari._app_model import get_app_model
from npe2 import PluginManager
from PIL import Image as PillowImage

from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.io import find_masks, read_label_map
from labelbridge.plugin.viewer import class_layers, image_layers
from labelbridge.plugin.window import add_docks

PLUGIN = "napari-labelbridge"
IMAGE = Path("sem_unlabeled/sub-s1/micr/sub-s1_sample-01_SEM.png")
LIGHT = """
import sys
from pathlib import Path
from labelbridge.plugin.window import open_window
image, masks, picture = map(Path, sys.argv[1:])
open_window(image, masks=masks, picture=picture)
sys.exit(bool({"torch", "nnunetv2"} & sys.modules.keys()))
"""


def test_the_window_shows_image_masks_and_docks_without_torch(tmp_path: Path) -> None:
    data, picture = sample_data_folder(), tmp_path / "window.png"
    arguments = [str(data / IMAGE), str(data / "truth" / "sem_unlabeled"), str(picture)]
    done = subprocess.run([sys.executable, "-c", LIGHT, *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    pixels = np.asarray(PillowImage.open(picture).convert("RGB"), np.int16)
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    assert np.mean((red > green + 40) & (red > blue + 40)) > 0.01, "the myelin is drawn"
    assert np.mean((blue > green + 20) & (blue > red + 40)) > 0.01, "the axons are drawn"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gone.png"], "gone.png: there is no such file"),
        ([str(sample_data_folder() / IMAGE), "--masks", str(sample_data_folder() / "tem_labeled")], "got no masks of"),
    ],
)
def test_a_file_that_cannot_be_shown_is_one_sentence_and_no_window(arguments: list[str], words: str) -> None:
    command = [sys.executable, "-m", "labelbridge.plugin", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_docks_open_once_each_in_the_manifests_order(make_napari_viewer: Callable[..., Viewer]) -> None:
    viewer = make_napari_viewer()
    add_docks(viewer, PluginManager.instance().get_manifest(PLUGIN), front="Bootstrap")
    add_docks(viewer, PluginManager.instance().get_manifest(PLUGIN), front="Bootstrap")
    ours = [name for name in viewer.window.dock_widgets if "(LabelBridge)" in name]
    assert [name.split(" (")[0] for name in ours] == ["Bootstrap", "Refine", "Export", "Project", "Train", "Jobs"]


def test_the_menu_knows_the_docks_that_were_opened(make_napari_viewer: Callable[..., Viewer]) -> None:
    viewer = make_napari_viewer()
    add_docks(viewer, PluginManager.instance().get_manifest(PLUGIN), front="Bootstrap")
    before = list(viewer.window.dock_widgets)
    get_app_model().commands.execute_command(f"{PLUGIN}.refine").result()
    assert list(viewer.window.dock_widgets) == before


def test_the_sample_and_its_masks_belong_together(make_napari_viewer: Callable[..., Viewer]) -> None:
    viewer = make_napari_viewer()
    viewer.open_sample(PLUGIN, "sem-masks")
    (image,) = image_layers(viewer)
    masks = class_layers(viewer, image)
    assert list(masks) == ["axon", "myelin"]
    assert all(list(mask.scale) == list(image.scale) == [0.1, 0.1] for mask in masks.values())


def test_what_is_saved_opens_again(make_napari_viewer: Callable[..., Viewer], tmp_path: Path) -> None:
    viewer = make_napari_viewer()
    image, *masks = viewer.open_sample(PLUGIN, "sem-masks")
    viewer.layers.selection = set(masks)
    written = viewer.layers.save(str(tmp_path / "nerve.ome.tif"), selected=True, plugin=PLUGIN)
    assert [Path(file).name for file in written] == ["nerve_seg.ome.tif"]
    saved = read_label_map(find_masks(tmp_path)["nerve"])
    assert all(np.array_equal(saved.mask(layer.name.split()[-1]), layer.data) for layer in masks)
    viewer.layers.clear()
    axon, myelin = viewer.open(written[0], plugin=PLUGIN)
    assert (axon.name, myelin.name) == ("nerve axon", "nerve myelin")
    assert np.array_equal(axon.data, masks[0].data)
    assert list(axon.scale) == list(image.scale)


def test_two_masks_opened_at_once_bring_their_image_once(
    make_napari_viewer: Callable[..., Viewer], tmp_path: Path
) -> None:
    viewer = make_napari_viewer()
    _, *masks = viewer.open_sample(PLUGIN, "sem-masks")
    viewer.layers.selection = set(masks)
    PillowImage.fromarray(viewer.layers[0].data).save(tmp_path / "nerve.png")
    files = viewer.layers.save(str(tmp_path / "nerve_seg-all.png"), selected=True, plugin=PLUGIN)
    viewer.layers.clear()
    viewer.open([file for file in files if file.endswith(("axon.png", "myelin.png"))][:2], plugin=PLUGIN)
    names = [layer.name for layer in viewer.layers]
    assert names.count("nerve") == 1
    assert {"nerve axon", "nerve myelin"} <= set(names)


def test_the_menus_have_it(make_napari_viewer: Callable[..., Viewer]) -> None:
    make_napari_viewer()
    menus = get_app_model().menus
    titles = [getattr(item, "title", "") for item in menus.get_menu("napari/plugins")]
    assert "LabelBridge" in titles
    offered = {
        menu: {item.command.id for item in menus.get_menu(f"napari/layers/{menu}") if hasattr(item, "command")}
        for menu in ("segment", "annotate")
    }
    assert f"{PLUGIN}.bootstrap" in offered["segment"]
    assert f"{PLUGIN}.refine" in offered["annotate"]
