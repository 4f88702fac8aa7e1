"""“Test connection” checks each part with the real server, says what is wrong and how to fix it, and never shows the key."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from conversations.admin.providers.connection_test import passed_last_test
from conversations.models import Model, Provider, User
from conversations.providers import endpoint_check
from conversations.providers.findings import Finding
from conversations.routing import catalog, circuits, connection_test
from tests.support.admin_pages import KEY, logged, provider_at, staff, submit, url
from tests.support.circuits import open_now
from tests.support.scripted_openai import Answer, Request, ScriptedOpenAI, Stay, Text, failure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signed_in")]
WRONG = "sk-wrong-0123456789abcdef"


@pytest.fixture
def server() -> Iterator[ScriptedOpenAI]:
    with ScriptedOpenAI.in_thread(api_key=KEY) as server:
        yield server


def examined(client: Client, provider: Provider) -> tuple[dict[str, Finding], str]:
    """The findings by their subjects, and the page."""
    response = client.post(url("provider_test", provider.pk))
    assert response.status_code == 200
    page = response.content.decode()
    assert KEY not in page
    assert WRONG not in page
    findings = {finding.subject: finding for finding in response.context["findings"]}
    assert [
        finding.subject
        for finding in findings.values()
        if finding.advice and finding.advice.split("“")[0] not in page.replace("&#x27;", "'")
    ] == []
    return findings, page


def states(findings: dict[str, Finding]) -> dict[str, str]:
    return {subject: "wrong" if found.advice else "ok" if found.tried else "open" for subject, found in findings.items()}


@pytest.mark.parametrize("api", ["chat_completions", "responses"])
def test_all_is_well(client: Client, server: ScriptedOpenAI, api: str) -> None:
    provider = provider_at(server.base_url, KEY, api=api)
    findings, page = examined(client, provider)
    assert states(findings) == {"Network": "ok", "Key “main”": "ok", "API": "ok", "Models": "ok", "Answer": "ok"}
    assert "All is well." in page
    assert "scripted-model streams; its first token came after" in findings["Answer"].words
    assert logged() == ["Tested the connection: 5 ok, 0 wrong."]
    assert passed_last_test() == {str(provider.pk)}
    assert {request.path for request in server.streams} == {"/v1/chat/completions" if api == "chat_completions" else "/v1/responses"}


def test_a_provider_without_models_gets_those_that_were_found(client: Client, server: ScriptedOpenAI, bob: User) -> None:
    provider = provider_at(server.base_url, KEY)
    offered = f'action="{url("provider_fetch", provider.pk)}"'
    _, page = examined(client, provider)
    assert offered in page
    assert "“House” has no model yet, so it is not asked." in page
    fetched = client.post(url("provider_fetch", provider.pk))
    assert "scripted-model" in fetched.content.decode()
    server.models.clear()
    assert offered not in examined(client, provider)[1]
    server.models.append("scripted-model")
    client.force_login(staff(bob, "view_provider", "change_provider"))
    assert offered not in examined(client, provider)[1]
    client.force_login(User.objects.get(username="admin"))
    Model.objects.create(provider=provider, name="scripted-model")
    assert offered not in examined(client, provider)[1]


def test_each_key_is_tried_by_itself(client: Client, server: ScriptedOpenAI, settings: Any) -> None:
    provider = provider_at(server.base_url, WRONG, KEY, KEY)
    settings.KEY_SECRET, settings.OLD_KEY_SECRETS = "another secret", []
    for label, secret in (("main", WRONG), ("second", KEY)):
        key = provider.keys.get(label=label)
        key.take(secret)
        key.save()
    findings, _ = examined(client, provider)
    assert states(findings) == {
        "Network": "ok",
        "API": "ok",
        "Models": "ok",
        "Answer": "ok",
        "Key “main”": "wrong",
        "Key “second”": "ok",
        "Key “third”": "wrong",
    }
    assert "Incorrect API key" in findings["Key “main”"].words
    assert "OLD_KEY_SECRETS" in findings["Key “third”"].advice
    provider.keys.exclude(label="second").update(enabled=False)
    assert "Key “main”" not in examined(client, provider)[0]


def test_a_wrong_key_leaves_the_rest_open(client: Client, server: ScriptedOpenAI) -> None:
    findings, _ = examined(client, provider_at(server.base_url, WRONG))
    assert states(findings) == {"Network": "ok", "Key “main”": "wrong", "API": "open", "Models": "wrong", "Answer": "open"}
    assert findings["Key “main”"].advice.startswith("Enter a valid key")


def test_a_list_that_everybody_may_read_proves_no_key(client: Client, server: ScriptedOpenAI) -> None:
    server.api_key = None
    server.answer_with = lambda request: failure(401, "Incorrect API key provided.", code="invalid_api_key")
    findings, _ = examined(client, provider_at(server.base_url, WRONG))
    assert states(findings)["Key “main”"] == "wrong"
    assert states(findings)["Models"] == "ok"


def test_nobody_listens(client: Client) -> None:
    findings, _ = examined(client, provider_at("http://127.0.0.1:1/v1", KEY))
    assert states(findings) == {"Network": "wrong", "Key “main”": "open", "API": "open", "Models": "open", "Answer": "open"}
    assert "Check the base URL" in findings["Network"].advice


def test_the_other_api_is_named_where_the_server_speaks_that(client: Client, server: ScriptedOpenAI) -> None:
    server.answer_with = lambda request: failure(404, "Not Found") if request.path.endswith("/responses") else None
    findings, _ = examined(client, provider_at(server.base_url, KEY, api="responses"))
    assert states(findings)["API"] == "wrong"
    assert findings["API"].advice == "Choose Chat Completions as the API."
    assert states(findings)["Network"] == "ok"


def test_a_web_page_in_place_of_a_server(client: Client, server: ScriptedOpenAI) -> None:
    html = Answer(body="<!doctype html><title>Welcome</title><p>Nothing here", headers={"Content-Type": "text/html"})
    server._choose = lambda request: html  # type: ignore[method-assign]
    provider = provider_at(server.base_url, KEY, default_model="some")
    findings, _ = examined(client, provider)
    assert states(findings) == {"Network": "ok", "Key “main”": "open", "API": "wrong", "Models": "wrong", "Answer": "wrong"}
    assert "most end in /v1" in findings["Models"].advice


def test_a_slow_server_ends_the_test_in_time(client: Client, server: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    server.script(Text("Well"), Stay())
    monkeypatch.setattr(endpoint_check, "SECONDS", 1.0)
    start = time.monotonic()
    findings, _ = examined(client, provider_at(server.base_url, KEY))
    assert time.monotonic() - start < 4
    assert states(findings)["Answer"] == "wrong"
    assert "did not finish within" in findings["Answer"].words
    assert "began after" in findings["Answer"].words
    assert states(findings)["Network"] == states(findings)["Key “main”"] == states(findings)["API"] == "ok"


def test_a_list_without_an_answer(client: Client, server: ScriptedOpenAI) -> None:
    server.answer_with = lambda request: failure(500, "Out of memory")
    findings, _ = examined(client, provider_at(server.base_url, KEY))
    assert states(findings) == {"Network": "ok", "Key “main”": "ok", "API": "open", "Models": "ok", "Answer": "wrong"}
    assert "Out of memory" in findings["Answer"].words


def test_models_that_the_server_does_not_list(client: Client, server: ScriptedOpenAI) -> None:
    provider = provider_at(server.base_url, KEY, default_model="mine")
    Model.objects.create(provider=provider, name="mine", name_there="scripted-model")
    Model.objects.create(provider=provider, name="gone")
    findings, _ = examined(client, provider)
    assert server.streams[0].body["model"] == "scripted-model"
    assert states(findings)["Models"] == "wrong"
    assert "but not gone." in findings["Models"].words
    assert "scripted-model" in findings["Models"].advice


def test_a_server_that_lists_nothing_may_still_be_well(client: Client, server: ScriptedOpenAI) -> None:
    choose = server._choose

    def without_list(request: Request) -> Answer:
        return failure(404, "Not Found") if request.path.endswith("/models") else choose(request)

    server._choose = without_list  # type: ignore[method-assign]
    findings, _ = examined(client, provider_at(server.base_url, KEY, default_model="some"))
    assert set(states(findings).values()) == {"ok"}


def test_an_address_without_its_v1_is_not_well(client: Client, server: ScriptedOpenAI) -> None:
    server._choose = lambda request: failure(404, "Not Found")  # type: ignore[method-assign]
    findings, page = examined(client, provider_at(server.base_url.removesuffix("/v1"), KEY))
    assert states(findings) == {"Network": "ok", "Key “main”": "open", "API": "open", "Models": "wrong", "Answer": "open"}
    assert findings["Models"].advice == "Check the base URL: most end in /v1."
    assert "All is well." not in page


def test_a_server_that_needs_no_key(client: Client, server: ScriptedOpenAI) -> None:
    server.api_key = None
    findings, _ = examined(client, provider_at(server.base_url))
    assert states(findings) == {"Network": "ok", "Key": "ok", "API": "ok", "Models": "ok", "Answer": "ok"}


def test_a_provider_that_is_well_again_is_asked_at_once(client: Client, server: ScriptedOpenAI) -> None:
    """After a repair, a successful test closes the circuit at once; a failed one leaves it open."""
    provider = provider_at(server.base_url, KEY)
    opened = [(str(provider.pk), "scripted-model"), (str(uuid.uuid4()), "scripted-model")]
    for circuit in opened:
        open_now(circuit)
    server.answer_with = lambda request: failure(500, "Ouch") if request.method == "POST" else None
    examined(client, provider)
    assert set(circuits.open_circuits()) == set(opened)
    server.answer_with = None
    examined(client, provider)
    assert set(circuits.open_circuits()) == {opened[1]}


def saved_and_tested(client: Client, page: str, **entered: Any) -> Any:
    return submit(client, page, "provider_form", _test="1", **entered)


def enabled_by_button(client: Client, page: str) -> bool:
    """Press the button that a good test offers, where it does."""
    button = re.search(r'action="([^"]+/enable/)"', page)
    return bool(button and client.post(button[1], follow=True).status_code == 200)


def test_a_new_provider_is_saved_tested_and_then_enabled(
    client: Client, server: ScriptedOpenAI, django_capture_on_commit_callbacks: Any
) -> None:
    entered = {"name": "House", "base_url": server.base_url, "keys-0-label": "main"}
    page = saved_and_tested(client, url("provider_add"), **entered, **{"keys-0-secret": WRONG}).content.decode()
    provider = Provider.objects.get(name="House")
    assert not provider.enabled
    assert "problem" in page and "“House” is disabled, so it is not asked." in page
    assert not enabled_by_button(client, page)
    assert url("provider_test", provider.pk) in page  # “Test again” is no second save
    page = saved_and_tested(client, url("provider_change", provider.pk), **{"keys-0-secret": KEY}).content.decode()
    assert "All is well." in page
    assert KEY not in page
    assert catalog.read().source(provider.pk) is None
    with django_capture_on_commit_callbacks(execute=True):
        assert enabled_by_button(client, page)
    assert catalog.read().source(provider.pk) is not None
    assert logged()[-2:] == ["Tested the connection: 5 ok, 0 wrong.", "Enabled."]


def test_what_is_on_the_form_is_tested_and_kept(client: Client, server: ScriptedOpenAI) -> None:
    provider = provider_at("http://127.0.0.1:9/v1", KEY)
    form = url("provider_change", provider.pk)
    response = saved_and_tested(client, form, base_url=server.base_url, priority="3", **{"keys-0-secret": KEY})
    assert "All is well." in response.content.decode()
    provider.refresh_from_db()
    assert (provider.base_url, provider.priority, provider.enabled) == (server.base_url, 3, True)
    assert "/enable/" not in response.content.decode()
    assert form in json.loads(client.get(form).context["saved_forms"])  # its drafts are forgotten
    asked = len(server.requests)
    refused = saved_and_tested(client, form, base_url="nowhere")
    assert refused.context["errors"]
    assert len(server.requests) == asked


def test_a_new_provider_waits_for_its_test_unless_told_otherwise(client: Client, bob: User) -> None:
    response = submit(client, url("provider_add"), "provider_form", name="House", base_url="http://127.0.0.1:9/v1")
    provider = Provider.objects.get(name="House")
    assert response.redirect_chain == [(url("provider_change", provider.pk), 302)]
    assert "“House” is not asked yet. “Save and test” on its page tests it" in response.content.decode()
    assert not provider.enabled
    submit(client, url("provider_add"), "provider_form", name="Bold", base_url="http://127.0.0.1:9/v1", enabled="on")
    assert Provider.objects.get(name="Bold").enabled
    client.force_login(staff(bob, "view_provider"))
    assert "Save and test" not in client.get(url("provider_change", provider.pk)).content.decode()
    assert client.post(url("provider_enable", provider.pk)).status_code == 403
    assert not Provider.objects.get(name="House").enabled


def test_the_database_is_free_while_the_server_is_asked(client: Client, server: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    depths: list[int] = []

    def examined_at_depth(*given: Any) -> list[Finding]:
        depths.append(len(connection.savepoint_ids))
        return []

    monkeypatch.setattr(connection_test, "examine", examined_at_depth)
    before = len(connection.savepoint_ids)
    saved_and_tested(client, url("provider_change", provider_at(server.base_url, KEY).pk))
    assert depths == [before]


RESTING = {"trouble": "quota", "trouble_status": 429, "cooling_until": "2100-01-01T00:00Z"}


@pytest.mark.parametrize("before", [RESTING, {"trouble": "key", "refused": "2026-01-01T00:00Z"}])
def test_a_key_with_which_an_answer_came_is_used_again(client: Client, server: ScriptedOpenAI, before: dict[str, Any]) -> None:
    provider = provider_at(server.base_url, KEY)
    provider.keys.update(**before)
    findings, page = examined(client, provider)
    assert "is used again from now on" in findings["Key “main”"].words
    assert "All is well." in page
    key = provider.keys.get()
    assert (key.refused, key.cooling_until, key.trouble) == (None, None, "")
    assert "used again" not in examined(client, provider)[0]["Key “main”"].words


def test_all_is_not_well_with_a_key_that_rests_and_gave_no_answer(client: Client, server: ScriptedOpenAI) -> None:
    provider = provider_at(server.base_url, KEY)
    provider.keys.update(**RESTING)
    server.models = []
    findings, page = examined(client, provider)
    assert "But it is paused until 1 Jan 2100, 00:00: quota used up (HTTP 429)." in findings["Key “main”"].words
    assert "Use again" in findings["Key “main”"].advice
    assert "All is well." not in page


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (failure(401, "Incorrect API key", code="invalid_api_key"), "refused by the provider since"),
        (failure(429, "Enough", code="insufficient_quota"), "quota used up (HTTP 429)"),
        (failure(403, "Not for you"), "usable"),
    ],
)
def test_a_key_that_the_test_finds_wrong_is_so_in_the_list(client: Client, server: ScriptedOpenAI, answer: Answer, shown: str) -> None:
    provider = provider_at(server.base_url, KEY)
    server.answer_with = lambda request: answer
    assert states(examined(client, provider)[0])["Key “main”"] == "wrong"
    assert shown in client.get(url("apikey_changelist")).content.decode()
    usable = "1 of 1 usable" if shown == "usable" else "0 of 1 usable"
    assert usable in client.get(url("provider_changelist")).content.decode()
