"""Exactly one prompt is the default, and the admin can't lose it by accident."""

import pytest
from django.test import Client
from django.urls import reverse

from conversations.models import Audience, SystemPrompt
from tests.support.admin_pages import save_prompt

LIST = "admin:conversations_systemprompt_changelist"


@pytest.fixture
def default(db: None) -> SystemPrompt:
    return SystemPrompt.objects.get(is_default=True)


@pytest.fixture
def other(db: None) -> SystemPrompt:
    prompt = SystemPrompt.objects.create(slug="other", name="Other")
    prompt.publish(text="Other")
    return prompt


def test_ticking_another_prompt_moves_the_default(signed_in: Client, default: SystemPrompt, other: SystemPrompt) -> None:
    assert save_prompt(signed_in, other, default="on").redirect_chain
    assert SystemPrompt.objects.get(is_default=True) == other


def test_unticking_the_only_default_is_refused(signed_in: Client, default: SystemPrompt) -> None:
    response = save_prompt(signed_in, default, default=None)
    assert "Tick this on another prompt instead" in response.content.decode()
    assert SystemPrompt.objects.get(is_default=True) == default


@pytest.mark.parametrize("audience", [Audience.NOBODY, Audience.STAFF])
def test_hiding_the_default_is_refused(signed_in: Client, default: SystemPrompt, audience: str) -> None:
    response = save_prompt(signed_in, default, audience=audience)
    assert "it can’t be hidden" in response.content.decode()
    default.refresh_from_db()
    assert default.audience == Audience.EVERYONE


def test_a_hidden_prompt_can_not_become_the_default(signed_in: Client, default: SystemPrompt, other: SystemPrompt) -> None:
    assert not save_prompt(signed_in, other, audience=Audience.NOBODY, default="on").redirect_chain
    assert SystemPrompt.objects.get(is_default=True) == default


def test_deleting_the_default_is_refused_with_a_sentence(signed_in: Client, default: SystemPrompt) -> None:
    url = reverse("admin:conversations_systemprompt_delete", args=[default.pk])
    for response in (signed_in.get(url), signed_in.post(url, {"post": "yes"})):
        assert "Make another prompt the default first" in response.content.decode()
    assert SystemPrompt.objects.filter(pk=default.pk).exists()


def test_deleting_a_selection_with_the_default_in_it_is_refused(signed_in: Client, default: SystemPrompt, other: SystemPrompt) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [str(default.pk), str(other.pk)], "post": "yes"}
    assert "Make another prompt the default first" in signed_in.post(reverse(LIST), chosen).content.decode()
    assert SystemPrompt.objects.filter(pk__in=[default.pk, other.pk]).count() == 2


def test_any_other_prompt_can_be_deleted(signed_in: Client, other: SystemPrompt) -> None:
    url = reverse("admin:conversations_systemprompt_delete", args=[other.pk])
    assert "1" in signed_in.get(url).content.decode()
    signed_in.post(url, {"post": "yes"})
    assert not SystemPrompt.objects.filter(pk=other.pk).exists()
