import hashlib
import json
import shutil
import threading
import time
from collections import namedtuple
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from labelbridge.core import Cancelled, InputError, Reporter
from labelbridge.io import fetch as fetching
from labelbridge.io.fetch import Wanted, fetch
from labelbridge.segment import read_card
from labelbridge.segment.catalogue import CATALOGUE, CatalogueEntry, find_entry
from labelbridge.segment.download import KNOWN, ZIPPED_MODEL, download_model, installed


class Server(ThreadingHTTPServer):
    """Serves one file at every address, with ranges, and can misbehave."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = b""
        self.etag: str | None = '"one"'
        self.ranges = True
        self.send_length = True
        self.break_after: int | None = None
        self.delay_s = 0.0
        self.status = 200
        self.location = ""
        self.served: list[tuple[int, int]] = []

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that go away."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/model.zip"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        server = self.server
        time.sleep(server.delay_s)
        if server.status != 200:
            self.send_response(server.status)
            self.send_header("Location", server.location)
            self.end_headers()
            return
        asked, start = self.headers.get("Range"), 0
        if asked and server.ranges and self.headers.get("If-Range") == server.etag:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
        if start >= len(server.content) > 0:
            self.send_response(416)
            self.end_headers()
            return
        self._send(start)

    def _send(self, start: int) -> None:
        server = self.server
        rest = server.content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(server.content) - 1}/{len(server.content)}")
        if server.etag:
            self.send_header("ETag", server.etag)
        if server.send_length:
            self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        sent = rest if server.break_after is None else rest[: server.break_after]
        server.served.append((start, len(sent)))
        self.wfile.write(sent)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def released(server: Server, stock, tmp_path: Path) -> CatalogueEntry:
    server.content = stock.write_zip(tmp_path / "made" / "x.zip").read_bytes()
    return CatalogueEntry(
        name="tiny",
        description="For tests.",
        modality="SEM",
        classes=("axon", "myelin"),
        pixel_sizes_um=(0.1, 0.1),
        licence="CC0-1.0",
        page="https://example.org",
        url=server.url,
    )


def _fails(url: str, target: Path, match: str, **more: float) -> None:
    with pytest.raises(InputError, match=match) as caught:
        fetch(url, target, ZIPPED_MODEL, Reporter(), **more)
    assert "\n" not in str(caught.value)
    assert not target.exists()


def test_a_model_by_name(server: Server, released: CatalogueEntry, tmp_path: Path) -> None:
    assert installed(released, tmp_path / "models") is None
    folder = download_model(released, tmp_path, Reporter())
    assert folder == installed(released, tmp_path / "models") == tmp_path / "models/tiny"
    card = read_card(folder)
    sha256 = hashlib.sha256(server.content).hexdigest()
    assert (card.name, card.licence, card.pixel_size_um, card.description) == ("tiny", "CC0-1.0", 0.1, "For tests.")
    assert card.origin == f"{server.url} (SHA-256 {sha256})"
    assert json.loads((tmp_path / KNOWN).read_text())[server.url]["sha256"] == sha256
    assert not list((tmp_path / "downloads").iterdir())
    with pytest.raises(InputError, match="already"):
        download_model(released, tmp_path, Reporter())


def test_a_changed_file_is_refused_until_it_is_trusted(
    server: Server, released: CatalogueEntry, make_stock, tmp_path: Path
) -> None:
    folder = download_model(released, tmp_path, Reporter())
    shutil.rmtree(folder)
    other = make_stock()
    other.dataset["description"] = "another"
    before, server.content = server.content, other.write_zip(tmp_path / "made/y.zip").read_bytes()
    for _ in range(2):
        with pytest.raises(InputError, match="--trust-new") as caught:
            download_model(released, tmp_path, Reporter())
        assert hashlib.sha256(before).hexdigest() in str(caught.value)
        assert not folder.exists()
    download_model(released, tmp_path, Reporter(), trust_new=True)
    shutil.rmtree(folder)
    download_model(released, tmp_path, Reporter())
    shutil.rmtree(folder)
    server.content = before
    with pytest.raises(InputError, match="--trust-new"):
        download_model(released, tmp_path, Reporter())


def test_what_cannot_be_imported_is_not_remembered(server: Server, released: CatalogueEntry, tmp_path: Path) -> None:
    whole, server.content = server.content, b"<html>please log in to this network</html>"
    with pytest.raises(InputError, match="no whole zip"):
        download_model(released, tmp_path, Reporter())
    server.content = whole
    download_model(released, tmp_path, Reporter())


def test_a_damaged_record_is_told(released: CatalogueEntry, tmp_path: Path) -> None:
    (tmp_path / KNOWN).write_text('{"x": 3}')
    with pytest.raises(InputError, match="cannot be read"):
        download_model(released, tmp_path, Reporter())


def test_an_interrupted_download_goes_on(server: Server, tmp_path: Path) -> None:
    server.content, server.break_after = bytes(range(256)) * 40, 4000
    _fails(server.url, tmp_path / "x.zip", "4000 of 10240 bytes")
    server.break_after = None
    fetch(server.url, tmp_path / "x.zip", ZIPPED_MODEL, Reporter())
    assert (tmp_path / "x.zip").read_bytes() == server.content
    assert server.served == [(0, 4000), (4000, 6240)]
    assert [path.name for path in tmp_path.iterdir()] == ["x.zip"]


@pytest.mark.parametrize("change", ["no ranges", "another version", "no etag", "another address", "damaged record"])
def test_it_begins_anew_where_it_must(server: Server, tmp_path: Path, change: str) -> None:
    server.etag = None if change == "no etag" else server.etag
    server.content, server.break_after = b"old" * 1000, 1000
    target, url = tmp_path / "x.zip", server.url
    _fails(url, target, "before the connection ended")
    server.content, server.break_after = b"new!" * 1000, None
    if change == "no ranges":
        server.ranges = False
    elif change == "another version":
        server.etag = '"two"'
    elif change == "another address":
        url += "?other"
    elif change == "damaged record":
        (tmp_path / "x.zip.part.json").write_text("[")
    fetch(url, target, ZIPPED_MODEL, Reporter())
    assert target.read_bytes() == server.content
    assert server.served[-1] == (0, 4000)


def test_a_part_that_is_longer_than_the_file(server: Server, tmp_path: Path) -> None:
    server.content, server.break_after = b"old" * 1000, 2000
    _fails(server.url, tmp_path / "x.zip", "2000 of 3000")
    server.content, server.break_after = b"shorter", None
    fetch(server.url, tmp_path / "x.zip", ZIPPED_MODEL, Reporter())
    assert (tmp_path / "x.zip").read_bytes() == b"shorter"


def test_cancel_keeps_the_part(server: Server, tmp_path: Path) -> None:
    class Stopping(Reporter):
        stop = False

        def progress(self, done: float, total: float, stage: str) -> None:
            assert (total, stage) == (len(server.content), "downloading")
            self.stop = True

        def should_stop(self) -> bool:
            return self.stop

    server.content = bytes(10**6)
    with pytest.raises(Cancelled):
        fetch(server.url, tmp_path / "x.zip", ZIPPED_MODEL, Stopping())
    part = (tmp_path / "x.zip.part").stat().st_size
    assert 0 < part < 10**6
    fetch(server.url, tmp_path / "x.zip", ZIPPED_MODEL, Reporter())
    assert server.served[-1] == (part, 10**6 - part)


def test_without_a_length(server: Server, tmp_path: Path) -> None:
    server.content, server.send_length = b"content", False
    fetch(server.url, tmp_path / "x.zip", ZIPPED_MODEL, Reporter())
    assert (tmp_path / "x.zip").read_bytes() == b"content"


@pytest.mark.parametrize(("status", "match"), [(404, "project's page"), (500, "try again later"), (403, "403")])
def test_answers_that_are_no_file(server: Server, tmp_path: Path, status: int, match: str) -> None:
    server.status = status
    _fails(server.url, tmp_path / "x.zip", match)


def test_nobody_there(tmp_path: Path) -> None:
    with Server() as closed:
        url = closed.url
    _fails(url, tmp_path / "x.zip", "check the network")


def test_no_answer(server: Server, tmp_path: Path) -> None:
    server.delay_s = 0.5
    _fails(server.url, tmp_path / "x.zip", "no answer|reached", timeout_s=0.05)


@pytest.mark.parametrize("url", ["http://example.org/x.zip", "file:///etc/passwd", "ftp://127.0.0.1/x", "x.zip"])
def test_only_https(url: str, tmp_path: Path) -> None:
    _fails(url, tmp_path / "x.zip", "https")


def test_no_redirect_away_from_https(server: Server, tmp_path: Path) -> None:
    server.status, server.location = 302, "http://example.org/x.zip"
    _fails(server.url, tmp_path / "x.zip", "https")


def test_a_full_disk_is_seen_before(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.content = bytes(1000)
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _: usage(2500))
    _fails(server.url, tmp_path / "x.zip", "free some space")
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _: usage(3500))
    fetch(server.url, tmp_path / "x.zip", ZIPPED_MODEL, Reporter())


def test_an_endless_file(server: Server, tmp_path: Path) -> None:
    server.content, server.send_length = bytes(2 * 10**6), False
    with pytest.raises(InputError, match="more than 1 MB, expected a small file"):
        fetch(server.url, tmp_path / "x", Wanted("a small file", 10**6, room=1, otherwise="wait"), Reporter())


def test_the_catalogue() -> None:
    for name, entry in CATALOGUE.items():
        assert name == entry.name == name.lower()
        assert entry.url.startswith("https://github.com/")
        assert {"axon", "myelin"} <= set(entry.classes)
    assert find_entry("Dedicated-CARS").pixel_size_um == 0.225
    assert find_entry("generalist").pixel_size_um is None
    with pytest.raises(InputError, match="dedicated-sem, dedicated-bf"):
        find_entry("nonsense")
