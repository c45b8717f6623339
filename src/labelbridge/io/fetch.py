"""One file from the network, whole or to be continued."""

import json
import shutil
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from ssl import SSLError
from typing import IO, Protocol, cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from labelbridge import __version__
from labelbridge.core import InputError, Reporter
from labelbridge.io.atomic import patiently, write_json

__all__ = ["Wanted", "fetch"]

_TIMEOUT_S = 30.0
_CHUNK_BYTES = 1 << 18
_STAGE = "downloading"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Wanted:
    """What is to be downloaded: its limits, and what the user is told where it cannot be had.

    Attributes
    ----------
    name
        With its article, such as "a model".
    most_bytes
        Anything larger is refused.
    room
        So many times its size are needed on the disk, for what is made of it.
    otherwise
        What the user can do instead, where the address cannot be reached.
    """

    name: str
    most_bytes: int
    room: int
    otherwise: str


class _Response(Protocol):
    status: int
    headers: HTTPMessage

    def read(self, amount: int) -> bytes: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class _Part:
    """A download that is not complete: its file, and beside it what the server said of the whole."""

    path: Path

    @property
    def facts(self) -> Path:
        return self.path.with_name(self.path.name + ".json")

    def validator(self, url: str) -> str | None:
        """Return what names the version that the part is of; None where there is no part or no such name."""
        try:
            facts = json.loads(self.facts.read_bytes())
            known = facts["validator"] if facts["url"] == url and self.path.stat().st_size > 0 else None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return known if isinstance(known, str) else None

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self.facts.unlink(missing_ok=True)


class _SafeRedirects(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        try:
            _check_address(newurl)
        except InputError:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(url: str, target: Path, wanted: Wanted, reporter: Reporter, *, timeout_s: float = _TIMEOUT_S) -> None:
    """Download a file; what an earlier, interrupted call got is used where the server still has the same version.

    Parameters
    ----------
    url
        Address: https, or http on this computer.
    target
        Where the file goes, whole; until then its beginning is beside it, with ``.part`` at the end of the name.
    wanted
        What it should be.
    reporter
        Told of the bytes; asked whether to stop.
    timeout_s
        Longest time without an answer.

    Raises
    ------
    InputError
        Where the address is not allowed or gives no file, the network fails or the disk has no room.
    Cancelled
        Where the reporter asked to stop.
    """
    _check_address(url)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = _Part(target.with_name(target.name + ".part"))
    try:
        with closing(_open(url, part, timeout_s)) as response:
            total = _receive(url, response, part, wanted, reporter)
    except HTTPError as error:
        error.close()
        raise InputError(f"{url}: got the answer {error.code} ({error.reason}), {_advice(error.code)}.") from error
    except TimeoutError as error:
        raise InputError(f"{url}: got no answer for {timeout_s:.0f} s; try again later, it will go on.") from error
    except (URLError, HTTPException, ConnectionError, SSLError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        raise InputError(f"{url}: cannot be reached ({reason}); check the network, or {wanted.otherwise}.") from error
    size = part.path.stat().st_size
    if total is not None and size != total:
        raise InputError(f"{url}: got {size} of {total} bytes before the connection ended; run it again to go on.")
    patiently(lambda: part.path.replace(target))
    part.remove()


def _open(url: str, part: _Part, timeout_s: float) -> _Response:
    """Ask for the rest of the part or, where there is none that fits, for the whole."""
    headers = {"User-Agent": f"labelbridge/{__version__}", "Accept-Encoding": "identity"}
    validator = part.validator(url)
    opener = build_opener(_SafeRedirects)
    if validator:
        rest = {"Range": f"bytes={part.path.stat().st_size}-", "If-Range": validator}
        try:
            return cast("_Response", opener.open(Request(url, headers=headers | rest), timeout=timeout_s))
        except HTTPError as error:
            if error.code != 416:
                raise
            error.close()
    part.remove()
    return cast("_Response", opener.open(Request(url, headers=headers), timeout=timeout_s))


def _receive(url: str, response: _Response, part: _Part, wanted: Wanted, reporter: Reporter) -> int | None:
    """Write the answer's body behind the part, or in its place, and return the size of the whole where it is said."""
    have = part.path.stat().st_size if response.status == 206 else 0
    length = response.headers.get("Content-Length", "")
    total = have + int(length) if length.isdecimal() else None
    if response.status == 206 and not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
        part.remove()
        raise InputError(f"{url}: got another part of the file than asked for; run it again.")
    _check_room(part.path.parent, (total or 0) * wanted.room - have, wanted)
    if response.status != 206:
        part.remove()
        write_json(part.facts, {"url": url, "validator": _validator(response.headers)}, overwrite=True)
    with part.path.open("ab") as out:
        while chunk := response.read(_CHUNK_BYTES):
            out.write(chunk)
            have += len(chunk)
            if have > wanted.most_bytes:
                raise InputError(
                    f"{url}: got more than {wanted.most_bytes / 1e6:,.0f} MB, expected {wanted.name}; do not use it."
                )
            reporter.progress(have, total or have, _STAGE)
            reporter.checkpoint()
    return total


def _validator(headers: HTTPMessage) -> str | None:
    etag = headers.get("ETag")
    return etag if etag and not etag.startswith("W/") else headers.get("Last-Modified")


def _check_address(url: str) -> None:
    address = urlsplit(url)
    if address.scheme != "https" and not (address.scheme == "http" and address.hostname in _LOOPBACK):
        raise InputError(f"{url}: got an address that is not https, expected one that is; download it yourself.")


def _check_room(folder: Path, needed: int, wanted: Wanted) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise InputError(
            f"{folder}: got {free / 1e9:.1f} GB free, expected at least {needed / 1e9:.1f} GB for {wanted.name}; free "
            "some space, or set LABELBRIDGE_HOME to a folder on a larger disk."
        )


def _advice(code: int) -> str:
    if code in (404, 410):
        return "the file is not there any more; look for it at the project's page"
    return "expected the file; try again later"
