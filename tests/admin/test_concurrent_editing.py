"""Two administrators edit the same prompt: the second save does not silently undo the first."""

import pytest
from django.test import Client

from conversations.models import SystemPrompt, User
from tests.support.admin_pages import prompt_url
from tests.support.html_forms import entries


@pytest.fixture
def url(prompt: SystemPrompt) -> str:
    return prompt_url(prompt)


def shown(response) -> dict[str, str]:
    return entries(response.content.decode(), "systemprompt_form")


def test_a_text_published_in_between_is_not_overwritten(signed_in: Client, prompt: SystemPrompt, url: str, bob: User) -> None:
    mine = shown(signed_in.get(url)) | {"text": "My wording."}
    prompt.publish(text="Bob's wording.", author=bob, note="For the launch", parameters={"top_p": 0.5})
    response = signed_in.post(url, mine)
    page = response.content.decode()
    assert "bob published version 2 (“For the launch”)" in page
    assert '<span class="words">Bob&#x27;s wording.</span>' in page
    assert "<ins>0.5</ins>" in page
    assert shown(response)["text"] == "My wording."
    prompt.refresh_from_db()
    assert prompt.published
    assert prompt.published.text == "Bob's wording."


def test_saving_again_is_a_choice_and_goes_through(signed_in: Client, prompt: SystemPrompt, url: str, bob: User) -> None:
    mine = shown(signed_in.get(url)) | {"text": "My wording."}
    prompt.publish(text="Bob's wording.", author=bob)
    again = shown(signed_in.post(url, mine))
    assert signed_in.post(url, again, follow=True).redirect_chain
    prompt.refresh_from_db()
    assert prompt.published
    assert (prompt.published.number, prompt.published.text) == (3, "My wording.")


def test_a_third_save_in_between_is_noticed_again(signed_in: Client, prompt: SystemPrompt, url: str, bob: User) -> None:
    mine = shown(signed_in.get(url)) | {"text": "My wording."}
    prompt.publish(text="Bob's wording.", author=bob)
    again = shown(signed_in.post(url, mine))
    prompt.publish(text="Bob's second wording.", author=bob)
    assert "bob published version 3" in signed_in.post(url, again).content.decode()
    prompt.refresh_from_db()
    assert prompt.published
    assert prompt.published.number == 3


def test_a_renamed_prompt_is_not_renamed_back(signed_in: Client, prompt: SystemPrompt, url: str) -> None:
    mine = shown(signed_in.get(url)) | {"text": "My wording."}
    SystemPrompt.objects.filter(pk=prompt.pk).update(name="Renamed")
    assert "name became “Renamed”" in signed_in.post(url, mine).content.decode()
    prompt.refresh_from_db()
    assert prompt.name == "Renamed"
    assert prompt.versions.count() == 1


def test_a_form_that_does_not_say_what_it_was_opened_with_is_refused(signed_in: Client, prompt: SystemPrompt, url: str) -> None:
    mine = shown(signed_in.get(url)) | {"text": "My wording."}
    for opened in (None, "", "{}", "[]", '{"version": "1"}', "not json"):
        fields = {name: value for name, value in mine.items() if name != "opened"} | ({"opened": opened} if opened is not None else {})
        assert signed_in.post(url, fields).status_code == 200
    assert prompt.versions.count() == 1
