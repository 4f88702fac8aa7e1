"""A prompt whose model is shut down is listed first thing, and its successor is drafted with one click and compared by its cases."""

from __future__ import annotations

from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Model, Provider, Run, SystemPrompt, User
from conversations.routing import catalog
from conversations.studio import drafts
from conversations.studio.wording import wording_of
from tests.support.admin_pages import logged, prompt_url, save_prompt, staff, submit, url
from tests.support.cases import case

from .test_overview import attention, page_of

pytestmark = pytest.mark.django_db


def soon() -> date:
    """Two weeks from now: a run can last past midnight."""
    return timezone.localdate() + timedelta(days=14)


def day_said() -> str:
    return f"{soon():%-d %b %Y} (in 14 days)"


@pytest.fixture
def leaving(prompt: SystemPrompt) -> SystemPrompt:
    """The default prompt, whose model is shut down in fourteen days; there are two others."""
    provider = Provider.objects.create(name="House", base_url="http://house.example/v1")
    Model.objects.create(provider=provider, name="house-1", shutdown_date=soon())
    Model.objects.create(provider=provider, name="house-2", takes_temperature=False)
    Model.objects.create(provider=provider, name="tiny")
    prompt.publish(text="Be kind.", model="house-1", parameters={"temperature": 0.3})
    catalog.forget()
    return prompt


def page(client: Client, prompt: SystemPrompt) -> str:
    return unescape(client.get(url("systemprompt_retire", prompt.pk)).content.decode())


def choose(client: Client, prompt: SystemPrompt, model: str) -> Any:
    return client.post(url("systemprompt_retire", prompt.pk), {"successor": model}, follow=True)


