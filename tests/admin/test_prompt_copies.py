"""A prompt is duplicated as a draft of its own, which users can’t choose until it is published."""

from __future__ import annotations

import pytest
from django.test import Client

from conversations.models import SystemPrompt, User
from tests.support.admin_pages import logged, save_prompt, staff, url

pytestmark = pytest.mark.django_db


def test_a_copy_begins_with_what_is_edited(signed_in: Client, prompt: SystemPrompt, admin: User, alice: User) -> None:
    SystemPrompt.objects.filter(pk=prompt.pk).update(name="N" * 80, slug="s" * 50, description="Helps.", model_choice="any")
    save_prompt(signed_in, prompt, text="Work in progress.", temperature="0.5")
    for end in ("-copy", "-copy-2"):
        page = signed_in.post(url("systemprompt_duplicate", prompt.pk), follow=True)
        copied = page.context["original"]
        assert copied.slug == "s" * (50 - len(end)) + end
        assert copied.name == f"Copy of {'N' * 72}"
        assert (copied.description, copied.model_choice, copied.is_default, copied.published) == ("Helps.", "any", False, None)
        assert (copied.draft.text, copied.draft.parameters, copied.draft.author) == ("Work in progress.", {"temperature": 0.5}, admin)
        assert copied not in SystemPrompt.objects.offered_to(alice)
    assert logged()[-1] == f"A copy of “{'N' * 80}”."


def test_it_takes_the_right_to_write_new_ones(client: Client, prompt: SystemPrompt, bob: User) -> None:
    client.force_login(staff(bob, "view_systemprompt", "change_systemprompt"))
    assert client.post(url("systemprompt_duplicate", prompt.pk)).status_code == 403
    client.force_login(staff(bob, "view_systemprompt", "add_systemprompt"))
    assert client.post(url("systemprompt_duplicate", prompt.pk), follow=True).context["original"].slug == "assistant-copy"
