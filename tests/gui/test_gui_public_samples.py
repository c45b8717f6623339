"""Public images opened from the menu, from a server on this computer."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from hands import open_from_menu
from labelbridge.core import LabelBridgeError
from labelbridge.plugin import publicsamples
from labelbridge.plugin.publicsamples import PublicFile, PublicSample, public_samples

TITLE = "SEM image of AxonDeepSeg with masks (1 MB download)"
SHAPE = (64, 48)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def published(tmp_path: Path) -> Path:
    folder = tmp_path / "published"
    folder.mkdir()
    for name, value in (("a_SEM", 100), ("a_SEM_seg-axon", 0), ("a_SEM_seg-myelin", 255)):
        Image.fromarray(np.full(SHAPE, value, np.uint8)).save(folder / f"{name}.png")
    return folder


@pytest.fixture
def url(published: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(published))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def sample_at(url: str) -> PublicSample:
    return PublicSample(
        title="An image",
        page="https://example.org",
        files_at=url,
        licence="CC0-1.0",
        citation="Nobody, 2026",
        shape=SHAPE,
        pixel_size_um=0.1,
        image=PublicFile(path="a_SEM.png"),
        masks=(PublicFile(path="a_SEM_seg-axon.png"), PublicFile(path="a_SEM_seg-myelin.png")),
    )


def test_a_public_image_opens_from_the_menu_once_there_is_a_network(
    make_napari_viewer: Callable[..., Any], url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    viewer = make_napari_viewer(show=True)
    offered = dict.fromkeys(public_samples(), sample_at(f"{url}/gone"))
    monkeypatch.setattr(publicsamples, "public_samples", lambda: offered)
    with pytest.raises(LabelBridgeError, match="got the answer 404"):
        viewer.open_sample("napari-labelbridge", "sem-axondeepseg")
    assert not viewer.layers
    offered |= dict.fromkeys(offered, sample_at(url))
    open_from_menu(viewer.window.file_menu, "Open Sample", "LabelBridge", TITLE)
    assert [layer.name for layer in viewer.layers] == ["a_SEM", "a_SEM axon", "a_SEM myelin"]
    assert [layer.data.max() for layer in viewer.layers] == [100, 0, 1]
    assert all(layer.metadata["licence"] == "CC0-1.0" for layer in viewer.layers)
