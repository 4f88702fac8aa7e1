"""The settings follow their table, and a wrong value stops the start with one sentence that names it."""

import os
import re
import runpy
import sys
from datetime import UTC, datetime
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http.request import split_domain_port, validate_host
from django.utils import timezone

from chatbot import environment, settings_pages, urls
from chatbot.settings_table import SETTINGS
from conversations.models import User
from conversations.pages import urls as pages
from conversations.rendering.values import built_in

ROOT = Path(settings_pages.ROOT)
SOURCE = ROOT / "chatbot" / "settings.py"
WRONG = {
    "on or off": "perhaps",
    "whole number": "1.5",
    "number": "many",
    "choice": "another",
    "address": "gopher://localhost",
    "host names": "chat_room",
    "origins": "chat.example.org",
    "path": "https://example.org/chat/",
    "time zone": "Middle Earth/Shire",
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
        ("SOCKETS_PER_ADDRESS", "-1", "at least 0"),
        ("DATABASE_URL", "postgres://localhost:port/chatbot", "can't be read"),
        ("OPENAI_BASE_URL", "http://localhost:11434/v1/chat/completions", "OPENAI_BASE_URL: Leave out /chat/completions"),
        ("OPENAI_BASE_URL", "https://key@api.openai.com/v1", "Leave name and password out"),
        ("OPENAI_BASE_URL", "https://gateway.example/v1?api-version=1", "Leave out what stands behind"),
        ("OPENAI_BASE_URL", "http://local host/v1", "Write an address"),
        ("FILE_MAX_MB", "0", "from 1 to 1000"),
        ("FILES_PER_MESSAGE", "101", "from 0 to 100"),
        ("ORPHAN_FILE_HOURS", "0", "whole number, at least 1"),
        ("REALTIME_AT_ONCE", "0", "at least 1"),
        ("SPEECH_SPEED", "nan", "from 0.25 to 4"),
        ("SPEECH_SPEED", "5", "from 0.25 to 4"),
        ("API_MAX_BODY_MB", "1", "from 2 to 1000"),
        ("REVIEW_PERCENT", "101", "from 0 to 100"),
        ("VIRUS_SCANNER", "clamav", "a host and a port"),
        ("OCR_LANGUAGES", "eng, deu", "names of languages"),
        ("FILES_S3_BUCKET", "files", "needs the packages of requirements/s3.txt"),
        ("OPENAI_API_KEY", "“sk-key”", "OPENAI_API_KEY: A key has no spaces"),
    ],
)
def test_a_value_out_of_range_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str, value: str, complaint: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=complaint):
        runpy.run_path(str(SOURCE))


def read(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> Any:
    monkeypatch.setenv(name, text)
    return runpy.run_path(str(SOURCE))[name]


@pytest.mark.parametrize(
    ("written", "hosts"),
    [
        ("chat.example.org, localhost ,127.0.0.1", ["chat.example.org", "localhost", "127.0.0.1"]),
        ("chat.example.org localhost;other.example.org", ["chat.example.org", "localhost", "other.example.org"]),
        ("https://Chat.example.org:8443/, chat.example.org:8000", ["chat.example.org", "chat.example.org"]),
        ("*.example.org,.example.net,*", [".example.org", ".example.net", "*"]),
        ("::1,[::1],[::1]:8000,http://[2001:DB8:0::1]:80/", ["[::1]", "[::1]", "[::1]", "[2001:db8::1]"]),
        ('"chat.example.org"', ["chat.example.org"]),
        ("chat.example.org.", ["chat.example.org"]),
    ],
)
def test_hosts_are_read_as_people_write_them(monkeypatch: pytest.MonkeyPatch, written: str, hosts: list[str]) -> None:
    assert read(monkeypatch, "ALLOWED_HOSTS", written) == hosts


def test_a_bucket_takes_the_place_of_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    (installed := ModuleType("storages")).__spec__ = ModuleSpec("storages", None)
    monkeypatch.setitem(sys.modules, "storages", installed)
    for name, value in {"BUCKET": "files", "ENDPOINT": "http://minio:9000", "FOLDER": "/site/"}.items():
        monkeypatch.setenv(f"FILES_S3_{name}", value)
    files = runpy.run_path(str(SOURCE))["STORAGES"]["files"]
    named = {name: files["OPTIONS"][name] for name in ("bucket_name", "endpoint_url", "location")}
    assert named == {"bucket_name": "files", "endpoint_url": "http://minio:9000", "location": "site"}
    assert files["BACKEND"] == "storages.backends.s3.S3Storage"


def test_a_prompt_s_date_is_the_day_in_the_site_s_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2026, 5, 2, 23, 30, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: at)
    for zone, day in (("", "2026-05-02"), ("Europe/Berlin", "2026-05-03")):
        with timezone.override(read(monkeypatch, "TIME_ZONE", zone)):
            assert built_in(User(username="alice"), ["date"]) == {"date": day}


