from pathlib import Path

import pytest

from labelbridge.io.userdata import user_data_folder


def test_the_home_of_models_may_begin_with_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("LABELBRIDGE_HOME", "~/models")
    assert user_data_folder() == tmp_path / "models"


def test_without_a_home_it_is_the_users_own_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LABELBRIDGE_HOME")
    assert user_data_folder().is_absolute()
    assert user_data_folder().name == "labelbridge"