def test_the_first_page_lists_it(signed_in: Client, leaving: SystemPrompt, settings: Any) -> None:
    assert attention(page_of(signed_in)) == [f"Assistant: its model house-1 is shut down on {day_said()} Choose a successor"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    said = (
        f"Assistant: its model house-1 is shut down on {day_said()} . No mail is sent about it, for mail is not set up. Choose a successor"
    )
    assert attention(page_of(signed_in))[0] == said.replace(" .", ".")
    leaving.publish(text="Be kind.", model="house-1", label="staging")
    leaving.publish(text="Be kind.", model="tiny")
    assert attention(page_of(signed_in))[0].startswith("Assistant (staging): its model house-1 is shut down on")


def test_of_many_prompts_some_are_listed(signed_in: Client, leaving: SystemPrompt) -> None:
    for number in range(9):
        SystemPrompt.objects.create(slug=f"p{number}", name=f"Prompt {number}").publish(text="Hi", model="house-1")
    said = attention(page_of(signed_in))
    assert len(said) == 9
    assert said[-1] == "2 more prompts have a model that is shut down before long."


def test_after_the_day_it_is_listed_as_past(signed_in: Client, leaving: SystemPrompt) -> None:
    past = timezone.localdate() - timedelta(days=2)
    Model.objects.filter(name="house-1").update(shutdown_date=past)
    assert attention(page_of(signed_in)) == [
        f"Assistant: its model house-1 was to be shut down on {past:%-d %b %Y} (past) Choose a successor"
    ]


def test_the_successor_is_drafted_without_what_it_refuses_and_compared(signed_in: Client, leaving: SystemPrompt) -> None:
    case(leaving, "How are you?")
    shown = page(signed_in, leaving)
    assert "house-1 is shut down on" in shown
    assert shown.index("house-2") < shown.index("tiny")
    assert "refuses Temperature (0.3)" in shown
    response = choose(signed_in, leaving, "house-2")
    run = Run.objects.get()
    assert response.redirect_chain[-1][0] == url("run_change", run.pk)
    assert [one["wording"]["model"] for one in run.candidates] == ["house-1", "house-2"]
    assert (run.state, run.results.count()) == ("planned", 0)
    told = response.content.decode()
    assert "Taken out, for house-2 refuses it: Temperature (0.3)." in told
    assert "It stops before it costs more than" in told
    assert drafts.edited(leaving) | {"starters": []} == wording_of(leaving.published) | {
        "model": "house-2",
        "parameters": {},
        "starters": [],
    }
    assert logged() == ["Drafted the successor of house-1: house-2. Taken out, for house-2 refuses it: Temperature (0.3)."]


def test_without_cases_it_leads_to_the_draft(signed_in: Client, leaving: SystemPrompt) -> None:
    assert choose(signed_in, leaving, "tiny").redirect_chain[-1][0] == prompt_url(leaving)
    assert not Run.objects.exists()


def test_a_draft_that_is_there_keeps_what_it_says(signed_in: Client, leaving: SystemPrompt, admin: User) -> None:
    drafts.save(leaving, {**drafts.edited(leaving), "text": "Be kind and brief."}, admin)
    choose(signed_in, leaving, "tiny")
    assert (drafts.edited(leaving)["text"], drafts.edited(leaving)["model"]) == ("Be kind and brief.", "tiny")


def test_what_only_a_label_has_is_what_the_draft_begins_from(signed_in: Client, leaving: SystemPrompt) -> None:
    leaving.publish(text="Staged.", model="house-1", label="staging")
    leaving.publish(text="Live.", model="tiny")
    choose(signed_in, leaving, "house-2")
    assert (drafts.edited(leaving)["text"], drafts.edited(leaving)["model"]) == ("Staged.", "house-2")


@pytest.mark.parametrize("model", ["", "made-up"])
def test_a_model_that_is_not_offered_is_refused(signed_in: Client, leaving: SystemPrompt, model: str) -> None:
    assert "errorlist" not in choose(signed_in, leaving, model).content.decode()
    assert drafts.of(leaving) is None


def test_rights(client: Client, leaving: SystemPrompt, bob: User) -> None:
    case(leaving, "How are you?")
    client.force_login(bob)
    where = url("systemprompt_retire", leaving.pk)
    for rights, seen, may in (((), 403, 403), (("view_systemprompt",), 200, 403), (("view_systemprompt", "change_systemprompt"), 200, 302)):
        staff(bob, *rights)
        assert (client.get(where).status_code, client.post(where, {"successor": "tiny"}).status_code) == (seen, may)
    assert not Run.objects.exists()  # who may not evaluate gets the draft alone
    staff(bob, "view_systemprompt")
    assert "Draft the successor" not in page(client, leaving)


def test_a_fallback_is_set_by_publishers_and_kept_in_the_log(signed_in: Client, leaving: SystemPrompt, bob: User) -> None:
    save_prompt(signed_in, leaving, fallback_model="house-2")
    leaving.refresh_from_db()
    assert leaving.fallback_model == "house-2"
    assert "Fallback model from “” to “house-2”" in "".join(logged())
    assert attention(page_of(signed_in)) == [
        f"Assistant: its model house-1 is shut down on {day_said()} . Once it is gone, house-2 answers. Choose a successor".replace(
            " .", "."
        )
    ]
    signed_in.force_login(staff(bob, "view_systemprompt", "change_systemprompt"))
    save_prompt(signed_in, leaving, fallback_model="tiny")
    leaving.refresh_from_db()
    assert leaving.fallback_model == "house-2"


def test_a_fallback_for_all_prompts_with_a_model(signed_in: Client, leaving: SystemPrompt) -> None:
    model = Model.objects.get(name="house-1")
    page = submit(signed_in, url("model_change", model.pk), "model_form", fallback_model="house-1").content.decode()
    assert "That is this model: choose another one." in page
    submit(signed_in, url("model_change", model.pk), "model_form", fallback_model="tiny")
    assert "Changed Fallback model from “none” to “tiny”." in logged()
    assert "Once it is gone, tiny answers." in attention(page_of(signed_in))[0]