def test_each_form_of_a_host_lets_its_requests_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for written, asked in (
        ("https://Chat.Example.org:8443/", "chat.example.org:8443"),
        ("*.example.org", "a.example.org"),
        ("::1", "[::1]:80"),
    ):
        name, _ = split_domain_port(asked)
        assert validate_host(name, read(monkeypatch, "ALLOWED_HOSTS", written)), written


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("https://example.org/chat/", "SITE_PATH"),
        ("10.0.0.0/8", "not networks"),
        ("chat.*.org", "“chat.*.org” is none"),
        ("*example.org", "is none"),
        ("localhost,user@example.org", "“user@example.org” is none"),
        ("chat.example.org:http", "is none"),
        ("bücher.example", "xn--"),
        ("[::1", "is none"),
        ("fe80::1%eth0", "is none"),
        ("chat.example.org:70000", "is none"),
        ("https://", "is none"),
    ],
)
def test_a_host_that_could_never_match_is_refused(monkeypatch: pytest.MonkeyPatch, written: str, complaint: str) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", written)
    with pytest.raises(ImproperlyConfigured, match=rf"^ALLOWED_HOSTS must be .*{re.escape(complaint)}.*\.$"):
        runpy.run_path(str(SOURCE))


@pytest.mark.parametrize(
    ("written", "origins"),
    [
        ("https://Chat.example.org/", ["https://chat.example.org"]),
        ("https://chat.example.org:443 http://chat.example.org:8080", ["https://chat.example.org", "http://chat.example.org:8080"]),
        ("https://*.example.org", ["https://*.example.org"]),
        ("http://[::1]:8000", ["http://[::1]:8000"]),
    ],
)
def test_origins_are_read_as_browsers_send_them(monkeypatch: pytest.MonkeyPatch, written: str, origins: list[str]) -> None:
    assert read(monkeypatch, "CSRF_TRUSTED_ORIGINS", written) == origins


@pytest.mark.parametrize(
    ("written", "origin"),
    [("https://Chat.example.org/", "https://chat.example.org"), ("http://[::1]:8000", "http://[::1]:8000"), ("", "")],
)
def test_the_address_of_the_site_is_an_origin(monkeypatch: pytest.MonkeyPatch, written: str, origin: str) -> None:
    assert read(monkeypatch, "SITE_URL", written) == origin


@pytest.mark.parametrize(
    "written",
    [
        *("chat.example.org", "https://chat.example.org/chat/", "ftp://chat.example.org", "https://", "https:///", "//chat.example.org"),
        *("https://.example.org", "https://*.example.org", "https://*", "https://a.example.org https://b.example.org", "https://chat room"),
        *("https://admin@chat.example.org", "https://chat.example.org?a=b", "https://chat.example.org#a", "https://:8000"),
        *("https://chat.example.org:0", "https://chat.example.org:65536", "https://chat.example.org:http", "https://10.0.0.256"),
        *("https://chat..example.org", f"https://{'a' * 64}.example.org", "https://[::1", "https://chat_room.example.org"),
    ],
)
def test_another_address_of_the_site_is_refused(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("SITE_URL", written)
    with pytest.raises(ImproperlyConfigured, match=r"^SITE_URL must be the address of this site, .*“.*” is none\.$"):
        runpy.run_path(str(SOURCE))


@pytest.mark.parametrize("written", ["chat", "/chat", "chat/", "/chat/"])
def test_the_path_is_read_with_and_without_its_slashes(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    assert read(monkeypatch, "SITE_PATH", written) == "/chat/"


@pytest.mark.parametrize("written", ["/chat?x", "/a//b/", "/../", "/a b/", "chat.example.org:80"])
def test_a_path_that_no_address_has_is_refused(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("SITE_PATH", written)
    with pytest.raises(ImproperlyConfigured, match=r"^SITE_PATH must be a path"):
        runpy.run_path(str(SOURCE))


def test_no_site_path_begins_as_an_address_of_the_site_does() -> None:
    routes = {str(one.pattern) for one in (*urls.urlpatterns, *pages.urlpatterns)}
    firsts = {route.partition("/")[0] for route in routes if route and not route.startswith("<")}
    assert firsts - {""} <= set(environment._OWN_ADDRESSES)


@pytest.mark.parametrize("written", ["/c/", "admin", "/static/chat/"])
def test_a_path_of_the_site_itself_is_refused(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("SITE_PATH", written)
    with pytest.raises(ImproperlyConfigured, match="which is an address of the site itself"):
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
