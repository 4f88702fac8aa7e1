"""A secret that is damaged or easily guessed stops the start with one sentence; a fresh one is made where there is none."""

import runpy
import secrets
import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from chatbot import settings_pages
from chatbot.secret_key import kept_secret_key

SOURCE = Path(settings_pages.ROOT) / "chatbot" / "settings.py"


@pytest.mark.parametrize(
    ("kept", "complaint"),
    [
        (bytes(range(128, 256)), "is no text"),
        (b"k", "is too easily guessed"),
        (b"ab" * 40, "is too easily guessed"),
        (b" \n", "is empty"),
    ],
)
def test_a_kept_key_that_is_damaged_is_named(tmp_path: Path, kept: bytes, complaint: str) -> None:
    (file := tmp_path / "secret_key").write_bytes(kept)
    with pytest.raises(ImproperlyConfigured, match=f"^The secret key at {file} {complaint}[.] .*[.]$"):
        kept_secret_key(file)
    assert file.read_bytes() == kept


def test_a_key_is_made_once_for_its_user_only(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"
    assert kept_secret_key(file) == kept_secret_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("name", ["SECRET_KEY", "KEY_SECRET"])
@pytest.mark.parametrize("secret", ["quaint", "1" * 64, secrets.token_hex(15)], ids=["short", "one letter", "30 digits"])
def test_a_setting_that_is_easily_guessed_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str, secret: str) -> None:
    monkeypatch.setenv(name, secret)
    with pytest.raises(ImproperlyConfigured, match=f"^{name} is easily guessed: .*OLD_KEY_SECRETS[.]$") as raised:
        runpy.run_path(str(SOURCE))
    assert secret not in str(raised.value)


@pytest.mark.parametrize(
    "secret",
    [secrets.token_hex(16), secrets.token_urlsafe(32), "a long sentence that only its writer knows"],
    ids=["hex", "base64", "words"],
)
def test_a_random_one_is_taken(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("KEY_SECRET", secret)
    monkeypatch.setenv("OLD_KEY_SECRETS", "one")
    assert runpy.run_path(str(SOURCE))["KEY_SECRET"] == secret
