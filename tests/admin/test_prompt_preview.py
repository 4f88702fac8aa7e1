"""The final text of a draft is shown as a user would get it, and what an answer was told stays to be seen, without what its user gave."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Fragment, Message, PromptDraft, Role, Status, SystemPrompt, User
from conversations.rendering import told
from conversations.studio import drafts
from conversations.studio.wording import wording_of
from tests.support.admin_pages import submit, url
from tests.support.html_forms import entries

ASKED = [{"name": "topic", "type": "text", "required": True}]


def staff(user: User, *rights: str) -> User:
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return user


@pytest.fixture
def draft(prompt: SystemPrompt, admin: User) -> None:
    Fragment.objects.create(name="tone").publish("Be kind, {{ user.name }}.")
    said = [{"role": "user", "text": "On {{ topic }}?"}, {"role": "assistant", "text": "Yes."}]
    drafts.save(prompt, {**wording_of(None), "text": "{{> tone }} On {{ topic }}.", "variables": ASKED, "examples": said}, admin)


def test_the_draft_is_shown_as_a_user_gets_it(signed_in: Client, prompt: SystemPrompt, draft: None, alice: User) -> None:
    alice.first_name = "<b>{{ topic }}</b>"
    alice.save()
    page = signed_in.get(url("systemprompt_preview", prompt.pk), {"user": "alice", "v-topic": "{{> tone }}"}).content.decode()
    assert ">Be kind, &lt;b&gt;{{ topic }}&lt;/b&gt;.</mark> On <mark" in page
    assert ">{{&gt; tone }}</mark>." in page
    assert "Example 2: assistant" in page
    assert "‹topic›" in signed_in.get(url("systemprompt_preview", prompt.pk)).content.decode()
    assert "There is no user called nobody." in signed_in.get(url("systemprompt_preview", prompt.pk), {"user": "nobody"}).content.decode()


def test_only_who_may_see_users_chooses_one(client: Client, prompt: SystemPrompt, draft: None, alice: User, bob: User) -> None:
    client.force_login(staff(bob, "change_systemprompt"))
    assert client.get(url("systemprompt_preview", prompt.pk)).status_code == 200
    page = client.get(url("systemprompt_preview", prompt.pk), {"user": "alice"}).content.decode()
    assert "Be kind, bob." in page
    assert "alice" not in page
    client.force_login(staff(alice))
    assert client.get(url("systemprompt_preview", prompt.pk)).status_code == 403


def test_what_stands_in_a_form_is_previewed_with_the_same_rights(
    client: Client, prompt: SystemPrompt, draft: None, alice: User, bob: User
) -> None:
    address = url("systemprompt_form_preview")
    sent = {"text": "For {{ user.name }}", "user": "alice"}
    for rights, status, name in (
        (["view_systemprompt"], 200, "bob"),
        (["add_systemprompt"], 200, "bob"),
        (["view_systemprompt", "view_user"], 200, "alice"),
        (["view_user"], 403, ""),
    ):
        client.force_login(staff(bob, *rights))
        answer = client.post(address, sent)
        assert answer.status_code == status
        if name:
            assert [part["text"] for part in answer.json()["counted"][0]["parts"]] == ["For ", name]
    client.force_login(staff(bob, "view_systemprompt"))
    assert client.post(address, sent | {"temperature": "warm"}).status_code == 422
    assert client.get(address).status_code == 405
    assert PromptDraft.objects.get().text == "{{> tone }} On {{ topic }}."


def test_what_values_make_too_long_is_told(signed_in: Client, prompt: SystemPrompt, admin: User) -> None:
    drafts.save(prompt, {**wording_of(None), "text": "{{ topic }} " * 3000, "variables": ASKED}, admin)
    page = signed_in.get(url("systemprompt_preview", prompt.pk), {"v-topic": "x" * 200})
    assert page.status_code == 200 and "more than 400,000 characters" in page.content.decode()
    assert "more than 400,000" not in signed_in.get(url("systemprompt_preview", prompt.pk), {"v-topic": "x"}).content.decode()


def test_what_cannot_be_sent_is_told_with_its_place_and_not_published(signed_in: Client, prompt: SystemPrompt) -> None:
    page = submit(signed_in, url("systemprompt_change", prompt.pk), "systemprompt_form", text="Hello\n  {{ nmae }}").content.decode()
    assert "Line 2, column 3: There is no variable “nmae”" in page
    address = url("systemprompt_publish", prompt.pk)
    shown = signed_in.get(address).content.decode()
    assert "Line 2, column 3" in shown
    assert 'value="Publish"' not in shown
    live = prompt.published
    draft = PromptDraft.objects.get()
    signed_in.post(address, {"where": "live", "opened": f"{live.number if live else 0}:{draft.pk}:{draft.revision}"})
    prompt.refresh_from_db()
    assert prompt.published == live
    filled = entries(signed_in.get(url("systemprompt_change", prompt.pk)).content.decode(), "systemprompt_form")
    saved = signed_in.post(url("systemprompt_draft", prompt.pk), filled | {"text": "{{ a }}"}).json()
    assert [(one["line"], one["column"]) for one in saved["problems"]] == [(1, 1)]


def test_what_an_answer_was_told_is_shown_without_what_its_user_gave(
    client: Client, prompt: SystemPrompt, alice: User, bob: User, admin: User
) -> None:
    tone = Fragment.objects.create(name="tone")
    tone.publish("Be kind, {{ user.name }}, on {{ date }}.")
    version = prompt.publish(text="{{> tone }} On {{ topic }}.", variables=ASKED)
    filled_in = told.filling(version, alice, {"topic": "my illness"})
    tone.publish("Be brief.")
    conversation = Conversation.objects.create(owner=alice, prompt=prompt, updated=timezone.now())
    question = Message.objects.create(conversation=conversation, owner=alice, role=Role.USER)
    reply = Message.objects.create(
        conversation=conversation,
        owner=alice,
        parent=question,
        role=Role.ASSISTANT,
        status=Status.COMPLETE,
        prompt_version=version,
        filled_in=filled_in,
    )
    client.force_login(admin)
    page = client.get(url("message_change", reply.pk)).content.decode()
    assert f"Be kind, {{{{ user.name }}}}, on {timezone.localdate().isoformat()}. On {{{{ topic }}}}." in page
    assert "tone version 1" in page
    assert "illness" not in page
    client.force_login(staff(bob, "view_message"))
    assert "Be kind" not in client.get(url("message_change", reply.pk)).content.decode()
