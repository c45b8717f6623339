from pathlib import Path

import numpy as np
import pytest

from labelbridge.bootstrap.server import parcels
from labelbridge.bootstrap.server.failures import as_error, as_message
from labelbridge.bootstrap.server.parcels import read_parcel, write_parcel
from labelbridge.bootstrap.server.windowing import with_margin
from labelbridge.core import Cancelled, Image, InputError, LabelBridgeError, NoLabels


@pytest.mark.parametrize("own", [True, False])
def test_values_come_back_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: bool) -> None:
    monkeypatch.setattr(parcels, "_PART_BYTES", 1000)  # several parts
    large = np.random.default_rng(0).random((70, 80), np.float32)
    value = {
        "twice": [large, large],
        "by columns": np.asfortranarray(large),
        "every other": large[::2, ::-1],
        "masks": large > 0.5,
        "small": np.arange(4),
        "empty": np.zeros((0, 9)),
        "number": np.float64(2.5),
        "image": Image(large, "image", 0.1, Path("x.png")),
    }
    write_parcel(tmp_path / "parcel", value)
    assert len(list((tmp_path / "parcel").glob("*.raw"))) == 4
    back = read_parcel(tmp_path / "parcel", own=own)
    for name in ("by columns", "every other", "masks", "small", "empty", "number"):
        np.testing.assert_array_equal(back[name], value[name])
        assert back[name].dtype == value[name].dtype
    assert back["twice"][0].flags.writeable == own
    np.testing.assert_array_equal(back["image"].data, large)
    assert back["image"].source == Path("x.png")


def test_nothing_is_left_of_a_parcel_that_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcels, "_PART_BYTES", 1000)
    asked = []

    def check() -> None:
        asked.append(True)
        if len(asked) == 3:
            raise Cancelled("The run was cancelled.")

    with pytest.raises(Cancelled):
        write_parcel(tmp_path / "parcel", np.zeros((70, 80)), check)
    assert not (tmp_path / "parcel").exists()
    with pytest.raises(InputError, match="folder is gone"):
        write_parcel(tmp_path / "gone" / "parcel", 1)


def test_errors_arrive_as_what_they_are() -> None:
    assert type(as_error(as_message(NoLabels("no labels.")))) is InputError
    assert isinstance(as_error(as_message(Cancelled("stopped."))), Cancelled)
    for error, sentence in (
        (LabelBridgeError("the training diverged."), r"^the training diverged\.$"),
        (MemoryError(), "memory is not enough"),
        (FileNotFoundError(2, "No such file", "x.bin"), r"^x\.bin: No such file\.$"),
        (ValueError(), r"bug in LabelBridge \(ValueError: \)"),
    ):
        again = as_error(as_message(error))
        assert not isinstance(again, InputError)
        with pytest.raises(LabelBridgeError, match=sentence):
            raise again


def test_a_window_is_seen_with_what_lies_around_it() -> None:
    image = Image(np.arange(400 * 500, dtype=np.float32).reshape(400, 500), "image")
    for window in ((slice(150, 200), slice(0, 40)), (slice(None), slice(499, 900))):
        seen, inner = with_margin(image, window)
        np.testing.assert_array_equal(seen.data[inner], image.data[window])
        assert seen.name == "image"
    assert seen.shape == (400, 129)
    with pytest.raises(InputError, match="shows nothing"):
        with_margin(image, (slice(400, 450), slice(0, 40)))
