"""Public images under File > Open Sample, from a server on this computer."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import napari
import numpy as np
import pytest
from PIL import Image

from labelbridge.core import Cancelled, InputError, Reporter
from labelbridge.io import sha256_of
from labelbridge.plugin import publicsamples
from labelbridge.plugin.publicsamples import PublicFile, PublicSample, download_sample, public_samples
from labelbridge.plugin.samples import sem_axondeepseg, tem_axondeepseg

SHAPE = (40, 60)
IMAGE = "sub-a/micr/sub-a_sample-1_SEM.png"
MASKS = [f"derivatives/labels/sub-a/micr/sub-a_sample-1_SEM_seg-{name}-manual.png" for name in ("axon", "myelin")]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Serves a folder, and remembers what was asked for."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))

    def finish_request(self, request: object, client_address: object) -> None:
        self.asked.append(str(client_address))
        super().finish_request(request, client_address)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def make_server(monkeypatch: pytest.MonkeyPatch) -> Iterator:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    running: list[tuple[Server, threading.Thread]] = []

    def make(folder: Path) -> Server:
        server = Server(folder)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((server, thread))
        return server

    yield make
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A set as it lies on the server: an image, axon and myelin."""
    folder = tmp_path / "published"
    rng = np.random.default_rng(0)
    axon = np.zeros(SHAPE, np.uint8)
    axon[10:20, 10:30] = 255
    myelin = np.zeros(SHAPE, np.uint8)
    myelin[20:25, 10:30] = 255
    for path, pixels in zip([IMAGE, *MASKS], [rng.integers(0, 255, SHAPE).astype(np.uint8), axon, myelin], strict=True):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / path)
    return folder


@pytest.fixture
def server(make_server, published: Path) -> Server:
    return make_server(published)


@pytest.fixture
def sample(server: Server, published: Path) -> PublicSample:
    """A sample of that set, of which all hashes are known."""
    files = [
        PublicFile(path=path, size=(published / path).stat().st_size, sha256=sha256_of(published / path))
        for path in (IMAGE, *MASKS)
    ]
    return PublicSample(
        title="An image",
        page="https://example.org",
        files_at=server.url,
        licence="CC0-1.0",
        citation="Nobody, 2026",
        shape=SHAPE,
        pixel_size_um=0.07,
        image=files[0],
        masks=tuple(files[1:]),
    )


def without_hashes(sample: PublicSample) -> PublicSample:
    return sample.model_copy(
        update={
            "image": PublicFile(path=sample.image.path),
            "masks": tuple(PublicFile(path=mask.path) for mask in sample.masks),
        }
    )


def fails(sample: PublicSample, folder: Path, match: str) -> None:
    with pytest.raises(InputError, match=match) as caught:
        download_sample(sample, folder, Reporter())
    assert "\n" not in str(caught.value)
    assert not (folder / IMAGE).exists()


