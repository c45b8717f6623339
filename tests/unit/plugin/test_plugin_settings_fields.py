"""Fields of a form, read off a pydantic model."""

from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator

from labelbridge.bootstrap.retraining.task import RetrainTask
from labelbridge.bootstrap.tasks.tutorship import TutorshipTask
from labelbridge.bootstrap.training import SegmenterTask
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.plugin.presenters.settingsfields import SettingsField, problems_with, settings_fields


class Task(BaseModel):
    """Settings of all kinds."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    folder: Path
    """Where the images are."""

    count: int = Field(default=3, ge=1, lt=10)
    """How many ``layers`` the network has,
    or so."""

    rate: float = Field(default=0.5, gt=0, le=1)
    minutes: float | None = Field(default=None, gt=0)
    """Time, or None for all that it takes."""

    swift: bool = False
    mode: Literal["fast", "good"] = "good"
    device: Literal["cpu", "cuda"] | None = None
    channel: str | int | None = None
    slices: int | Literal["all"] | None = None
    classes: tuple[str, ...] = ("axon", "myelin")
    folds: tuple[str, ...] | None = None
    pixel_size_um: float | None = Field(default=None, title="Pixel size")

    @field_validator("classes")
    @classmethod
    def _check(cls, classes: tuple[str, ...]) -> tuple[str, ...]:
        if "axon" not in classes:
            raise ValueError("got no axon, expected one among the classes")
        return classes


@pytest.fixture
def fields() -> dict[str, SettingsField]:
    return {field.name: field for field in settings_fields(Task)}


def test_kinds_and_defaults_are_the_models(fields: dict[str, SettingsField]) -> None:
    assert {name: (field.kind, field.default, field.is_optional) for name, field in fields.items()} == {
        "folder": ("folder", None, False),
        "count": ("whole", 3, False),
        "rate": ("number", 0.5, False),
        "minutes": ("number", None, True),
        "swift": ("switch", False, False),
        "mode": ("choice", "good", False),
        "device": ("choice", None, True),
        "channel": ("text", None, True),
        "slices": ("text", None, True),
        "classes": ("list", ["axon", "myelin"], False),
        "folds": ("list", None, True),
        "pixel_size_um": ("number", None, True),
    }
    assert fields["mode"].choices == ("fast", "good")


def test_limits_are_the_models(fields: dict[str, SettingsField]) -> None:
    assert (fields["count"].least, fields["count"].most) == (1, 9)
    assert (fields["rate"].least, fields["rate"].most) == (0.001, 1)
    assert (fields["swift"].least, fields["swift"].most) == (None, None)


def test_words_are_the_docstrings(fields: dict[str, SettingsField]) -> None:
    assert fields["count"].tooltip == "How many layers the network has, or so."
    assert fields["minutes"].tooltip == "Time, or automatic for all that it takes."
    assert (fields["swift"].label, fields["pixel_size_um"].label) == ("Swift", "Pixel size")


def test_fields_can_be_left_out() -> None:
    assert [field.name for field in settings_fields(Task, {"folder", "rate"})][:2] == ["count", "minutes"]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("channel", "DAPI", "DAPI"),
        ("channel", " 2 ", 2),
        ("channel", "", None),
        ("slices", "all", "all"),
        ("slices", "0", 0),
        ("classes", "axon, myelin ,uaxon", ["axon", "myelin", "uaxon"]),
        ("folds", " ", None),
    ],
)
def test_text_becomes_a_value_and_back(fields: dict[str, SettingsField], name: str, text: str, value: Any) -> None:
    assert fields[name].read(text) == value
    assert fields[name].read(fields[name].write(value)) == value
    assert problems_with(Task, {name: value}) == {}


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("count", 0, "Count: got '0', expected at least 1."),
        ("count", 10, "Count: got '10', expected less than 10."),
        ("count", 1.5, "Count: got '1.5', expected a whole number."),
        ("rate", "much", "Rate: got 'much', expected a number."),
        ("minutes", -1, "Minutes: got '-1', expected more than 0."),
        ("mode", "slow", "Mode: got 'slow', expected 'fast' or 'good'."),
        ("slices", "some", "Slices: got 'some', expected a whole number or 'all'."),
        ("swift", "perhaps", "Swift: got 'perhaps', expected yes or no."),
        ("classes", ["myelin"], "Classes: got no axon, expected one among the classes."),
        ("folds", "all", "Folds: got 'all', expected several, with commas between them."),
        ("folder", 3, "Folder: got '3', expected a folder."),
    ],
)
def test_what_cannot_be_is_one_sentence(name: str, value: Any, sentence: str) -> None:
    assert problems_with(Task, {name: value, "swift" if name != "swift" else "rate": 1}) == {name: sentence}


def test_several_problems_at_once() -> None:
    assert set(problems_with(Task, {"count": 0, "rate": 2, "mode": "good"})) == {"count", "rate"}


@pytest.mark.parametrize("task", [TranslatorTask, TutorshipTask, RetrainTask, SegmenterTask])
def test_every_setting_of_every_task_has_a_tooltip_and_a_kind(task: type[BaseModel]) -> None:
    for field in settings_fields(task):
        assert field.tooltip.endswith("."), field.name
        assert "`" not in field.tooltip
        assert field.label
        if field.default is not None:
            assert problems_with(task, {field.name: field.default}) == {}
