"""`manage.py doctor` says what is right, what is wrong and how to fix it, and never shows the key."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from conversations.providers import certificates
from conversations.providers.errors import ProviderError
from conversations.providers.findings import IN_ADMIN, IN_SETTINGS, failed
from tests.support import certificate_authority
from tests.support.provider_stream import KEY
from tests.support.scripted_openai import Answer, Finish, ScriptedOpenAI, Text, failure

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Any):
    with ScriptedOpenAI.in_thread(api_key=KEY) as server:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = server.base_url, KEY
        yield server


def doctor() -> tuple[str, int]:
    """What it prints, and its exit status."""
    out = io.StringIO()
    try:
        call_command("doctor", stdout=out, no_color=True)
    except SystemExit as end:
        return out.getvalue(), int(end.code or 0)
    return out.getvalue(), 0


@pytest.mark.parametrize(("hosts", "status"), [(["localhost"], 1), ([".example.org"], 0)])
def test_an_address_of_the_site_that_it_refuses(server: ScriptedOpenAI, settings: Any, hosts: list[str], status: int) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://chat.example.org:8443", hosts
    server.script(Text("ready"), Finish())
    report, found = doctor()
    assert found == status, report
    assert ("wrong Site: SITE_URL names chat.example.org, which ALLOWED_HOSTS doesn't let in" in report) == bool(status)


@pytest.mark.every_database
def test_all_is_well(server: ScriptedOpenAI) -> None:
    report, status = doctor()
    assert status == 0, report
    assert "wrong" not in report
    for subject in ("Settings", "Data", "Database", "Static files", "Network", "Key", "API", "Models", "Answer"):
        assert f"ok    {subject}: " in report
    assert KEY not in report


def test_a_wrong_key(server: ScriptedOpenAI, settings: Any) -> None:
    settings.OPENAI_API_KEY = wrong = "sk-wrong-0123456789"
    report, status = doctor()
    assert status == 1
    assert "→ Set OPENAI_API_KEY to a valid key." in report
    assert wrong not in report


def test_a_model_that_is_not_there(server: ScriptedOpenAI, settings: Any) -> None:
    settings.OPENAI_MODEL = "gone"
    server.answer_with = lambda request: failure(404, "The model `gone` does not exist.", code="model_not_found")
    report, status = doctor()
    assert status == 1
    assert "Set OPENAI_MODEL to one that is: scripted-model" in report


def test_nobody_listens(settings: Any) -> None:
    settings.OPENAI_BASE_URL = "http://127.0.0.1:1/v1"
    report, status = doctor()
    assert status == 1
    assert "Check OPENAI_BASE_URL" in report
    assert "open  Answer: not tried." in report


def test_what_can_be_read_on_the_way(settings: Any) -> None:
    settings.OPENAI_BASE_URL = "http://models.invalid/v1"
    report, status = doctor()
    assert status == 1
    assert "open  Encryption: The key and all that is said go to models.invalid without encryption" in report


def test_an_answer_that_breaks_off(server: ScriptedOpenAI) -> None:
    server.script(Text("re"))
    report, status = doctor()
    assert status == 1
    assert "cuts or buffers streams" in report


def test_a_data_folder_that_is_gone(server: ScriptedOpenAI, settings: Any, tmp_path: Path) -> None:
    server.script(Text("ready"), Finish())
    settings.DATA_DIR = tmp_path / "gone"
    report, status = doctor()
    assert status == 1
    assert "set DATA_DIR" in report


def test_redis_that_is_away(server: ScriptedOpenAI, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    report, status = doctor()
    assert status == 1
    assert "wrong Redis: " in report


def test_a_forgotten_version_in_the_address(server: ScriptedOpenAI, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = failure(404, "Not found")
    settings.OPENAI_BASE_URL = server.base_url.removesuffix("/v1")
    monkeypatch.setattr(
        server, "_choose", lambda request, answers=server._choose: answers(request) if request.path.startswith("/v1/") else missing
    )
    report, status = doctor()
    assert status == 1
    assert f"→ Set OPENAI_BASE_URL={server.base_url}." in report


def test_an_address_that_redirects(server: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = Answer(status=301, headers={"location": "https://llm.example.org/v1/models"}, body="moved")
    monkeypatch.setattr(server, "_choose", lambda request: moved)
    report, status = doctor()
    assert status == 1
    assert "Write https://llm.example.org/v1 as the base URL" in report
    assert "open  API: unknown" in report


def test_a_proxy_in_between(server: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = Answer(status=407, headers={"proxy-authenticate": "Basic"}, body="Who are you?")
    monkeypatch.setattr(server, "_choose", lambda request: refusal)
    report, status = doctor()
    assert status == 1
    assert f"wrong Network: {server.base_url}: A proxy between this server and 127.0.0.1 refused the request" in report
    assert "NO_PROXY" in report


def test_own_certificates(server: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(certificates, "context_of", certificates.context_of.__wrapped__)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone.pem"))
    report, status = doctor()
    assert status == 1
    assert f"wrong Certificates: SSL_CERT_FILE names {tmp_path / 'gone.pem'}, which can't be read: No such file" in report
    assert "ok    Answer" in report, "What is not encrypted needs none."
    authority, _ = certificate_authority.make(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    report, status = doctor()
    assert status == 0, report
    assert f"ok    Certificates: only those are trusted that SSL_CERT_FILE names ({authority})." in report


def test_a_certificate_that_is_not_trusted() -> None:
    error = ProviderError("network", "ClientConnectorCertificateError: certificate verify failed: unable to get local issuer certificate")
    assert "SSL_CERT_FILE" in failed("Network", error, IN_SETTINGS).advice
    assert "SSL_CERT_FILE" in failed("Network", error, IN_ADMIN).advice
