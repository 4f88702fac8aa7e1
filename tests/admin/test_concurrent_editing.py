"""Two administrators edit the same prompt: neither save silently undoes the other, and what both changed is brought together."""

import json
from typing import Any

import pytest
from django.test import Client

from conversations.models import PromptDraft, SystemPrompt, User
from conversations.studio import drafts
from conversations.studio.wording import wording_of
from tests.support.admin_pages import prompt_url
from tests.support.admin_pages import url as admin_url
from tests.support.html_forms import entries

TEXT = "You are kind.\nYou are brief.\nYou answer in English.\n"


@pytest.fixture
def prompt(db: None) -> SystemPrompt:
    prompt = SystemPrompt.objects.get(slug="assistant")
    prompt.publish(text=TEXT)
    return prompt


@pytest.fixture
def url(prompt: SystemPrompt) -> str:
    return prompt_url(prompt)


def shown(response: Any) -> dict[str, str]:
    return entries(response.content.decode(), "systemprompt_form")


def typed(text: str) -> str:
    return text.replace("\n", "\r\n")


def bob_saves(prompt: SystemPrompt, bob: User, **changes: Any) -> None:
    prompt.refresh_from_db()
    wording = wording_of(drafts.of(prompt) or prompt.published)
    wording.update(changes)
    drafts.save(prompt, wording, bob)


def test_changes_in_different_places_are_both_in_the_form_and_saved_when_it_was_read(
    signed_in: Client, prompt: SystemPrompt, url: str, bob: User, admin: User
) -> None:
    mine = shown(signed_in.get(url)) | {"text": typed(TEXT.replace("kind", "very kind")), "temperature": "0.3"}
    bob_saves(prompt, bob, text=TEXT.replace("English", "French"), parameters={"top_p": 0.5})
    response = signed_in.post(url, mine)
    page = response.content.decode()
    assert "bob changed the draft" in page
    assert "read it, then save again" in page
    assert "<ins>French</ins>" in page  # what bob did
    assert "Changed by both" not in page
    both = TEXT.replace("kind", "very kind").replace("English", "French")
    form = shown(response)
    assert (form["text"], form["temperature"], form["top_p"]) == (typed(both), "0.3", "0.5")
    assert PromptDraft.objects.get().author == bob
    assert signed_in.post(url, form, follow=True).redirect_chain
    draft = PromptDraft.objects.get()
    assert (draft.text, draft.parameters, draft.author) == (both, {"temperature": 0.3, "top_p": 0.5}, admin)


def test_where_both_changed_the_same_words_mine_stand_and_both_are_shown(
    signed_in: Client, prompt: SystemPrompt, url: str, bob: User
) -> None:
    mine = shown(signed_in.get(url)) | {"text": typed(TEXT.replace("brief", "thorough")), "model": "mine"}
    bob_saves(prompt, bob, text=TEXT.replace("brief", "<b>short</b>"), model="bobs")
    response = signed_in.post(url, mine)
    page = response.content.decode()
    assert "Where both changed the same words, yours stand" in page
    assert [(clash.where, clash.theirs) for clash in response.context["clashes"]] == [("Text", "You are <b>short</b>."), ("Model", "bobs")]
    assert "You are &lt;b&gt;short&lt;/b&gt;." in page
    form = shown(response)
    assert (form["text"], form["model"]) == (typed(TEXT.replace("brief", "thorough")), "mine")
    assert signed_in.post(url, form, follow=True).redirect_chain
    assert PromptDraft.objects.get().text == TEXT.replace("brief", "thorough")


def test_who_left_the_wording_alone_keeps_what_the_other_saved(signed_in: Client, prompt: SystemPrompt, url: str, bob: User) -> None:
    mine = shown(signed_in.get(url)) | {"description": "Mine"}
    bob_saves(prompt, bob, text="Bob's wording.", parameters={"top_p": 0.5})
    assert signed_in.post(url, mine, follow=True).redirect_chain
    prompt.refresh_from_db()
    draft = PromptDraft.objects.get()
    assert (prompt.description, draft.text, draft.parameters, draft.author) == ("Mine", "Bob's wording.", {"top_p": 0.5}, bob)


def test_what_is_typed_does_not_overwrite_what_another_saved(signed_in: Client, prompt: SystemPrompt, url: str, bob: User) -> None:
    mine = shown(signed_in.get(url)) | {"text": "Mine"}
    bob_saves(prompt, bob, text="Bob's wording.")
    draft = admin_url("systemprompt_draft", prompt.pk)
    answer = signed_in.post(draft, mine)
    assert (answer.status_code, answer.json()) == (409, {"version": 2, "revision": 1, "author": "bob", "is_own": False})
    for opened in ("", "null", "[]", "not json", '{"draft": {"wording": {"text": 1}}}', '{"draft": {"wording": []}}'):
        assert signed_in.post(draft, mine | {"opened": opened}).status_code == 409
    assert PromptDraft.objects.get().text == "Bob's wording."


def test_a_version_published_in_between_is_named_and_goes_into_the_form(
    signed_in: Client, prompt: SystemPrompt, url: str, bob: User
) -> None:
    mine = shown(signed_in.get(url)) | {"text": typed(TEXT.replace("kind", "very kind"))}
    prompt.publish(text=TEXT.replace("English", "French"), author=bob, note="For the launch")
    response = signed_in.post(url, mine)
    assert "bob published version 3 (“For the launch”)" in response.content.decode()
    assert shown(response)["text"] == typed(TEXT.replace("kind", "very kind").replace("English", "French"))


def test_a_third_save_in_between_is_noticed_again(signed_in: Client, prompt: SystemPrompt, url: str, bob: User) -> None:
    mine = shown(signed_in.get(url)) | {"text": "My wording."}
    bob_saves(prompt, bob, text="Bob's wording.")
    again = shown(signed_in.post(url, mine))
    bob_saves(prompt, bob, text="Bob's second wording.")
    assert "bob changed the draft" in signed_in.post(url, again).content.decode()
    assert PromptDraft.objects.get().text == "Bob's second wording."


def test_a_renamed_prompt_is_not_renamed_back(signed_in: Client, prompt: SystemPrompt, url: str) -> None:
    mine = shown(signed_in.get(url)) | {"text": "My wording."}
    SystemPrompt.objects.filter(pk=prompt.pk).update(name="Renamed")
    response = signed_in.post(url, mine)
    assert "name became “Renamed”" in response.content.decode()
    prompt.refresh_from_db()
    assert prompt.name == "Renamed"
    assert not PromptDraft.objects.exists()
    assert signed_in.post(url, shown(response), follow=True).redirect_chain


def test_a_form_that_does_not_say_what_it_was_opened_with_is_refused(signed_in: Client, prompt: SystemPrompt, url: str) -> None:
    mine = shown(signed_in.get(url)) | {"text": "My wording."}
    for opened in (None, "", "{}", "[]", '{"draft": {"version": "1"}}', "not json", json.dumps({"draft": {"wording": {"text": []}}})):
        fields = {name: value for name, value in mine.items() if name != "opened"} | ({"opened": opened} if opened is not None else {})
        assert signed_in.post(url, fields).status_code == 200
    assert not PromptDraft.objects.exists()
