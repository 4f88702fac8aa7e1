"""Reads a setting of the table from the environment or from .env. A wrong value stops the start with one sentence."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import environ
from django.core.exceptions import ImproperlyConfigured

from chatbot.settings_table import SETTINGS, Setting
from conversations import host_names

_env = environ.Env()
_CASTS = {"text": "str", "on or off": "bool", "whole number": "int", "number": "float", "list": "list"}
_EXPECTED = {"on or off": "on or off", "whole number": "a whole number", "number": "a number"}
_OFF = ("off", "false", "no", "n", "0")
_PATH = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")


def read_file(path: Path) -> None:
    """Let the file, where there is one, say what the environment doesn't."""
    try:
        with path.open():
            pass
    except FileNotFoundError:
        return
    except OSError as error:
        raise ImproperlyConfigured(f"{path} can't be read: {error.strerror}. Make it readable for the user who runs this.") from error
    _env.read_env(path)


def value(name: str) -> Any:
    """The setting `name`, of its kind; an empty value counts as unset."""
    setting = SETTINGS[name]
    if not _env.str(name, default="").strip():
        return list(setting.default) if isinstance(setting.default, list) else setting.default
    if reader := _READERS.get(setting.kind):
        return reader(setting, _env.str(name).strip())
    return _cast(setting)


def _cast(setting: Setting) -> Any:
    expected = _EXPECTED.get(setting.kind, setting.kind) + (f", {setting.range}" if setting.range else "")
    wrong = ImproperlyConfigured(f"{setting.name} must be {expected}. Correct it in .env or in the environment.")
    try:
        if setting.kind == "on or off" and _env.str(setting.name).strip().lower() not in (*_env.BOOLEAN_TRUE_STRINGS, *_OFF):
            raise ValueError(setting.name)
        read = getattr(_env, _CASTS[setting.kind])(setting.name)
    except (ValueError, TypeError) as error:
        raise wrong from error
    if isinstance(read, int | float) and not setting.least <= read <= setting.most:
        raise wrong
    return read


def _origin(setting: Setting, read: str) -> str:
    try:
        return host_names.site(read)
    except host_names.Unreadable as error:
        raise ImproperlyConfigured(f"{setting.name} must be {error}.") from error


def _host_names(setting: Setting, read: str) -> list[str]:
    form = host_names.host if setting.kind == "host names" else host_names.origin
    try:
        return [form(entry) for entry in host_names.split(read)]
    except host_names.Unreadable as error:
        raise ImproperlyConfigured(f"{setting.name} must be {error}.") from error


_OWN_ADDRESSES = (
    *("accounts", "admin", "api", "c", "commands", "conversations", "events", "files", "healthz", "join", "metrics", "readyz", "search"),
    *("static", "transcriptions", "use", "v1", "variables", "welcome", "widget", "ws"),
)
"""A proxy may leave the path out, and then `/c/…` could be either."""


def _path(setting: Setting, read: str) -> str:
    """With a slash at both ends."""
    path = f"/{read.strip('/')}".rstrip("/")
    first = path[1:].partition("/")[0]
    if first in _OWN_ADDRESSES:
        raise ImproperlyConfigured(f"{setting.name} can't begin with /{first}/, which is an address of the site itself.")
    if not _PATH.fullmatch(path):
        raise ImproperlyConfigured(f"{setting.name} must be a path such as /chat/, of letters, digits, “-”, “.”, “_” and “~”.")
    return f"{path}/"


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


def _time_zone(setting: Setting, read: str) -> str:
    if read not in available_timezones():
        raise ImproperlyConfigured(f"{setting.name} must be the name of a time zone, such as UTC or Europe/Berlin, not “{read}”.")
    return read


_READERS = {
    "choice": _choice,
    "address": _address,
    "path": _path,
    "host names": _host_names,
    "origin": _origin,
    "origins": _host_names,
    "time zone": _time_zone,
}
