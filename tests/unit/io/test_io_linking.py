import os
from pathlib import Path

import pytest

from labelbridge.core import InputError
from labelbridge.io.linking import link_folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "source" / "inner").mkdir(parents=True)
    (tmp_path / "source" / "inner" / "file").write_text("content", encoding="utf-8")
    return tmp_path / "source"


@pytest.mark.parametrize("has_links", [True, False])
def test_a_folder_appears_in_another_place(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no such thing here")

    if not has_links:
        monkeypatch.setattr(os, "link", refuse)
    target = tmp_path / "new" / "target"
    link_folder(source, target)
    assert (target / "inner" / "file").read_text(encoding="utf-8") == "content"
    assert os.path.samefile(source / "inner" / "file", target / "inner" / "file") == has_links


def test_nothing_is_replaced(source: Path, tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    with pytest.raises(InputError, match="target: cannot be written"):
        link_folder(source, tmp_path / "target")
