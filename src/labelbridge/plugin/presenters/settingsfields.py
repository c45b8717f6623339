"""The fields of a form, read off a pydantic model: the model's own docstrings, types and limits are all that is needed.

The model has ``use_attribute_docstrings`` among its settings, so that a docstring below a field tells what it is for.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticUndefined, to_jsonable_python

__all__ = ["AUTOMATIC", "SMALLEST_STEP", "FieldKind", "SettingsField", "problems_with", "settings_fields"]

FieldKind = Literal["whole", "number", "switch", "choice", "text", "list", "folder"]
"""What is entered: a number, yes or no, one of several, text, several texts, or a folder."""

AUTOMATIC = "automatic"
"""What stands where a value is left to the program: None in the model."""

SMALLEST_STEP = 0.001
"""Numbers are entered no more finely."""

_UNITS = {"px": "px", "um": "µm", "s": "s"}
_KINDS: dict[Any, FieldKind] = {int: "whole", float: "number", bool: "switch", Path: "folder"}
_EXPECTED = {
    "bool": "yes or no",
    "float": "a number",
    "int": "a whole number",
    "list": "several, with commas between them",
    "path": "a folder",
    "string": "text",
    "tuple": "several, with commas between them",
}
"""What the kinds of pydantic's errors begin with, and what was expected then."""


@dataclass(frozen=True)
class SettingsField:
    """One setting, as a form asks for it.

    Attributes
    ----------
    name
        Its name in the model.
    label
        The same in plain words.
    tooltip
        What it is for.
    kind
        What is entered.
    default
        What it is unless somebody enters something else, as JSON has it; None stands for `AUTOMATIC`.
    is_optional
        Whether it can be left to the program.
    choices
        Of the kind ``choice``: what can be chosen.
    least, most
        Of numbers: the smallest and the largest value; None where there is no limit.
    takes_numbers
        Of the kind ``text``: whether a whole number is meant as one.
    """

    name: str
    label: str
    tooltip: str
    kind: FieldKind
    default: JsonValue
    is_optional: bool
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    takes_numbers: bool = False

    def read(self, text: str) -> JsonValue:
        """Return the value that a text stands for, of the kinds ``text`` and ``list``."""
        text = text.strip()
        if not text and self.is_optional:
            return None
        if self.kind == "list":
            return [part.strip() for part in text.split(",") if part.strip()]
        return int(text) if self.takes_numbers and text.isdecimal() else text

    def write(self, value: JsonValue) -> str:
        """Return a value as the user reads it; nothing where it is left to the program."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, list):
            return ", ".join(str(part) for part in value)
        return f"{value:g}" if isinstance(value, float) else str(value)


def settings_fields(model: type[BaseModel], leave_out: Collection[str] = ()) -> list[SettingsField]:
    """Return a model's fields in their order.

    Parameters
    ----------
    model
        Describes the settings.
    leave_out
        Names of fields that are not asked for.
    """
    return [_field(name, info) for name, info in model.model_fields.items() if name not in leave_out]


def problems_with(model: type[BaseModel], values: Mapping[str, JsonValue]) -> dict[str, str]:
    """Return what is wrong with values, by the name of the field: a sentence each.

    Parameters
    ----------
    model
        Describes the settings.
    values
        Some of them; that others are missing is no problem here.
    """
    try:
        model.model_validate(dict(values))
    except ValidationError as error:
        wrong: dict[str, list[ErrorDetails]] = {}
        for detail in error.errors():
            if detail["loc"] and detail["loc"][0] in values:
                wrong.setdefault(str(detail["loc"][0]), []).append(detail)
        fields = {field.name: field for field in settings_fields(model)}
        return {name: _sentence(fields[name], values[name], details) for name, details in wrong.items()}
    return {}


def _field(name: str, info: FieldInfo) -> SettingsField:
    options = _options(info.annotation)
    default = info.get_default(call_default_factory=True)
    least, most = _limits(info, SMALLEST_STEP if float in options else 1)
    return SettingsField(
        name=name,
        label=info.title or _label(name),
        tooltip=_plain(info.description or ""),
        kind=_kind(options),
        default=None if default is PydanticUndefined else to_jsonable_python(default),
        is_optional=NoneType in options,
        choices=tuple(
            str(choice) for option in options if get_origin(option) is Literal for choice in get_args(option)
        ),
        least=least,
        most=most,
        takes_numbers=int in options,
    )


def _options(annotation: Any) -> tuple[Any, ...]:
    """Return the types of a union, or the only one."""
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def _kind(options: Sequence[Any]) -> FieldKind:
    kinds = [option for option in options if option is not NoneType]
    if len(kinds) != 1:
        return "text"
    origin = get_origin(kinds[0])
    if origin is Literal:
        return "choice"
    return "list" if origin in (tuple, list) else _KINDS.get(kinds[0], "text")


def _limits(info: FieldInfo, step: float) -> tuple[float | None, float | None]:
    """Return the smallest and the largest value, where values outside a limit alone are allowed one step from it."""
    least, most = None, None
    for limit in info.metadata:
        least = getattr(limit, "ge", least)
        most = getattr(limit, "le", most)
        if hasattr(limit, "gt"):
            least = limit.gt + step
        if hasattr(limit, "lt"):
            most = limit.lt - step
    return least, most


def _label(name: str) -> str:
    words = name.split("_")
    unit = _UNITS.get(words[-1]) if len(words) > 1 else None
    text = " ".join(words[:-1] if unit else words).capitalize()
    return f"{text} ({unit})" if unit else text


def _plain(docstring: str) -> str:
    """Return a docstring without marks, in one line, and in the form's words."""
    return re.sub(r"\bNone\b", AUTOMATIC, " ".join(docstring.replace("`", "").split()))


def _sentence(field: SettingsField, value: JsonValue, details: Sequence[ErrorDetails]) -> str:
    for detail in details:
        if detail["type"] == "value_error":
            return f"{field.label}: {detail['ctx']['error']}."
    expected = " or ".join(dict.fromkeys(_expected(detail) for detail in details))
    return f"{field.label}: got '{field.write(value)}', expected {expected}."


def _expected(detail: ErrorDetails) -> str:
    """Return what pydantic would have taken."""
    limits = detail.get("ctx", {})
    words = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most"}
    for name, word in words.items():
        if name in limits:
            return f"{word} {limits[name]:g}"
    if detail["type"] == "literal_error":
        return str(limits["expected"])
    return _EXPECTED.get(detail["type"].partition("_")[0], detail["msg"])
