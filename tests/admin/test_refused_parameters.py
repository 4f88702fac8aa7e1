"""What a model refused is listed, warned of where it is set, and tried again once its row is deleted."""

import pytest
from django.test import Client
from django.urls import reverse

from conversations.models import RejectedParameter, SystemPrompt, User
from tests.support.admin_pages import prompt_url, url
from tests.support.html_forms import entries

HERE = "http://127.0.0.1:9999/v1"


@pytest.fixture
def signed_in(client: Client, admin: User, settings) -> Client:
    settings.OPENAI_BASE_URL, settings.OPENAI_MODEL = HERE, "house-model"
    client.force_login(admin)
    return client


def refuse(model: str, base_url: str = HERE) -> RejectedParameter:
    return RejectedParameter.objects.create(base_url=base_url, model=model, parameter="temperature")


def test_the_list_says_what_happened_and_nothing_can_be_changed(signed_in: Client) -> None:
    row = refuse("gpt-6-mini")
    assert "gpt-6-mini refused temperature" in signed_in.get(reverse("admin:conversations_rejectedparameter_changelist")).content.decode()
    page = url("rejectedparameter_change", row.pk)
    assert "gpt-6-mini refused temperature" in signed_in.get(page).content.decode()
    assert signed_in.post(page, {"model": "x"}).status_code == 403
    assert signed_in.get(reverse("admin:conversations_rejectedparameter_add")).status_code == 403


def test_deleting_it_has_it_tried_again(signed_in: Client) -> None:
    row = refuse("gpt-6-mini")
    signed_in.post(reverse("admin:conversations_rejectedparameter_delete", args=[row.pk]), {"post": "yes"})
    assert not RejectedParameter.objects.exists()


def test_the_form_warns_beside_the_parameter(signed_in: Client, prompt: SystemPrompt) -> None:
    prompt.publish(text="x", model="gpt-6-mini")
    refuse("gpt-6-mini")
    assert "gpt-6-mini refused it: left out since" in signed_in.get(prompt_url(prompt)).content.decode()


def test_it_warns_for_the_default_model_where_the_prompt_names_none(signed_in: Client, prompt: SystemPrompt) -> None:
    refuse("house-model")
    assert "house-model refused it" in signed_in.get(prompt_url(prompt)).content.decode()


def test_it_does_not_warn_of_another_model_or_another_provider(signed_in: Client, prompt: SystemPrompt) -> None:
    prompt.publish(text="x", model="gpt-6-mini")
    refuse("gpt-6")
    refuse("gpt-6-mini", "http://elsewhere.example/v1")
    assert "refused it" not in signed_in.get(prompt_url(prompt)).content.decode()


def test_saving_a_refused_parameter_says_that_it_is_left_out(signed_in: Client, prompt: SystemPrompt) -> None:
    refuse("gpt-6-mini")
    fields = entries(signed_in.get(prompt_url(prompt)).content.decode(), "systemprompt_form")
    response = signed_in.post(prompt_url(prompt), fields | {"model": "gpt-6-mini", "temperature": "0.5"}, follow=True)
    assert "refuses temperature" in response.content.decode()
    assert prompt.draft.parameters == {"temperature": 0.5}
    assert "refuses temperature" in signed_in.get(url("systemprompt_publish", prompt.pk)).content.decode()


def test_the_form_offers_the_models_that_are_known(signed_in: Client, prompt: SystemPrompt) -> None:
    prompt.publish(text="x", model="gpt-6-mini")
    page = signed_in.get(prompt_url(prompt)).content.decode()
    assert '<option value="gpt-6-mini"></option><option value="house-model"></option>' in page
