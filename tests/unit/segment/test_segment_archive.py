import stat
import struct
import warnings
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from labelbridge.core import InputError
from labelbridge.io import archive
from labelbridge.io.archive import open_archive
from labelbridge.segment.nnunet.foreign.importing import import_model


def _entry(name: str, kind: int = stat.S_IFREG) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("placeholder")
    entry.filename = entry.orig_filename = name
    entry.create_system = 3
    entry.external_attr = (kind | 0o644) << 16
    return entry


def _add(path: Path, entry: zipfile.ZipInfo, content: bytes = b"evil") -> None:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as file:
        warnings.simplefilter("ignore")  # zipfile warns of duplicates
        file.writestr(entry, content)


def _refused(path: Path, match: str) -> None:
    """Import, and see that nothing at all was written."""
    before = sorted(path.parent.parent.rglob("*"))
    with pytest.raises(InputError, match=match) as caught:
        import_model(path, path.parent / "imported", name="foreign")
    assert "\n" not in str(caught.value)
    assert sorted(path.parent.parent.rglob("*")) == before


@pytest.fixture
def released(stock, tmp_path: Path) -> Path:
    (tmp_path / "inner").mkdir()
    return Path(stock.write_zip(tmp_path / "inner/released.zip"))


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("../evil.txt", "out of its folder"),
        ("fold_all/../../evil.txt", "out of its folder"),
        ("/tmp/evil.txt", "absolute"),
        ("//server/share/evil.txt", "absolute"),
        ("C:/evil.txt", "forbidden name"),
        ("C:evil.txt", "forbidden name"),
        ("..\\evil.txt", "forbidden name"),
        ("fold_all\\evil.txt", "forbidden name"),
        ("plans.json:stream", "forbidden name"),
        ("line\nbreak", "forbidden name"),
        ("plans.json", "twice"),
        ("PLANS.json", "twice"),
        (".//plans.json", "twice"),
    ],
)
def test_names_that_no_model_needs(released: Path, name: str, match: str) -> None:
    _add(released, _entry(name))
    _refused(released, match)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices(released: Path, kind: int) -> None:
    _add(released, _entry("dataset-link.json", kind), b"/etc/passwd")
    _refused(released, "link or a device")


def test_a_linked_folder_cannot_lead_out(released: Path) -> None:
    _add(released, _entry("fold_0", stat.S_IFLNK), b"../..")
    _add(released, _entry("fold_0/checkpoint_best.pth"))
    _refused(released, "link")


def _set_flags(path: Path, flags: int) -> None:
    """Set the flags of the first entry in the central directory."""
    content = bytearray(path.read_bytes())
    struct.pack_into("<H", content, content.index(b"PK\x01\x02") + 8, flags)
    path.write_bytes(content)


def test_encrypted(released: Path) -> None:
    _set_flags(released, 0x1)
    _refused(released, "encrypted")


def test_unusual_packing(released: Path) -> None:
    with zipfile.ZipFile(released, "a", zipfile.ZIP_LZMA) as file:
        file.writestr("more.txt", b"text")
    _refused(released, "unusual")


def test_a_bomb_by_its_own_claim(released: Path) -> None:
    with zipfile.ZipFile(released, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        file.writestr("fold_0/checkpoint_best.pth", bytes(20_000_000))
    _refused(released, "far more than a model")


def test_a_bomb_that_claims_to_be_small(released: Path) -> None:
    with zipfile.ZipFile(released, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        file.writestr("fold_0/checkpoint_best.pth", bytes(20_000_000))
    content = released.read_bytes()
    released.write_bytes(content.replace(struct.pack("<I", 20_000_000), struct.pack("<I", 1000)))
    _refused(released, "damaged")


def test_real_bytes_are_counted(released: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with open_archive(released) as opened:
        monkeypatch.setattr(archive, "MAX_BYTES", 1000)
        with pytest.raises(InputError, match="far more"):
            opened.extract({PurePosixPath("plans.json"): tmp_path / "a", PurePosixPath("dataset.json"): tmp_path / "b"})


def test_too_many_entries(released: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_ENTRIES", 2)
    _refused(released, "3 files")


def test_a_zip_in_a_zip_is_not_opened(released: Path) -> None:
    outer = released.with_name("outer.zip")
    with zipfile.ZipFile(outer, "w") as file:
        file.write(released, "released.zip")
    _refused(outer, "unpack that")


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"<html>not found</html>"])
def test_no_zip(released: Path, content: bytes) -> None:
    released.write_bytes(content)
    _refused(released, "no whole zip")


def test_truncated(released: Path) -> None:
    released.write_bytes(released.read_bytes()[:-30])
    _refused(released, "no whole zip")


def test_damaged_content(released: Path) -> None:
    content = bytearray(released.read_bytes())
    start = content.index(b"dataset.json") + len(b"dataset.json")
    content[start : start + 20] = bytes(20)
    released.write_bytes(content)
    _refused(released, "damaged")


def test_only_what_is_needed_is_written(stock, tmp_path: Path) -> None:
    released = stock.write_zip(tmp_path / "released.zip", "deep/er/")
    with zipfile.ZipFile(released, "a") as file:
        file.writestr("deep/er/setup.py", "raise SystemExit")
        file.writestr("deep/er/fold_all/checkpoint_final.pth", "not read, because there is a better one")
    import_model(released, tmp_path / "imported", name="foreign")
    written = {path.name for path in (tmp_path / "imported").rglob("*") if path.is_file()}
    assert written == {"config.json", "plans.json", "dataset.json", "model.safetensors"}
