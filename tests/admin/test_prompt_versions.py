"""The versions of a prompt: their list, their pages, and who sees them."""

from django.test import Client
from django.urls import reverse

from conversations.models import Conversation, Message, Role, SystemPrompt, User, text_part
from tests.support.admin_pages import prompt_url


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
