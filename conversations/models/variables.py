"""The variables that a prompt declares, and what values they can have. Pure: the admin, the chat and the replies all read it."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError

from .storable import fitting

TYPES = {
    "text": "Text",
    "long_text": "Long text",
    "number": "Number",
    "choice": "Choice",
    "date": "Date",
    "yes_no": "Yes or no",
}
BUILT_IN = ("user.name", "user.groups", "site", "date")
MAX_VARIABLES = 20
MAX_NAME_CHARACTERS = 40
MAX_LABEL_CHARACTERS = 80
MAX_HELP_CHARACTERS = 200
MAX_CHOICES = 50
MAX_CHARACTERS = {"text": 200, "long_text": 20_000, "choice": 200}
MAX_ALL_CHARACTERS = 50_000
"""Of the values of a conversation, which each reply keeps."""
KEYS = ("name", "type", "label", "help", "required", "default", "choices")
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*", re.ASCII)

Declaration = dict[str, Any]
"""`name` and `type`, and where they are set `label`, `help`, `required`, `default` and, of a choice, `choices`."""


def is_name(name: str) -> bool:
    """Whether a variable may be declared by this name."""
    return bool(_NAME.fullmatch(name)) and len(name) <= MAX_NAME_CHARACTERS and name not in BUILT_IN


def label_of(declaration: Declaration) -> str:
    return declaration.get("label") or str(declaration["name"]).replace("_", " ").capitalize()


def clean_declarations(value: Any) -> list[Declaration]:
    """The list with nothing in it that isn’t set. ValidationError says what is wrong in the first that is."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ValidationError("Variables are a list, each with at least a name.")
    if len(value) > MAX_VARIABLES:
        raise ValidationError(f"A prompt can have {MAX_VARIABLES} variables; these are {len(value)}.")
    found = [_declaration(one) for one in value]
    names = [one["name"] for one in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValidationError(f"The variable “{twice[0]}” is there twice.")
    return found


def clean_values(declarations: Iterable[Declaration], values: Mapping[str, Any]) -> dict[str, Any]:
    """What is given for declared variables, each checked. ValidationError, by the names of all that are wrong or missing.

    A variable with a default, or that isn’t required, needs no value. What isn’t declared is left out: the prompt may have changed.
    """
    found: dict[str, Any] = {}
    errors: dict[str, ValidationError] = {}
    for declaration in declarations:
        name = declaration["name"]
        try:
            given = clean_value(declaration, values.get(name))
        except ValidationError as error:
            errors[name] = error
            continue
        if given is not None:
            found[name] = given
        elif declaration.get("required") and "default" not in declaration:
            errors[name] = ValidationError(f"{label_of(declaration)} is missing.")
    if errors:
        raise ValidationError(errors)
    if (size := sum(len(value) for value in found.values() if isinstance(value, str))) > MAX_ALL_CHARACTERS:
        raise ValidationError(f"All that is filled in can have {MAX_ALL_CHARACTERS:,} characters; these are {size:,}.")
    return found


def clean_value(declaration: Declaration, value: Any) -> Any:
    """The value as it is stored; None where there is none. ValidationError where it can't be this variable's."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    label, kind = label_of(declaration), declaration["type"]
    if kind == "yes_no":
        if not isinstance(value, bool):
            raise ValidationError(f"{label} is yes or no.")
        return value
    if kind == "number":
        return _number(label, value)
    if not isinstance(value, str):
        raise ValidationError(f"{label} is a text.")
    if kind == "date":
        return _date(label, value)
    value = fitting(value.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n"))
    if len(value) > MAX_CHARACTERS[kind]:
        raise ValidationError(f"{label} can have {MAX_CHARACTERS[kind]:,} characters; these are {len(value):,}.")
    if kind == "choice" and value not in declaration["choices"]:
        raise ValidationError(f"{label} is one of {', '.join(declaration['choices'])}.")
    if kind == "text" and "\n" in value:
        raise ValidationError(f"{label} is one line.")
    return value


def _declaration(given: dict[str, Any]) -> Declaration:
    name = given.get("name")
    if isinstance(name, str) and name in BUILT_IN:
        raise ValidationError(f"“{name}” is built in: choose another name.")
    if not isinstance(name, str) or not is_name(name):
        raise ValidationError(
            f"The name of a variable has at most {MAX_NAME_CHARACTERS} letters, digits and underscores, a letter first: "
            f"“{str(name)[:MAX_NAME_CHARACTERS]}” isn’t one."
        )
    if unknown := sorted(given.keys() - set(KEYS), key=str):
        raise ValidationError(f"The variable “{name}” has an entry “{unknown[0]}”: there are {', '.join(KEYS)}.")
    kind = given.get("type", "text")
    if not isinstance(kind, str) or kind not in TYPES:
        raise ValidationError(f"The type of “{name}” is one of {', '.join(TYPES)}.")
    found: Declaration = {"name": name, "type": kind}
    for key, most in (("label", MAX_LABEL_CHARACTERS), ("help", MAX_HELP_CHARACTERS)):
        words = given.get(key) or ""
        if not isinstance(words, str) or len(words) > most or not words.isprintable():
            raise ValidationError(f"The {key} of “{name}” is one line of at most {most} characters.")
        if words.strip():
            found[key] = words.strip()
    if given.get("required") not in (None, True, False):
        raise ValidationError(f"Whether “{name}” is required is true or false.")
    if given.get("required"):
        found["required"] = True
    if kind == "choice":
        found["choices"] = _choices(name, given.get("choices"))
    elif given.get("choices"):
        raise ValidationError(f"“{name}” has choices, but its type isn’t choice.")
    default = clean_value({**found, "label": f"The default of “{name}”"}, given.get("default"))
    if default is not None:
        found["default"] = default
    return found


def _choices(name: str, given: Any) -> list[str]:
    if not isinstance(given, list) or not given or not all(isinstance(one, str) and one.strip() and one.isprintable() for one in given):
        raise ValidationError(f"“{name}” is a choice: list what can be chosen, a line for each.")
    choices = list(dict.fromkeys(one.strip() for one in given))
    if len(choices) > MAX_CHOICES or any(len(one) > MAX_CHARACTERS["choice"] for one in choices):
        raise ValidationError(f"“{name}” can have {MAX_CHOICES} choices of at most {MAX_CHARACTERS['choice']} characters.")
    return choices


def _number(label: str, value: Any) -> int | float:
    if isinstance(value, str):
        try:
            value = int(value) if re.fullmatch(r"\s*[+-]?\d{1,15}\s*", value, re.ASCII) else float(value[:40])
        except ValueError:
            value = None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 1e15:
        raise ValidationError(f"{label} is a number.")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _date(label: str, value: str) -> str:
    try:
        return datetime.date.fromisoformat(value.strip()[:20]).isoformat()
    except ValueError as error:
        raise ValidationError(f"{label} is a date, such as 2026-05-03.") from error
