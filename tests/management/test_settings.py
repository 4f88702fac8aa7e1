"""The settings follow their table, and a wrong value stops the start with one sentence that names it."""

import os
import runpy
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from chatbot import settings_pages
from chatbot.settings_table import SETTINGS

ROOT = Path(settings_pages.ROOT)
SOURCE = ROOT / "chatbot" / "settings.py"
WRONG = {
    "on or off": "perhaps",
    "whole number": "1.5",
    "number": "many",
    "choice": "another",
    "address": "gopher://localhost",
}


@pytest.mark.parametrize("name", [one.name for one in SETTINGS.values() if one.kind in WRONG])
def test_a_wrong_value_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, WRONG[SETTINGS[name].kind])
    with pytest.raises(ImproperlyConfigured, match=f"^{name} must be .*[.]$"):
        runpy.run_path(str(SOURCE))


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("OPENAI_CONNECT_SECONDS", "0", "must lie between 0 and 3600"),
        ("RELIABILITY_OBJECTIVE", "100", "must be a percentage"),
        ("SOCKETS_PER_ADDRESS", "-1", "can't be negative"),
        ("DATABASE_URL", "postgres://localhost:port/chatbot", "can't be read"),
    ],
)
def test_a_value_out_of_range_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str, value: str, complaint: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=complaint):
        runpy.run_path(str(SOURCE))


@pytest.mark.parametrize("name", SETTINGS)
def test_what_the_table_declares_is_read(name: str) -> None:
    assert f'value("{name}")' in SOURCE.read_text()


@pytest.mark.parametrize(
    ("environment", "proxies"), [({}, 0), ({"BEHIND_TLS": "on"}, 1), ({"BEHIND_TLS": "on", "TRUSTED_PROXIES": "0"}, 0)]
)
def test_proxies_are_counted_by_what_is_set(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], proxies: int) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert runpy.run_path(str(SOURCE))["TRUSTED_PROXIES"] == proxies


def test_an_example_is_accepted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What .env.example proposes, uncommented as a whole, starts."""
    lines = [line.removeprefix("#") for line in settings_pages.example().splitlines() if line.startswith("#") and line[1:2].isupper()]
    proposed = dict(line.split("=", 1) for line in lines)
    assert proposed.keys() == SETTINGS.keys()
    for name, value in {**proposed, "DATA_DIR": os.environ["DATA_DIR"]}.items():
        monkeypatch.setenv(name, value)
    assert runpy.run_path(str(SOURCE))["SITE_NAME"] == "Chatbot"


def test_pages_follow_the_table() -> None:
    assert settings_pages.main(["--check"]) is None
