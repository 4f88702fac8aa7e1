"""Prompts have tags, by which the list of prompts is filtered."""

from __future__ import annotations

import pytest
from django.test import Client

from conversations.models import SystemPrompt, User
from tests.support.admin_pages import logged, prompt_url, save_prompt, staff, url

pytestmark = pytest.mark.django_db


def listed(client: Client, **asked: str) -> list[str]:
    return [row.slug for row in client.get(url("systemprompt_changelist"), asked).context["cl"].result_list]


def test_tags_are_lower_cased_once_shown_filtered_by_and_logged(signed_in: Client, prompt: SystemPrompt) -> None:
    SystemPrompt.objects.create(slug="other", name="Other", tags=["refund"])
    save_prompt(signed_in, prompt, tags="Refunds,  A  b,refunds, <i>,")
    prompt.refresh_from_db()
    assert prompt.tags == ["refunds", "a b", "<i>"]
    assert "Changed Tags from “none” to “<i>, a b, refunds”." in logged()
    page = signed_in.get(url("systemprompt_changelist")).content.decode()
    assert "?tag=a+b" in page
    assert "&lt;i&gt;</a>" in page
    assert (listed(signed_in, tag="refunds"), listed(signed_in, tag="refund"), listed(signed_in, tag="x")) == (["assistant"], ["other"], [])
    save_prompt(signed_in, prompt, tags="")
    prompt.refresh_from_db()
    assert prompt.tags == []


@pytest.mark.parametrize(("tags", "words"), [("x" * 31, "at most 30 characters"), (",".join(map(str, range(11))), "at most 10 tags")])
def test_too_many_and_too_long_ones_are_told(signed_in: Client, prompt: SystemPrompt, tags: str, words: str) -> None:
    assert words in save_prompt(signed_in, prompt, tags=tags).content.decode()
    prompt.refresh_from_db()
    assert prompt.tags == []


def test_who_only_looks_sees_them_and_a_copy_has_them(client: Client, signed_in: Client, prompt: SystemPrompt, bob: User) -> None:
    SystemPrompt.objects.update(tags=["refunds"])
    signed_in.post(url("systemprompt_duplicate", prompt.pk))
    assert SystemPrompt.objects.get(slug="assistant-copy").tags == ["refunds"]
    client.force_login(staff(bob, "view_systemprompt"))
    assert "?tag=refunds" in client.get(prompt_url(prompt)).content.decode()
