"""Reads a setting of the table from the environment or from .env. A wrong value stops the start with one sentence."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from chatbot.settings_table import SETTINGS, Setting

_env = environ.Env()
_CASTS = {"text": "str", "on or off": "bool", "whole number": "int", "number": "float", "list": "list", "choice": "str", "address": "str"}
_EXPECTED = {"on or off": "on or off", "whole number": "a whole number", "number": "a number"}
_OFF = ("off", "false", "no", "n", "0")


def read_file(path: Path) -> None:
    """Let the file say what the environment doesn't."""
    _env.read_env(path)


def value(name: str) -> Any:
    """The setting `name`, of its kind; an empty value counts as unset."""
    setting = SETTINGS[name]
    if not _env.str(name, default="").strip():
        return list(setting.default) if isinstance(setting.default, list) else setting.default
    read = _cast(setting)
    if setting.kind == "choice":
        return _choice(setting, read.strip())
    return _address(setting, read.strip()) if setting.kind == "address" else read


def _cast(setting: Setting) -> Any:
    try:
        if setting.kind == "on or off" and _env.str(setting.name).strip().lower() not in (*_env.BOOLEAN_TRUE_STRINGS, *_OFF):
            raise ValueError(setting.name)
        return getattr(_env, _CASTS[setting.kind])(setting.name)
    except (ValueError, TypeError) as error:
        expected = _EXPECTED.get(setting.kind, setting.kind)
        raise ImproperlyConfigured(f"{setting.name} must be {expected}. Correct it in .env or in the environment.") from error


def _choice(setting: Setting, read: str) -> str:
    if read not in setting.choices:
        raise ImproperlyConfigured(f"{setting.name} must be one of {', '.join(setting.choices)}, not “{read}”.")
    return read


def _address(setting: Setting, read: str) -> str:
    try:
        parts = urlsplit(read)
        fits = parts.scheme in setting.schemes and (bool(parts.netloc) or "sqlite" in setting.schemes)
    except ValueError:
        fits = False
    if not fits:
        schemes = " or ".join(f"{scheme}://" for scheme in setting.schemes)
        raise ImproperlyConfigured(f"{setting.name} must be an address that starts with {schemes}.")
    return read
