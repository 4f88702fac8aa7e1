"""Providers are entered, tested and filled with models in the admin; what the settings name is only shown there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversations.admin.providers import presets
from conversations.admin.providers.form import ProviderForm
from conversations.models import ApiKey, Attempt, Model, Origin, Provider, SystemPrompt, User
from conversations.routing import catalog
from tests.support.admin_pages import KEY, logged, provider_at, staff, submit, url
from tests.support.html_forms import entries
from tests.support.scripted_openai import ScriptedOpenAI

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signed_in")]


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    calls: list[str] = []
    monkeypatch.setattr(catalog, "forget", lambda: calls.append("forget"))
    return calls


def errors(response: Any) -> str:
    return str(response.context["errors"])


def test_one_is_added_with_its_key_and_counts_at_once(
    client: Client, forgotten: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        submit(
            client,
            url("provider_add"),
            "provider_form",
            **{
                "name": "Gateway",
                "base_url": "https://models.example/v1/",
                "headers": "X-Title: Our chat\r\n\r\nHTTP-Referer:  https://chat.example ",
                "keys-0-label": "main",
                "keys-0-secret": KEY,
            },
        )
    provider = Provider.objects.get(name="Gateway")
    assert provider.base_url == "https://models.example/v1"
    assert provider.headers == {"X-Title": "Our chat", "HTTP-Referer": "https://chat.example"}
    assert provider.origin == Origin.ADMIN
    assert provider.keys.get().secret == KEY
    assert forgotten


def test_who_saves_one_without_a_model_is_led_to_fetching_them(client: Client, bob: User) -> None:
    words = "has no model yet, so it is not asked"
    response = submit(client, url("provider_add"), "provider_form", name="Bare", base_url="https://models.example/v1", enabled="on")
    page = url("provider_change", Provider.objects.get(name="Bare").pk)
    assert response.redirect_chain == [(page, 302)]
    shown = response.content.decode()
    assert f"“Bare” {words}" in shown
    assert "Fetch models</button>" in shown
    named = {"name": "Another", "base_url": "https://models.example/v1", "enabled": "on", "_addanother": "1"}
    response = submit(client, url("provider_add"), "provider_form", **named)
    assert response.redirect_chain == [(url("provider_add"), 302)]
    assert f'<a href="{url("provider_change", Provider.objects.get(name="Another").pk)}">its page</a>' in response.content.decode()
    named = {"name": "Ready", "base_url": "https://models.example/v1", "enabled": "on", "default_model": "big"}
    assert words not in submit(client, url("provider_add"), "provider_form", **named).content.decode()
    client.force_login(staff(bob, "add_provider", "view_provider"))
    response = submit(client, url("provider_add"), "provider_form", name="Unfetched", base_url="https://models.example/v1", enabled="on")
    assert response.redirect_chain == [(url("provider_changelist"), 302)]
    assert f"“Unfetched” {words}" in response.content.decode()
    assert "Fetch models" not in response.content.decode()


def test_a_doubtful_address_is_saved_with_a_warning(client: Client) -> None:
    shown = submit(client, url("provider_add"), "provider_form", name="X", base_url="http://models.example").content.decode()
    assert Provider.objects.get(name="X").base_url == "http://models.example"
    assert "try http://models.example/v1" in shown
    assert "without encryption" in shown


def test_reconnecting_is_on_until_it_is_switched_off(client: Client) -> None:
    submit(client, url("provider_add"), "provider_form", name="Gateway", base_url="https://models.example/v1", enabled="on")
    provider = Provider.objects.get(name="Gateway")
    assert provider.reconnects
    submit(client, url("provider_change", provider.pk), "provider_form", reconnects=None)
    catalog.forget()
    source = catalog.read().source(provider.pk)
    assert source is not None
    assert not source.reconnects


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("models.example/v1", "starts with http:// or https://"),
        ("ftp://models.example/v1", "starts with http:// or https://"),
        ("http://", "starts with http:// or https://"),
        ("http://models.example:99999/v1", "starts with http:// or https://"),
        ("http://user:word@models.example/v1", "Leave name and password out"),
        ("http://models.example/v1?key=x", "Leave out what stands behind"),
        ("http://models.example/v1/chat/completions", "Leave out /chat/completions"),
        ("http://models.example/v1/embeddings/", "Leave out /embeddings"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(client: Client, address: str, complaint: str) -> None:
    response = submit(client, url("provider_add"), "provider_form", name="X", base_url=address)
    assert complaint in errors(response)
    assert not Provider.objects.exclude(origin=Origin.BUILT_IN).exists()


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ("Authorization: Bearer x", "made from the provider’s keys"),
        ("authorization: x", "made from the provider’s keys"),
        ("X Title: x", "no header’s name"),
        ("X-Title", "no header. Write one per line"),
        ("X-Title: a\r\nx-title: b", "is there twice"),
        ("X-Title: caf\u00e9", "plain ASCII"),
        ("X-Title: a\x0bb", "is no header"),
        ("Host: other.example", "set with each request"),
        ("X-Question: {{ question }}", "can’t name “question”"),
        ("X-Gateway: Bearer YOUR-TOKEN", "Replace YOUR-TOKEN"),
    ],
)
def test_headers_that_can_not_be_sent_are_refused(client: Client, lines: str, complaint: str) -> None:
    response = submit(client, url("provider_add"), "provider_form", name="X", base_url="http://models.example/v1", headers=lines)
    assert complaint in errors(response)


def test_one_begins_with_what_is_known_of_its_server(client: Client) -> None:
    response = submit(client, url("provider_add") + "?preset=helicone", "provider_form")
    provider = Provider.objects.get(name="Helicone")
    assert provider.base_url == "https://ai-gateway.helicone.ai/v1"
    assert provider.headers["Helicone-Session-Id"] == "{{ conversation }}"
    assert not provider.enabled
    assert entries(client.get(url("provider_add") + "?preset=helicone").content.decode(), "provider_form")["name"] == "Helicone 2"
    response = submit(client, url("provider_add") + "?preset=azure", "provider_form")
    assert "Replace YOUR-RESOURCE" in errors(response)
    changed = {"base_url": "https://house.openai.azure.com/openai/v1"}
    submit(client, url("provider_add") + "?preset=azure", "provider_form", **changed)
    assert Provider.objects.get(name="Azure OpenAI").price_list == "azure"


@pytest.mark.parametrize("preset", presets.PRESETS, ids=lambda preset: preset.slug)
def test_what_is_known_of_a_server_is_what_the_form_takes(preset: presets.Preset) -> None:
    own = re.sub(r"YOUR-[A-Z]+", "own", preset.base_url)
    headers = "\n".join(f"{name}: {re.sub('YOUR-[A-Z]+', 'own', value)}" for name, value in preset.headers)
    given = {**preset.initial, "base_url": own, "headers": headers, "priority": 10}
    given |= {"connect_seconds": 10, "first_token_seconds": 120, "next_token_seconds": 60, "files_as": Provider().files_as}
    assert ProviderForm(given).errors == {}


def test_ways_to_finish_answers_must_fit_the_api(client: Client) -> None:
    given = {"name": "X", "base_url": "http://models.example/v1", "api": "chat_completions", "resume": "background"}
    assert "belong to the Responses API" in errors(submit(client, url("provider_add"), "provider_form", **given))
    given |= {"base_url": "https://api.openai.com/v1", "resume": "prefix"}
    assert "OpenAI itself does not" in errors(submit(client, url("provider_add"), "provider_form", **given))


def test_the_list_says_how_the_keys_are_and_leads_to_them(client: Client, bob: User) -> None:
    provider = provider_at("http://models.example:8000/v1", KEY, KEY, KEY)
    ApiKey.objects.filter(label="second").update(refused=timezone.now())
    Model.objects.create(provider=provider, name="house")
    page = client.get(url("provider_changelist")).content.decode()
    state = '<span class="key-state key-cooling">2 of 3 usable</span>'
    link = f'<a href="{url("apikey_changelist")}?provider__id__exact={provider.pk}">'
    assert f"{link}{state}</a>" in page
    client.force_login(staff(bob, "view_provider"))
    unlinked = client.get(url("provider_changelist")).content.decode()
    assert state in unlinked
    assert link not in unlinked
    assert "models.example:8000" in page
    assert f'?provider__id__exact={provider.pk}">1</a>' in page


@pytest.mark.parametrize("origin", [Origin.ENVIRONMENT, Origin.BUILT_IN])
def test_what_the_settings_name_is_read_only(client: Client, origin: Origin) -> None:
    provider, _ = Provider.objects.update_or_create(origin=origin, defaults={"name": "Given", "base_url": "http://given.example/v1"})
    page = url("provider_change", provider.pk)
    shown = client.get(page).content.decode()
    assert ".env" in shown
    assert not {"name", "base_url", "priority", "headers"} & entries(shown, "provider_form").keys()
    assert "keys-0-secret" not in shown
    assert client.post(page, {"name": "Mine", "base_url": "http://mine.example/v1"}).status_code == 403
    assert client.post(url("provider_delete", provider.pk), {"post": "yes"}).status_code == 403
    selected = {"action": "delete_selected", "_selected_action": [str(provider.pk)], "post": "yes"}
    assert "named by the settings" in client.post(url("provider_changelist"), selected).content.decode()
    provider.refresh_from_db()
    assert provider.name == "Given"


def test_a_provider_with_attempts_is_disabled_rather_than_deleted(client: Client) -> None:
    provider = provider_at("http://models.example/v1", KEY)
    now = timezone.now()
    Attempt.objects.create(provider=provider, recorded=now, started=now, number=1, outcome="ok", duration_ms=1)
    page = client.get(url("provider_delete", provider.pk)).content.decode()
    assert "disable it instead" in page
    client.post(url("provider_delete", provider.pk), {"post": "yes"})
    assert Provider.objects.filter(pk=provider.pk).exists()
    Attempt.objects.all().delete()
    client.post(url("provider_delete", provider.pk), {"post": "yes"})
    assert not Provider.objects.filter(pk=provider.pk).exists()


def test_a_key_is_not_taken_to_another_server(client: Client, bob: User) -> None:
    """Else an administrator who may only change the address could have the keys sent to it."""
    provider = provider_at("https://models.example/v1", KEY)
    page = url("provider_change", provider.pk)
    response = submit(client, page, "provider_form", base_url="https://elsewhere.example/v1")
    assert "a key goes only where it was entered for" in response.content.decode()
    provider.refresh_from_db()
    assert provider.base_url == "https://models.example/v1"
    submit(client, page, "provider_form", base_url="https://models.example/v2")
    provider.refresh_from_db()
    assert provider.base_url == "https://models.example/v2"

    client.force_login(staff(bob, "view_provider", "change_provider"))
    assert "You may not enter keys" in errors(submit(client, page, "provider_form", base_url="https://elsewhere.example/v1"))
    provider.refresh_from_db()
    assert provider.base_url == "https://models.example/v2"

    client.force_login(User.objects.get(username="admin"))
    submit(client, page, "provider_form", base_url="https://elsewhere.example/v1", **{"keys-0-secret": "sk-other-0123456789abcdef"})
    provider.refresh_from_db()
    assert provider.base_url == "https://elsewhere.example/v1"
    assert provider.keys.get().secret == "sk-other-0123456789abcdef"


def test_who_may_only_look_changes_nothing_and_sees_no_header(client: Client, bob: User) -> None:
    provider = provider_at("http://127.0.0.1:1/v1", KEY, headers={"X-Gateway-Key": "gateway-secret"})
    client.force_login(staff(bob, "view_provider"))
    page = client.get(url("provider_change", provider.pk)).content.decode()
    assert "X-Gateway-Key" in page
    assert "gateway-secret" not in page
    assert 'name="opened"' not in page  # its digest of the headers would let a value be guessed
    assert "Test connection" not in page
    assert client.post(url("provider_change", provider.pk), {"name": "Mine"}).status_code == 403
    assert client.post(url("provider_test", provider.pk)).status_code == 403
    assert client.post(url("provider_fetch", provider.pk)).status_code == 403
    client.force_login(staff(bob, "view_provider", "add_model"))
    assert client.post(url("provider_fetch", provider.pk)).status_code == 403
    assert logged() == []


def test_asking_takes_a_post_with_its_token(admin: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(admin)
    provider = provider_at("http://127.0.0.1:1/v1")
    assert strict.post(url("provider_test", provider.pk)).status_code == 403
    assert strict.post(url("provider_fetch", provider.pk)).status_code == 403
    assert strict.get(url("provider_test", provider.pk)).status_code == 302
    assert logged() == []


# Fetching models


@pytest.fixture
def server() -> Iterator[ScriptedOpenAI]:
    with ScriptedOpenAI.in_thread(api_key=KEY) as server:
        yield server


def test_models_are_fetched_and_the_chosen_ones_added(client: Client, server: ScriptedOpenAI) -> None:
    server.models = [
        {"id": "plain", "shutdown_date": "2030-01-31"},
        {"id": "openai/gpt-5.4-mini", "context_length": 123_456},
        {
            "id": "seer",
            "context_length": 4096,
            "architecture": {"input_modalities": ["text", "image", "file"]},
            "supported_parameters": ["tools"],
        },
        "text-embedding-3",
    ]
    provider = provider_at(server.base_url, "sk-wrong-0123456789abcdef", KEY)  # the first key that works is taken
    Model.objects.create(provider=provider, name="nice", name_there="plain")
    page = client.post(url("provider_fetch", provider.pk)).content.decode()
    assert 'value="seer"' in page
    assert 'value="plain"' not in page
    assert "added</span>" in page
    assert "not for chat" in page
    assert "123,456" in page
    assert "<td>31 Jan 2030</td>" in page
    provider.refresh_from_db()
    assert provider.told_shutdown_dates == {"plain": "2030-01-31"}

    response = client.post(
        url("provider_fetch", provider.pk), {"chosen": "1", "add": ["seer", "openai/gpt-5.4-mini", "plain", "made-up"]}, follow=True
    )
    assert "Added openai/gpt-5.4-mini, seer." in response.content.decode()
    models = {model.name: model for model in provider.models.all()}
    assert models.keys() == {"nice", "seer", "openai/gpt-5.4-mini"}
    seer, mini = models["seer"], models["openai/gpt-5.4-mini"]
    assert (seer.window, seer.takes_images, seer.takes_tools, seer.takes_temperature, seer.efforts) == (4096, True, True, False, [])
    assert (mini.window, mini.takes_images, mini.takes_temperature) == (123_456, True, False)
    assert (seer.takes_documents, mini.takes_documents) == (True, None)
    assert "high" in (mini.efforts or ())
    assert logged() == ["Fetched the list of models: 4.", "Added 2 models: openai/gpt-5.4-mini, seer."]


def test_nothing_ticked_is_said_so(client: Client, server: ScriptedOpenAI) -> None:
    provider = provider_at(server.base_url, KEY)
    page = client.post(url("provider_fetch", provider.pk), {"chosen": "1"}).content.decode()
    assert 0 < page.index("Select the models that prompts may use.") < page.index("No model was selected")
    assert not provider.models.exists()


def test_a_list_that_does_not_come_is_explained(client: Client, server: ScriptedOpenAI) -> None:
    provider = provider_at(server.base_url, "sk-wrong-0123456789abcdef")
    page = client.post(url("provider_fetch", provider.pk)).content.decode()
    assert "Enter a valid key" in page
    assert "sk-wrong" not in page


@pytest.mark.django_db
def test_a_prompt_whose_model_nobody_has_is_pointed_out(admin: User) -> None:
    client = Client()
    client.force_login(admin)
    provider = Provider.objects.create(name="Near", base_url="https://near.example/v1", default_model="near-model")
    prompt = SystemPrompt.objects.create(slug="lost", name="Lost soul")
    prompt.publish(text="Hi", model="gone-model")
    catalog.forget()
    assert b"Without a model" in client.get("/admin/").content
    Model.objects.create(provider=provider, name="gone-model")
    catalog.forget()
    assert b"Without a model" not in client.get("/admin/").content
