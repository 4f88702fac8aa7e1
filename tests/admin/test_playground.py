"""What the playground asks of the administration: who may, whose conversations are read, and how a column becomes the draft."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Case, Conversation, Message, Role, SystemPrompt, User, text_part
from conversations.studio import drafts
from conversations.studio.wording import wording_of
from tests.support.admin_pages import logged, staff, url

pytestmark = pytest.mark.django_db
RIGHTS = ("view_systemprompt", "evaluate_systemprompt")
OF_ALL = "systemprompt_playground_of_all"


def conversation(owner: User) -> Conversation:
    made = Conversation.objects.create(owner=owner, updated=timezone.now())
    question = Message.objects.create(conversation=made, owner=owner, role=Role.USER, parts=[text_part("Zebra?")])
    reply = Message.objects.create(conversation=made, owner=owner, parent=question, role=Role.ASSISTANT, parts=[text_part("Yes.")])
    Message.objects.create(conversation=made, owner=owner, parent=question, role=Role.ASSISTANT, parts=[text_part("Another branch")])
    Conversation.objects.filter(pk=made.pk).update(leaf=reply)
    return made


def pages(prompt: SystemPrompt) -> list[str]:
    return [
        url(OF_ALL),
        url("systemprompt_playground_models"),
        url("systemprompt_playground", prompt.pk),
        url("systemprompt_playground_wording", prompt.pk, "live"),
    ]


@pytest.mark.parametrize(("rights", "status"), [(RIGHTS, 200), (RIGHTS[:1], 403), (RIGHTS[1:], 403), (("change_systemprompt",), 403)])
def test_it_is_a_right_of_its_own(client: Client, bob: User, prompt: SystemPrompt, rights: tuple[str, ...], status: int) -> None:
    client.force_login(staff(bob, *rights))
    assert {client.get(page).status_code for page in pages(prompt)} == {status}
    named = {"conversation": str(conversation(bob).pk)}
    assert client.post(url("systemprompt_playground_conversation"), named).status_code == status
    kept = client.post(url("systemprompt_playground_keep", prompt.pk), {"text": "x"})
    assert (kept.status_code == 403) is ("change_systemprompt" not in rights)  # which is editing


def test_the_way_there_is_shown_to_those_who_may(client: Client, bob: User, prompt: SystemPrompt) -> None:
    client.force_login(staff(bob, *RIGHTS))
    shown = [
        client.get(page).content.decode() for page in (url("systemprompt_change", prompt.pk), url("systemprompt_changelist"), "/admin/")
    ]
    assert url("systemprompt_playground", prompt.pk) in shown[0]
    staff(bob, "view_systemprompt")
    hidden = [
        client.get(page).content.decode() for page in (url("systemprompt_change", prompt.pk), url("systemprompt_changelist"), "/admin/")
    ]
    assert not [
        page for page in hidden if url("systemprompt_playground", prompt.pk) in page or url("systemprompt_playground_of_all") in page
    ]


def test_it_begins_with_what_is_live_and_the_draft(signed_in: Client, admin: User, prompt: SystemPrompt) -> None:
    prompt.publish(text="Second.", model="m", parameters={"temperature": 0.5})
    drafts.save(prompt, {**wording_of(prompt.published), "text": "Third."}, admin)
    told = signed_in.get(url("systemprompt_playground", prompt.pk)).context["page"]["prompt"]
    assert told["begin_with"] == ["2", "draft"]
    live = told["wordings"]["2"]
    assert (live["text"], live["model"], live["parameters"], live["template"]) == ("Second.", "m", {"temperature": 0.5}, False)
    assert told["wordings"]["draft"]["text"] == "Third."
    assert [one["label"] for one in told["sources"]] == ["Draft", "Version 2 · live", "Version 1"]
    first = signed_in.get(url("systemprompt_playground_wording", prompt.pk, "1")).json()
    assert first["text"].startswith("You are")
    for unknown in ("7", "x", "0" * 30):
        assert signed_in.get(url("systemprompt_playground_wording", prompt.pk, unknown)).status_code == 404


def read(client: Client, named: Any, **fields: str) -> Any:
    return client.post(url("systemprompt_playground_conversation"), {"conversation": f"https://chat.example/c/{named}/", **fields})


def test_one_s_own_conversation_is_taken_over_by_its_shown_branch(client: Client, bob: User) -> None:
    client.force_login(staff(bob, *RIGHTS))
    answer = read(client, conversation(bob).pk).json()
    assert answer["turns"] == [{"role": "user", "text": "Zebra?"}, {"role": "assistant", "text": "Yes."}]
    assert answer["is_own"] is True
    assert logged() == []


def test_another_s_is_read_by_those_who_may_alone_and_on_the_record(
    client: Client, alice: User, bob: User, admin: User, settings: Any
) -> None:
    found = conversation(alice)
    client.force_login(staff(bob, *RIGHTS))
    for setting in (False, True):
        settings.ADMIN_READS_CONVERSATIONS = setting
        refused = read(client, found.pk)
        assert refused.status_code == 404 and "Zebra" not in refused.content.decode()
    client.force_login(admin)
    settings.ADMIN_READS_CONVERSATIONS = False
    assert read(client, found.pk).status_code == 404
    assert logged() == []
    settings.ADMIN_READS_CONVERSATIONS = True
    assert len(read(client, found.pk, reason="A complaint").json()["turns"]) == 2
    assert logged() == ["Read the conversation (2 messages) in the playground. Reason: A complaint"]
    assert read(client, "nothing of the kind").status_code == 404


def keep(client: Client, prompt: SystemPrompt, opened: Any, **fields: str) -> Any:
    return client.post(url("systemprompt_playground_keep", prompt.pk), {"opened": json.dumps({"draft": opened}), "model": "", **fields})


def opened(client: Client, prompt: SystemPrompt) -> Any:
    return client.get(url("systemprompt_playground", prompt.pk)).context["page"]["prompt"]["opened"]


def test_a_column_becomes_the_draft_and_leaves_the_rest_of_it(signed_in: Client, admin: User, prompt: SystemPrompt) -> None:
    prompt.publish(text="One.\nTwo.\nThree.", starters=["Begin?"], parameters={"temperature": 0.5})
    kept = keep(signed_in, prompt, opened(signed_in, prompt), text="One.\nTwo.\nFour.", max_output_tokens="50")
    assert kept.json()["is_merged"] is False
    draft = drafts.edited(prompt)
    assert (draft["text"], draft["parameters"], draft["starters"]) == ("One.\nTwo.\nFour.", {"max_output_tokens": 50}, ["Begin?"])
    assert keep(signed_in, prompt, kept.json()["opened"], text="x", temperature="9").status_code == 422


def test_what_another_changed_meanwhile_is_kept_or_asked_about(signed_in: Client, bob: User, prompt: SystemPrompt) -> None:
    prompt.publish(text="One.\nTwo.\nThree.")
    before = opened(signed_in, prompt)
    drafts.save(prompt, {**drafts.edited(prompt), "text": "Zero.\nTwo.\nThree.", "starters": ["Why?"]}, bob)
    kept = keep(signed_in, prompt, before, text="One.\nTwo.\nFour.").json()
    assert kept["is_merged"] is True
    assert (drafts.edited(prompt)["text"], drafts.edited(prompt)["starters"]) == ("Zero.\nTwo.\nFour.", ["Why?"])
    drafts.save(prompt, {**drafts.edited(prompt), "text": "Zero.\nTwo.\nFive."}, bob)
    refused = keep(signed_in, prompt, kept["opened"], text="Zero.\nTwo.\nSix.")
    assert (refused.status_code, refused.json()["author"]) == (409, "bob")
    assert drafts.edited(prompt)["text"] == "Zero.\nTwo.\nFive."
    keep(signed_in, prompt, kept["opened"], text="Zero.\nTwo.\nSix.", anyway="1")
    assert drafts.edited(prompt)["text"] == "Zero.\nTwo.\nSix."


def keep_case(client: Client, prompt: SystemPrompt, **given: Any) -> Any:
    turns = [{"role": "user", "text": "Zebra?"}]
    kept = json.dumps({"turns": turns, "variables": {"language": "Dutch"}, "expected": "Yes.", "message": None, **given})
    return client.post(url("systemprompt_playground_keep_case", prompt.pk), {"name": "Zebra?", "case": kept})


def test_an_exchange_becomes_a_case_and_a_case_is_taken_up_again(client: Client, bob: User, prompt: SystemPrompt) -> None:
    client.force_login(staff(bob, *RIGHTS))
    message = conversation(bob).messages.get(role=Role.USER)
    assert keep_case(client, prompt, message=str(message.pk)).status_code == 200
    case = Case.objects.get()
    assert (case.prompt, case.name, case.expected, case.message, case.author) == (prompt, "Zebra?", "Yes.", message, bob)
    assert client.get(url("systemprompt_playground_case", prompt.pk, case.pk)).json() == {
        "turns": [{"role": "user", "text": "Zebra?"}],
        "variables": {"language": "Dutch"},
    }
    page = client.get(url("systemprompt_playground", prompt.pk)).context["page"]
    assert page["prompt"]["cases"] == [{"id": case.pk, "name": "Zebra?"}]
    message.conversation.delete()
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"turns": []}, {"turns": [{"role": "assistant", "text": "x"}]}, {"turns": 7}, {"variables": []}, {"expected": 1}]
)
def test_what_is_no_exchange_becomes_no_case(signed_in: Client, prompt: SystemPrompt, wrong: dict[str, Any]) -> None:
    assert keep_case(signed_in, prompt, **wrong).status_code == 422
    assert not Case.objects.exists()


def test_no_case_is_made_of_what_may_not_be_read(client: Client, alice: User, bob: User, prompt: SystemPrompt) -> None:
    message = conversation(alice).messages.first()
    assert message is not None
    client.force_login(staff(bob, *RIGHTS))
    assert keep_case(client, prompt, message=str(message.pk)).status_code == 422
    client.force_login(staff(bob, "view_systemprompt"))
    assert keep_case(client, prompt).status_code == 403
    assert not Case.objects.exists()
