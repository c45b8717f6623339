"""Released models: fetched, compared with the first time, imported."""

from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError

from labelbridge.core import InputError, Reporter
from labelbridge.io import write_json
from labelbridge.io.fetch import Wanted, fetch
from labelbridge.io.modelfolder import CARD
from labelbridge.io.provenance import sha256_of
from labelbridge.segment.catalogue import CatalogueEntry

__all__ = ["KNOWN", "ZIPPED_MODEL", "download_model", "installed"]

KNOWN = "known-downloads.json"
"""Records the SHA-256 of each file at its first download, in the user data folder."""

ZIPPED_MODEL = Wanted(
    name="a model",
    most_bytes=8 * 10**9,
    room=3,  # the zip, what is unpacked of it and the model made of that
    otherwise="download it elsewhere and run `labelbridge models import` on the file",
)
"""What a released model is at most."""


class _Seen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    size: int
    first: str


class _Known(RootModel[dict[str, _Seen]]):
    """What was downloaded from each address at the first time."""


def installed(entry: CatalogueEntry, models: Path) -> Path | None:
    """Return the folder of an entry among the kept `models`, or None where it was not downloaded."""
    folder = models / entry.name
    return folder if (folder / CARD).is_file() else None


def download_model(entry: CatalogueEntry, home: Path, reporter: Reporter, *, trust_new: bool = False) -> Path:
    """Download a model and make a model folder of it.

    The SHA-256 of the file is recorded at the first download of its address and compared at every later one.

    Parameters
    ----------
    entry
        The model.
    home
        The user data folder: the model goes to ``models/<name>`` in it, the record to `KNOWN`.
    reporter
        Told of progress; asked whether to stop. What was downloaded until then is used next time.
    trust_new
        Accept a file other than at the first time, and record that from now on.

    Returns
    -------
    Path
        The model folder.

    Raises
    ------
    InputError
        Where the model is there already, `fetch` fails, the file is another than at the first time, or it is no model
        that can be imported.
    Cancelled
        Where the reporter asked to stop.
    """
    from labelbridge.segment.nnunet.foreign.importing import ModelFacts, import_model

    out = home / "models" / entry.name
    if out.exists():
        raise InputError(f"{out}: got this model already; use it, or delete the folder to download it again.")
    file = home / "downloads" / f"{entry.name}.zip"
    fetch(entry.url, file, ZIPPED_MODEL, reporter)
    try:
        seen = _compare(entry, file, home / KNOWN, trust_new=trust_new)
        facts = ModelFacts(
            licence=entry.licence,
            description=entry.description,
            pixel_size_um=entry.pixel_size_um,
            origin=f"{entry.url} (SHA-256 {seen.sha256})",
        )
        import_model(file, out, name=entry.name, facts=facts, reporter=reporter)
        _record(entry.url, seen, home / KNOWN)
    finally:
        file.unlink(missing_ok=True)
    return out


def _compare(entry: CatalogueEntry, file: Path, known: Path, *, trust_new: bool) -> _Seen:
    now = _Seen(sha256=sha256_of(file), size=file.stat().st_size, first=datetime.now(UTC).isoformat(timespec="seconds"))
    before = _read(known).get(entry.url)
    if before is None or before.sha256 == now.sha256:
        return before or now
    if trust_new:
        return now
    raise InputError(
        f"{entry.url}: got a file of {now.size} bytes with SHA-256 {now.sha256}, expected the {before.size} bytes with "
        f"{before.sha256} of {before.first}; if {entry.page} tells of a new version, accept it with --trust-new."
    )


def _read(known: Path) -> dict[str, _Seen]:
    if not known.is_file():
        return {}
    try:
        return _Known.model_validate_json(known.read_bytes()).root
    except ValidationError as error:
        raise InputError(f"{known}: got a record of downloads that cannot be read; delete it to begin anew.") from error


def _record(url: str, seen: _Seen, known: Path) -> None:
    everything = _read(known) | {url: seen}
    write_json(known, {address: one.model_dump() for address, one in everything.items()}, overwrite=True)
