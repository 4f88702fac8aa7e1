"""Prompts over HTTP: read by label, changed as drafts, published, by who may do so in the admin and with the token's scopes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.models import Fragment, PromptDraft, SystemPrompt, User
from conversations.studio import scheduling
from tests.support.api import client_of, error_of, token_of

RIGHTS = ("view_systemprompt", "change_systemprompt", "publish_systemprompt")


def give(user: User, *rights: str) -> User:
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return user


@pytest.fixture
def prompt(db: None) -> SystemPrompt:
    made = SystemPrompt.objects.create(slug="helper", name="Helper")
    made.publish(text="Be helpful.", note="First")
    made.publish(text="Be very helpful.", label="staging")
    return made


@pytest.fixture
def editor(alice: User, prompt: SystemPrompt) -> User:
    return give(alice, *RIGHTS)


def put(client: Client, body: Any, slug: str = "helper") -> Any:
    return client.put(f"/v1/prompts/{slug}/draft", body, content_type="application/json")


def publish(client: Client, body: Any = None) -> Any:
    return client.post("/v1/prompts/helper/publish", body or {}, content_type="application/json")


def test_it_is_read_by_label_and_by_version(editor: User) -> None:
    client = client_of(editor)
    live = client.get("/v1/prompts/helper")
    assert (live.json()["text"], live.json()["version"], live.json()["labels"]) == ("Be helpful.", 1, ["live"])
    assert client.get("/v1/prompts/helper?label=staging").json()["text"] == "Be very helpful."
    assert client.get("/v1/prompts/helper?version=2").json()["labels"] == ["staging"]
    for query in ("label=other", "version=3", "version=x", "version=99999999999999999999"):
        assert error_of(client.get(f"/v1/prompts/helper?{query}"))["code"] == "not_found"


def test_what_was_seen_already_is_not_sent_again(editor: User, prompt: SystemPrompt) -> None:
    client = client_of(editor)
    etag = client.get("/v1/prompts/helper").headers["ETag"]
    with CaptureQueriesContext(connection) as queries:
        again = client.get("/v1/prompts/helper", headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert len(queries) <= 4, [query["sql"] for query in queries]
    prompt.publish(text="Be brief.")
    changed = client.get("/v1/prompts/helper", headers={"If-None-Match": etag})
    assert changed.status_code == 200 and changed.json()["text"] == "Be brief."


def test_a_fragment_that_changes_changes_the_etag(editor: User, prompt: SystemPrompt) -> None:
    fragment = Fragment.objects.create(name="tone")
    fragment.publish(text="Kindly.")
    prompt.publish(text="{{> tone }} Be brief.")
    client = client_of(editor)
    first = client.get("/v1/prompts/helper")
    assert first.json()["fragments"] == [{"name": "tone", "version": 1, "text": "Kindly."}]
    fragment.publish(text="Gruffly.")
    assert client.get("/v1/prompts/helper", headers={"If-None-Match": first.headers["ETag"]}).json()["fragments"][0]["text"] == "Gruffly."


def test_all_are_listed_page_by_page(editor: User) -> None:
    SystemPrompt.objects.exclude(slug="helper").delete()
    SystemPrompt.objects.create(slug="tutor", name="Tutor")
    client = client_of(editor)
    first = client.get("/v1/prompts?limit=1").json()
    assert ([one["slug"] for one in first["data"]], first["has_more"]) == (["helper"], True)
    assert first["data"][0]["labels"] == {"live": 1, "staging": 2}
    rest = client.get("/v1/prompts?after=helper").json()
    assert ([one["slug"] for one in rest["data"]], rest["has_more"]) == (["tutor"], False)
    for limit in ("0", "101", "0000000019", "1" * 5000, ""):
        assert error_of(client.get(f"/v1/prompts?limit={limit}"))["param"] == "limit"


def test_a_draft_is_saved_and_published(editor: User, prompt: SystemPrompt) -> None:
    client = client_of(editor)
    saved = put(client, {"text": "Be brief.", "parameters": {"temperature": 0.5}, "revision": 0})
    assert (saved.status_code, saved.json()["revision"], saved.json()["problems"]) == (200, 1, [])
    kept = put(client, {"model": "gpt-x"}).json()
    assert (kept["text"], kept["model"], kept["parameters"]) == ("Be brief.", "gpt-x", {"temperature": 0.5})
    assert client.get("/v1/prompts/helper").json()["text"] == "Be helpful."
    assert client.get("/v1/prompts/helper/draft").json() == kept
    published = publish(client, {"note": "Shorter", "revision": 2})
    assert published.json() == {"object": "prompt.publication", "slug": "helper", "label": "live", "version": 3, "before": 1}
    prompt.refresh_from_db()
    assert prompt.published.text == "Be brief." and prompt.published.author == editor and not PromptDraft.objects.exists()
    assert publish(client).status_code == 409
    assert "with the token “A test”" in LogEntry.objects.filter(object_id=str(prompt.pk)).first().change_message


def test_an_author_who_has_not_seen_the_latest_revision_changes_nothing(editor: User) -> None:
    client = client_of(editor)
    put(client, {"text": "Be brief."})
    for refused in (put(client, {"text": "Mine!", "revision": 0}), publish(client, {"revision": 0})):
        assert refused.status_code == 409 and error_of(refused)["code"] == "changed"
    assert PromptDraft.objects.get().text == "Be brief."


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"txt": "Be brief."}, "txt"),
        ({"text": 7}, "text"),
        ({"text": "x" * 2_000_000}, "text"),
        ({"parameters": {"temperature": "hot"}}, "parameters"),
        ({"examples": [{"role": "assistant", "text": "Hi"}]}, "examples"),
        ({"revision": True}, "revision"),
        ([], None),
        ("{", None),
        (b"\xff", None),
    ],
)
def test_a_body_that_is_wrong_changes_nothing(editor: User, body: Any, param: str | None) -> None:
    response = put(client_of(editor), body)
    assert response.status_code in (400, 413)
    assert error_of(response)["param"] == param
    assert not PromptDraft.objects.exists()


@pytest.mark.parametrize(
    "body", [{"label": "NO!"}, {"label": 3}, {"note": 5}, {"note": "x" * 201}, {"scheduled": "x"}, {"other": 1}, {"revision": "1"}]
)
def test_a_publication_that_is_wrong_publishes_nothing(editor: User, prompt: SystemPrompt, body: dict[str, Any]) -> None:
    client = client_of(editor)
    put(client, {"text": "Be brief."})
    assert error_of(publish(client, body))["param"] == next(iter(body))
    assert prompt.versions.count() == 2


def test_another_label_leaves_live_as_it_is(editor: User, prompt: SystemPrompt) -> None:
    client = client_of(editor)
    put(client, {"text": "Be brief."})
    assert publish(client, {"label": "staging"}).json()["before"] == 2
    assert client.get("/v1/prompts/helper").json()["version"] == 1
    assert client.get("/v1/prompts/helper?label=staging").json()["version"] == 3


def test_what_stands_in_the_way_in_the_admin_stands_in_the_way_here(editor: User, prompt: SystemPrompt) -> None:
    client = client_of(editor)
    put(client, {"text": "Be brief, {{ stranger }}."})
    assert error_of(publish(client))["code"] == "not_sendable"
    put(client, {"text": "Be brief."})
    for change, words in (
        ({"approvals_needed": 1}, "approvals"),
        ({"approvals_needed": 0, "cases_required": True}, "cases"),
        ({"cases_required": False, "live_reserved": True}, "moved by"),
    ):
        SystemPrompt.objects.filter(pk=prompt.pk).update(**change)
        refused = publish(client)
        assert refused.status_code == 403 and words in error_of(refused)["message"]
    assert prompt.versions.count() == 2
    assert publish(client, {"label": "beta"}).status_code == 200


def test_what_is_scheduled_is_not_overtaken_unasked(editor: User, prompt: SystemPrompt) -> None:
    client = client_of(editor)
    put(client, {"text": "Be brief."})
    scheduling.schedule(prompt, PromptDraft.objects.get(), editor, timezone.now() + timedelta(days=1))
    put(client, {"text": "Be briefer."})
    assert error_of(publish(client))["code"] == "scheduled"
    assert publish(client, {"scheduled": "cancel"}).status_code == 200
    assert scheduling.of(prompt) is None


def test_the_scopes_of_the_token_count(editor: User) -> None:
    reads, writes, chats = (client_of(editor, scope) for scope in ("read_prompts", "write_prompts", "chat"))
    assert reads.get("/v1/prompts").status_code == reads.get("/v1/prompts/helper").status_code == 200
    for refused in (
        *(chats.get(path) for path in ("/v1/prompts", "/v1/prompts/helper", "/v1/prompts/helper/draft")),
        *(change(reads, {"text": "x"}) for change in (put, publish)),
        *(change(chats, {"text": "x"}) for change in (put, publish)),
        writes.get("/v1/prompts/helper"),
    ):
        assert refused.status_code == 403 and error_of(refused)["code"] == "missing_scope"
    assert put(writes, {"text": "Be brief."}).status_code == 200


def test_the_rights_of_its_user_count(alice: User, prompt: SystemPrompt) -> None:
    """Users never see what an assistant is told, with a token no more than in the page."""
    for rights, statuses in (
        ((), (403, 403, 403)),
        (RIGHTS[:1], (200, 403, 403)),
        (RIGHTS[:2], (200, 200, 403)),
        (RIGHTS, (200, 200, 200)),
    ):
        give(alice, *rights)
        client = client_of(alice)
        assert (
            client.get("/v1/prompts/helper").status_code,
            put(client, {"text": f"Be {rights}."}).status_code,
            publish(client, {"label": "x"}).status_code,
        ) == statuses
    User.objects.filter(pk=alice.pk).update(is_staff=False)
    client = client_of(alice)
    assert [response.status_code for response in (client.get("/v1/prompts"), put(client, {}), publish(client))] == [403] * 3


def test_only_the_prompts_of_the_token(editor: User, prompt: SystemPrompt) -> None:
    other = SystemPrompt.objects.create(slug="other", name="Other")
    other.publish(text="Be other.")
    secret, token = token_of(editor, is_limited_to_prompts=True)
    token.prompts.add(other)
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    assert [one["slug"] for one in client.get("/v1/prompts").json()["data"]] == ["other"]
    refused = (client.get("/v1/prompts/helper"), client.get("/v1/prompts/helper/draft"), put(client, {"text": "x"}), publish(client))
    assert [response.status_code for response in refused] == [404] * 4
    assert put(client, {"text": "x"}, "other").status_code == 200


def test_one_that_is_not_there(editor: User) -> None:
    client = client_of(editor)
    assert {client.get("/v1/prompts/none").status_code, put(client, {"text": "x"}, "none").status_code} == {404}


def test_a_token_that_may_only_write_reads_nothing_by_it(editor: User) -> None:
    writer = client_of(editor, "write_prompts")
    nothing = writer.put("/v1/prompts/helper/draft", {}, content_type="application/json")
    assert nothing.status_code == 200 and "text" not in nothing.json()
    saved = writer.put("/v1/prompts/helper/draft", {"text": "Be brief."}, content_type="application/json").json()
    assert (saved["text"], saved["revision"]) == ("Be brief.", 1) and "model" not in saved
