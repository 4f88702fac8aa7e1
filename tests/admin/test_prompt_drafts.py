"""Saving a prompt saves its draft, which answers no chat until it is published; each part of the wording is checked and kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from conversations.models import PromptDraft, SystemPrompt, User
from tests.support.admin_pages import logged, prompt_url, save_prompt, staff, submit, url, write_draft
from tests.support.html_forms import entries

pytestmark = pytest.mark.django_db
FORM = "systemprompt_form"


def draft_of(prompt: SystemPrompt) -> PromptDraft | None:
    return PromptDraft.objects.filter(prompt=prompt).first()


def shown(client: Client, prompt: SystemPrompt) -> dict[str, str]:
    return entries(client.get(prompt_url(prompt)).content.decode(), FORM)


def autosave(client: Client, prompt: SystemPrompt, form: dict[str, str]) -> Any:
    return client.post(url("systemprompt_draft", prompt.pk), form)


def test_saving_the_form_untouched_makes_no_draft(signed_in: Client, prompt: SystemPrompt) -> None:
    assert save_prompt(signed_in, prompt).redirect_chain
    assert (draft_of(prompt), prompt.versions.count()) == (None, 1)


def test_the_prompts_own_fields_are_saved_at_once_and_make_no_draft(signed_in: Client, prompt: SystemPrompt) -> None:
    save_prompt(signed_in, prompt, name="Helper", description="Helps.")
    prompt.refresh_from_db()
    assert (prompt.name, prompt.description) == ("Helper", "Helps.")
    assert draft_of(prompt) is None


def test_a_changed_text_is_a_draft_with_author_and_base_and_chats_do_not_use_it(
    signed_in: Client, prompt: SystemPrompt, admin: User
) -> None:
    live = prompt.published
    page = save_prompt(signed_in, prompt, text="Be brief.\r\n\r\nAlways.\r\n").content.decode()
    assert "Chats don’t use it until it is published." in page
    draft = draft_of(prompt)
    assert draft
    assert live
    assert (draft.text, draft.author, draft.base, draft.starters) == ("Be brief.\n\nAlways.\n", admin, live, live.starters)
    prompt.refresh_from_db()
    assert (prompt.published, prompt.versions.count()) == (live, 1)
    assert shown(signed_in, prompt)["text"] == "Be brief.\r\n\r\nAlways.\r\n"
    listed = signed_in.get(url("systemprompt_changelist")).content.decode()
    assert "state-draft" in listed


@pytest.mark.parametrize(
    ("field", "entered", "stored"),
    [
        ("model", "gpt-6-mini", {"model": "gpt-6-mini"}),
        ("temperature", "0.4", {"parameters": {"temperature": 0.4}}),
        ("top_p", "1", {"parameters": {"top_p": 1.0}}),
        ("max_output_tokens", "800", {"parameters": {"max_output_tokens": 800}}),
        ("reasoning_effort", " Low ", {"parameters": {"reasoning_effort": "low"}}),
        ("starters", "One?\r\n\r\n  Two?  \r\nOne?", {"starters": ["One?", "Two?"]}),
    ],
)
def test_each_part_of_the_wording_is_kept_and_only_what_is_set(
    signed_in: Client, prompt: SystemPrompt, field: str, entered: str, stored: dict[str, Any]
) -> None:
    save_prompt(signed_in, prompt, **{field: entered})
    draft = draft_of(prompt)
    assert {name: getattr(draft, name) for name in stored} == stored
    save_prompt(signed_in, prompt)
    again = draft_of(prompt)
    assert draft
    assert again
    assert again.revision == draft.revision


def test_emptying_a_parameter_takes_it_out_and_going_back_to_what_is_live_ends_the_draft(signed_in: Client, prompt: SystemPrompt) -> None:
    prompt.publish(text="x", parameters={"temperature": 0.5, "top_p": 0.5})
    save_prompt(signed_in, prompt, temperature="")
    draft = draft_of(prompt)
    assert draft
    assert draft.parameters == {"top_p": 0.5}
    save_prompt(signed_in, prompt, temperature="0.5")
    assert draft_of(prompt) is None


@pytest.mark.parametrize(
    ("field", "entered", "said"),
    [
        ("temperature", "2.1", "between 0 and 2"),
        ("temperature", "warm", "Enter a number"),
        ("temperature", "nan", "Enter a number"),
        ("top_p", "-0.1", "between 0 and 1"),
        ("max_output_tokens", "0", "between 1 and 1,000,000"),
        ("max_output_tokens", "1.5", "Enter a whole number"),
        ("reasoning_effort", "very hard", "one word"),
        ("starters", "\r\n".join("abcdefg"), "At most 6 starters"),
        ("starters", "x" * 121, "at most 120 characters"),
        ("text", "x" * 200_001, "at most 200000 characters"),
    ],
)
def test_a_wrong_value_is_refused_with_a_sentence_beside_its_field_and_while_it_is_typed(
    signed_in: Client, prompt: SystemPrompt, field: str, entered: str, said: str
) -> None:
    changes = {"text": "Changed", field: entered}
    response = save_prompt(signed_in, prompt, **changes)
    assert not response.redirect_chain
    assert said in " ".join(response.context["adminform"].form.errors[field])
    typed = autosave(signed_in, prompt, shown(signed_in, prompt) | changes)
    assert typed.status_code == 422
    assert said in json.dumps(typed.json()["errors"])
    assert draft_of(prompt) is None


def test_nul_characters_are_cleaned_from_every_field(signed_in: Client, prompt: SystemPrompt) -> None:
    save_prompt(signed_in, prompt, text="Be\0 brief.", name="Hel\0per", starters="On\0e?")
    prompt.refresh_from_db()
    assert prompt.name == "Helper"
    assert (prompt.draft.text, prompt.draft.starters) == ("Be brief.", ["One?"])
    autosave(signed_in, prompt, shown(signed_in, prompt) | {"text": "Be\0 kind."})
    assert PromptDraft.objects.get().text == "Be kind."


def test_a_new_prompt_begins_as_a_draft_that_users_cannot_choose(signed_in: Client, admin: User, alice: User) -> None:
    fields = {"name": "Legal", "slug": "legal", "text": "Read contracts.", "temperature": "0"}
    assert submit(signed_in, url("systemprompt_add"), FORM, **fields).redirect_chain
    legal = SystemPrompt.objects.get(slug="legal")
    assert (legal.published, legal.draft.text, legal.draft.parameters) == (None, "Read contracts.", {"temperature": 0.0})
    assert legal.draft.author == admin
    assert legal not in SystemPrompt.objects.offered_to(alice)
    assert "users can’t choose this prompt" in signed_in.get(prompt_url(legal)).content.decode()


def test_what_is_typed_is_saved_and_the_next_save_goes_on_from_it(signed_in: Client, prompt: SystemPrompt) -> None:
    form = shown(signed_in, prompt)
    for revision, text in enumerate(("Be", "Be brief", "Be brief."), 1):
        answer = autosave(signed_in, prompt, form | {"text": text, "slug": "no slug"}).json()
        assert answer["revision"] == revision
        form["opened"] = json.dumps({**json.loads(form["opened"]), "draft": answer["opened"]})
    assert PromptDraft.objects.get().text == "Be brief."
    assert signed_in.post(prompt_url(prompt), form | {"text": "Be brief. Always."}, follow=True).redirect_chain
    assert PromptDraft.objects.get().text == "Be brief. Always."
    live = prompt.published
    assert live
    answer = autosave(signed_in, prompt, shown(signed_in, prompt) | {"text": live.text}).json()
    assert (answer["revision"], draft_of(prompt)) == (0, None)


def test_discarding_asks_shows_what_is_lost_and_is_refused_when_it_was_changed(signed_in: Client, prompt: SystemPrompt) -> None:
    page = url("systemprompt_discard", prompt.pk)
    assert "no draft to discard" in signed_in.get(page, follow=True).content.decode()
    write_draft(signed_in, prompt, text="Be brief.")
    assert "Be brief." in signed_in.get(page).content.decode()
    assert "changed in the meantime" in signed_in.post(page, {"revision": "7"}, follow=True).content.decode()
    assert draft_of(prompt)
    assert "The form shows version 1" in signed_in.post(page, {"revision": "1"}, follow=True).content.decode()
    assert draft_of(prompt) is None
    assert logged()[-1] == "Discarded the draft."


def test_an_older_version_is_edited_as_a_draft_unless_there_is_another(signed_in: Client, prompt: SystemPrompt) -> None:
    first = prompt.published
    assert first
    prompt.publish(text="Second")
    begin = url("systemprompt_begin", prompt.pk, 1)
    assert "What version 1 says is in the form now." in signed_in.post(begin, follow=True).content.decode()
    draft = PromptDraft.objects.get()
    assert (draft.text, draft.starters) == (first.text, first.starters)
    write_draft(signed_in, prompt, text="Worked on")
    assert "There is a draft that says something else." in signed_in.post(begin, follow=True).content.decode()
    assert PromptDraft.objects.get().text == "Worked on"


def test_who_may_only_look_sees_no_form_and_saves_nothing(client: Client, prompt: SystemPrompt, bob: User, admin: User) -> None:
    PromptDraft.objects.create(prompt=prompt, text="Draft of admin", author=admin)
    client.force_login(staff(bob, "view_systemprompt"))
    assert "state-draft" in client.get(prompt_url(prompt)).content.decode()
    compared = client.get(url("systemprompt_compare", prompt.pk), {"old": "live", "new": "draft"})
    assert "Draft of admin" in compared.content.decode()
    assert client.get(url("systemprompt_draft", prompt.pk)).status_code == 403
    assert autosave(client, prompt, {"text": "Mine"}).status_code == 403
    for page in ("discard", "publish"):
        assert client.get(url(f"systemprompt_{page}", prompt.pk)).status_code == 403
        assert client.post(url(f"systemprompt_{page}", prompt.pk), {"revision": "1"}).status_code == 403
    assert client.post(url("systemprompt_begin", prompt.pk, 1)).status_code == 403
    assert PromptDraft.objects.get().text == "Draft of admin"