@pytest.mark.parametrize("command", [sem_axondeepseg, tem_axondeepseg])
def test_masks_lie_on_their_image_and_all_say_whose_they_are(
    command, sample: PublicSample, published: Path, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(publicsamples, "public_samples", lambda: dict.fromkeys(public_samples(), sample))
    image, axon, myelin = (napari.layers.Layer.create(*layer) for layer in command())
    assert [image.name, axon.name, myelin.name] == [f"sub-a_sample-1_SEM{end}" for end in ("", " axon", " myelin")]
    np.testing.assert_array_equal(image.data, np.asarray(Image.open(published / IMAGE)))
    np.testing.assert_array_equal(axon.data, np.asarray(Image.open(published / MASKS[0])) // 255)
    np.testing.assert_array_equal(myelin.data, np.asarray(Image.open(published / MASKS[1])) // 255)
    for layer in (image, axon, myelin):
        assert list(layer.scale) == [0.07, 0.07]
        assert {"licence": "CC0-1.0", "citation": "Nobody, 2026"}.items() <= layer.metadata.items()
    assert axon.metadata["labelbridge"] == {"class": "axon"}
    assert len(server.asked) == 3
    command()
    assert len(server.asked) == 3, "what is there is not downloaded again"


def test_what_is_damaged_on_the_disk_is_downloaded_again(sample: PublicSample, server: Server, tmp_path: Path) -> None:
    image, masks = download_sample(sample, tmp_path / "here", Reporter())
    whole = image.read_bytes()
    image.write_bytes(whole[:-20])
    assert download_sample(sample, tmp_path / "here", Reporter()) == (image, masks)
    assert image.read_bytes() == whole
    assert len(server.asked) == 4
    assert not list((tmp_path / "here").rglob("*.part*"))


def test_another_file_than_the_known_one_is_refused(sample: PublicSample, published: Path, tmp_path: Path) -> None:
    content = bytearray((published / IMAGE).read_bytes())
    content[-1] ^= 1
    (published / IMAGE).write_bytes(content)
    fails(sample, tmp_path / "here", f"SHA-256 .*, expected {sample.image.sha256}")
    (published / IMAGE).write_bytes(content + b"more")
    fails(sample, tmp_path / "here", f"expected {sample.image.size};")


def test_without_a_hash_the_pixels_are_looked_at(sample: PublicSample, published: Path, tmp_path: Path) -> None:
    unknown = without_hashes(sample)
    download_sample(unknown, tmp_path / "right", Reporter())
    (published / IMAGE).write_bytes(b"<html>please log in to this network</html>")
    fails(unknown, tmp_path / "here", "got no image; try again")
    Image.fromarray(np.zeros((40, 61), np.uint8)).save(published / IMAGE)
    fails(unknown, tmp_path / "here", "got 61 x 40 px of uint8, expected 60 x 40 px")
    Image.fromarray(np.zeros(SHAPE, np.uint16)).save(published / IMAGE)
    fails(unknown, tmp_path / "here", "uint16")


def test_nothing_larger_than_an_image_is_taken(sample: PublicSample, published: Path, tmp_path: Path) -> None:
    with (published / IMAGE).open("r+b") as file:
        file.truncate(17 * 10**6)
    fails(sample, tmp_path / "here", "more than 16 MB")


def test_without_a_network_it_is_one_sentence(sample: PublicSample, make_server, tmp_path: Path) -> None:
    with Server(tmp_path) as closed:
        nowhere = sample.model_copy(update={"files_at": closed.url})
    fails(nowhere, tmp_path / "here", "check the network, or try a generated sample")
    fails(sample.model_copy(update={"files_at": sample.files_at + "/gone"}), tmp_path / "here", "404")


def test_a_cancelled_download_goes_on_with_the_next_file(sample: PublicSample, server: Server, tmp_path: Path) -> None:
    class Stopping(Reporter):
        told: tuple[float, ...] = ()

        def progress(self, done: float, total: float, stage: str) -> None:
            assert (total, stage) == (3, "downloading")
            self.told = (*self.told, done)

        def should_stop(self) -> bool:
            return max(self.told, default=0.0) > 1

    stopping = Stopping()
    with pytest.raises(Cancelled):
        download_sample(sample, tmp_path / "here", stopping)
    assert stopping.told == (1.0, 2.0)
    assert (tmp_path / "here" / IMAGE).is_file()
    download_sample(sample, tmp_path / "here", Reporter())
    assert len(server.asked) <= 4


def test_the_pixel_size_stays_with_the_image(sample: PublicSample, tmp_path: Path) -> None:
    image, _ = download_sample(sample, tmp_path / "here", Reporter())
    said = json.loads(image.with_suffix(".json").read_text(encoding="utf-8"))
    assert said == {"PixelSize": [0.07, 0.07], "PixelSizeUnits": "um"}


def test_the_table_names_versions_that_do_not_change() -> None:
    assert set(public_samples()) == {"axondeepseg-sem", "axondeepseg-tem"}
    for sample in public_samples().values():
        assert sample.files_at.startswith("https://raw.githubusercontent.com/axondeepseg/")
        assert not sample.files_at.endswith(("/main", "/master", "/HEAD", "/"))
        assert sample.licence == "MIT"
        for file in (sample.image, *sample.masks):
            assert (file.size is None) is (file.sha256 is None)
            assert file.sha256 is None or len(file.sha256) == 64


@pytest.mark.real
@pytest.mark.parametrize(("name", "folder"), [("axondeepseg-sem", "sem_unlabeled"), ("axondeepseg-tem", "tem_labeled")])
def test_the_real_files_are_those_of_the_table(
    make_server, real_data: Path, name: str, folder: str, tmp_path: Path
) -> None:
    sample = public_samples()[name].model_copy(update={"files_at": make_server(real_data / folder).url})
    image, masks = download_sample(sample, tmp_path, Reporter())
    assert image.read_bytes() == (real_data / folder / sample.image.path).read_bytes()
    assert len(list(masks.iterdir())) == len(sample.masks)
