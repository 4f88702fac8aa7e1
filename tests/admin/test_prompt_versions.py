"""Saving a prompt with a changed wording publishes a new, immutable version; saving anything else makes none."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from conversations.models import Conversation, Message, PromptVersion, Role, SystemPrompt, User, text_part
from tests.support.admin_pages import prompt_url, save_prompt
from tests.support.html_forms import entries

FORM = "systemprompt_form"


def opened(client: Client, prompt: SystemPrompt) -> dict[str, str]:
    return entries(client.get(prompt_url(prompt)).content.decode(), FORM)


def test_saving_the_form_untouched_makes_no_version(signed_in: Client, prompt: SystemPrompt) -> None:
    assert save_prompt(signed_in, prompt).redirect_chain
    assert prompt.versions.count() == 1


def test_changing_only_the_prompts_own_fields_makes_no_version(signed_in: Client, prompt: SystemPrompt) -> None:
    response = save_prompt(signed_in, prompt, name="Helper", description="Helps.", note="Nobody will read this")
    prompt.refresh_from_db()
    assert (prompt.name, prompt.description) == ("Helper", "Helps.")
    assert prompt.versions.count() == 1
    assert "the note was not kept" in response.content.decode()


def test_a_changed_text_makes_the_next_version_with_author_and_note(signed_in: Client, prompt: SystemPrompt, admin: User) -> None:
    first = prompt.published
    assert first
    save_prompt(signed_in, prompt, text="Be brief.\r\n\r\nAlways.\r\n", note="Shorter")
    prompt.refresh_from_db()
    version = prompt.published
    assert version
    assert (version.number, version.text, version.author, version.note) == (2, "Be brief.\n\nAlways.\n", admin, "Shorter")
    assert version.starters == first.starters
    assert PromptVersion.objects.get(pk=first.pk).text == first.text


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
def test_each_part_of_the_wording_counts_and_only_what_is_set_is_stored(
    signed_in: Client, prompt: SystemPrompt, field: str, entered: str, stored: dict
) -> None:
    save_prompt(signed_in, prompt, **{field: entered})
    prompt.refresh_from_db()
    assert prompt.published
    assert prompt.published.number == 2
    assert {name: getattr(prompt.published, name) for name in stored} == stored
    save_prompt(signed_in, prompt)
    assert prompt.versions.count() == 2


def test_emptying_a_parameter_takes_it_out(signed_in: Client, prompt: SystemPrompt) -> None:
    prompt.publish(text="x", parameters={"temperature": 0.5, "top_p": 0.5})
    save_prompt(signed_in, prompt, temperature="")
    prompt.refresh_from_db()
    assert prompt.published
    assert prompt.published.parameters == {"top_p": 0.5}


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
def test_a_wrong_value_is_refused_with_a_sentence_beside_its_field(
    signed_in: Client, prompt: SystemPrompt, field: str, entered: str, said: str
) -> None:
    response = save_prompt(signed_in, prompt, text="Changed", **({field: entered} if field != "text" else {}))
    if field == "text":
        response = save_prompt(signed_in, prompt, text=entered)
    assert not response.redirect_chain
    assert said in " ".join(response.context["adminform"].form.errors[field])
    assert prompt.versions.count() == (1 if field != "text" else 2)


def test_nul_characters_are_cleaned_from_every_field(signed_in: Client, prompt: SystemPrompt) -> None:
    save_prompt(signed_in, prompt, text="Be\0 brief.", name="Hel\0per", starters="On\0e?", note="No\0te")
    prompt.refresh_from_db()
    assert prompt.name == "Helper"
    assert prompt.published
    assert (prompt.published.text, prompt.published.starters, prompt.published.note) == ("Be brief.", ["One?"], "Note")


def test_adding_a_prompt_publishes_its_first_version(signed_in: Client, admin: User) -> None:
    url = reverse("admin:conversations_systemprompt_add")
    fields = entries(signed_in.get(url).content.decode(), FORM)
    response = signed_in.post(url, fields | {"name": "Legal", "slug": "legal", "text": "Read contracts.", "temperature": "0"}, follow=True)
    assert response.redirect_chain
    version = SystemPrompt.objects.get(slug="legal").published
    assert version
    assert (version.number, version.text, version.parameters, version.author) == (1, "Read contracts.", {"temperature": 0.0}, admin)


def test_the_log_names_the_version(signed_in: Client, prompt: SystemPrompt) -> None:
    save_prompt(signed_in, prompt, text="Other")
    assert "version “2”" in LogEntry.objects.get().get_change_message()


def test_the_history_lists_every_version_with_its_uses(signed_in: Client, prompt: SystemPrompt, alice: User) -> None:
    version = prompt.publish(text="Second", note="A note <b>")
    conversation = Conversation.objects.create(owner=alice, updated=version.created)
    for _ in range(3):
        Message.objects.create(conversation=conversation, owner=alice, role=Role.ASSISTANT, prompt_version=version, parts=[text_part("x")])
    page = signed_in.get(prompt_url(prompt)).content.decode()
    assert "A note &lt;b&gt;" in page
    rows = signed_in.get(reverse("admin:conversations_systemprompt_versions", args=[prompt.pk])).context["versions"]
    assert [(row.version.number, row.version.size, row.version.uses) for row in rows] == [
        (2, 6, 3),
        (1, len(prompt.versions.get(number=1).text), 0),
    ]


def test_a_version_page_shows_the_difference_escaped(signed_in: Client, prompt: SystemPrompt) -> None:
    prompt.publish(text="Use <b>bold</b> words sparingly, please.")
    prompt.publish(text="Use <i>italic</i> words sparingly, please.", parameters={"temperature": 0.5})
    page = signed_in.get(reverse("admin:conversations_systemprompt_version", args=[prompt.pk, 3])).content.decode()
    assert "<b>bold" not in page
    assert "<i>italic" not in page
    assert "<del>b</del>" in page
    assert "<ins>italic</ins>" in page
    assert "<del>not sent</del>" in page
    assert "<ins>0.5</ins>" in page


def test_staff_who_may_only_look_see_the_wording_and_change_nothing(client: Client, prompt: SystemPrompt, bob: User) -> None:
    from django.contrib.auth.models import Permission

    bob.is_staff = True
    bob.save()
    bob.user_permissions.add(Permission.objects.get(codename="view_systemprompt"))
    prompt.publish(text="Second")
    client.force_login(bob)
    page = client.get(prompt_url(prompt))
    assert page.status_code == 200
    assert "Second" in page.content.decode()
    assert client.post(prompt_url(prompt), {"name": "Mine"}).status_code == 403
    assert prompt.versions.count() == 2


def test_staff_without_any_permission_see_no_version(client: Client, prompt: SystemPrompt, bob: User) -> None:
    bob.is_staff = True
    bob.save()
    client.force_login(bob)
    for url in (
        prompt_url(prompt),
        reverse("admin:conversations_systemprompt_versions", args=[prompt.pk]),
        reverse("admin:conversations_systemprompt_version", args=[prompt.pk, 1]),
    ):
        assert client.get(url).status_code == 403


def test_the_list_tells_status_and_use_with_a_fixed_number_of_queries(
    signed_in: Client, prompt: SystemPrompt, alice: User, django_assert_max_num_queries
) -> None:
    conversation = Conversation.objects.create(owner=alice, updated=prompt.created)
    for number in range(20):
        other = SystemPrompt.objects.create(slug=f"p{number}", name=f"Prompt {number}", audience="nobody")
        version = other.publish(text="x", model="gpt-6")
        Message.objects.create(conversation=conversation, owner=alice, role=Role.ASSISTANT, prompt_version=version)
    with django_assert_max_num_queries(8):
        response = signed_in.get(reverse("admin:conversations_systemprompt_changelist"))
    page = response.content.decode()
    assert "hidden" in page
    rows = {row.slug: row for row in response.context["cl"].result_list}
    assert rows["p3"]._answers == 1
    assert rows["p3"]._last_used is not None
    assert (rows["assistant"]._answers, rows["assistant"]._last_used) == (0, None)
    found = signed_in.get(reverse("admin:conversations_systemprompt_changelist"), {"q": "Prompt 19"}).context["cl"].result_list
    assert [row.slug for row in found] == ["p19"]
