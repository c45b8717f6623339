"""Models of others, taken in by a process of its own."""

import time
import zipfile
from pathlib import Path

import pytest

from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.core import Cancelled, InputError, Reporter
from labelbridge.io.modelfolder import read_any_card
from labelbridge.plugin.presenters.modelimport import add_model, download
from labelbridge.segment.nnunet.stock import export_model

SEGMENTER = sample_data_folder() / "models" / "segmenter"


class Impatient(Reporter):
    def __init__(self, after_s: float) -> None:
        self.until_s = time.monotonic() + after_s

    def should_stop(self) -> bool:
        return time.monotonic() > self.until_s


def test_a_zip_of_stock_nnunet_becomes_a_model(tmp_path: Path) -> None:
    export_model(SEGMENTER, tmp_path / "stock")
    packed = tmp_path / "their model.zip"
    with zipfile.ZipFile(packed, "w") as content:
        for file in (one for one in (tmp_path / "stock").rglob("*") if one.is_file()):
            content.write(file, file.relative_to(tmp_path))
    added = add_model(packed, tmp_path / "models", Reporter())
    assert added == tmp_path / "models" / "their-model"
    assert read_any_card(added).classes == ("background", "axon", "myelin")
    with pytest.raises(InputError, match="got a model of this name already"):
        add_model(packed, tmp_path / "models", Reporter())


def test_a_model_of_labelbridge_stays_where_it_is(tmp_path: Path) -> None:
    assert add_model(SEGMENTER, tmp_path, Reporter()) == SEGMENTER.resolve()
    assert not list(tmp_path.iterdir())


def test_what_is_no_model_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"no zip")
    with pytest.raises(InputError, match=r"broken\.zip: got a file that is no whole zip") as caught:
        add_model(tmp_path / "broken.zip", tmp_path / "models", Reporter())
    assert "Error:" not in str(caught.value)
    with pytest.raises(InputError, match="expected one of generalist"):
        download("unheard-of", Reporter())


def test_cancel_is_quick_and_leaves_nothing(tmp_path: Path) -> None:
    began_s = time.monotonic()
    with pytest.raises(Cancelled):
        add_model(tmp_path, tmp_path / "models", Impatient(0.2))
    assert time.monotonic() - began_s < 2.2
    assert not (tmp_path / "models").exists() or not list((tmp_path / "models").iterdir())
