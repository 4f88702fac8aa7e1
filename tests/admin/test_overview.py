"""The first page leads: what needs attention with the button that fixes it, whom the next question goes to, and a new site's first steps."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conversations.models import ApiKey, Conversation, Message, Model, Provider, Role, SystemPrompt, User
from conversations.routing import catalog
from tests.support.admin_pages import KEY, provider_at, save_prompt, staff, url
from tests.support.circuits import open_now

pytestmark = pytest.mark.django_db
HERE = "/admin/"
ADDRESS = "http://house.example/v1"


def page_of(client: Client) -> str:
    catalog.forget()
    return unescape(client.get(HERE).content.decode())


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def attention(page: str) -> list[str]:
    """Each problem as a sentence; behind it its buttons."""
    section = re.search(r'<section class="attention".*?</section>', page, re.DOTALL)
    return [plain(one) for one in re.findall(r"<li.*?</li>", section[0], re.DOTALL)] if section else []


def status(page: str, label: str) -> str:
    found = re.search(rf"<dt>{label}</dt>(.*?)</dd>", page, re.DOTALL)
    return plain(found[1]).replace(" ,", ",") if found else ""


def house(*secrets: str, **fields: Any) -> Provider:
    provider = provider_at(ADDRESS, *(secrets or (KEY,)), **fields)
    Model.objects.create(provider=provider, name="big", name_there="big-1")
    return provider


def press(client: Client, label: str) -> Any:
    """Send the form of the button with this label, as the browser does."""
    page = unescape(client.get(HERE).content.decode())
    form = next(form for form in re.findall(r"<form.*?</form>", page, re.DOTALL) if f">{label}</button>" in form)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    assert fields.pop("csrfmiddlewaretoken")
    return client.post(re.search(r'action="([^"]+)"', form)[1], fields)  # type: ignore[index]


def test_a_healthy_site_needs_nothing(signed_in: Client) -> None:
    house()
    page = page_of(signed_in)
    assert attention(page) == []
    assert status(page, "The next question goes to") == "House, model big-1 (Chat Completions API)"
    assert status(page, "Passed over") == ""


def test_a_key_that_was_refused_is_led_by_its_buttons(signed_in: Client) -> None:
    key = house().keys.get()
    ApiKey.objects.update(refused=timezone.now(), trouble="key", trouble_status=401)
    page = page_of(signed_in)
    assert attention(page) == [
        "The next question would not be answered because no provider that has the model can be asked now.",
        "main (…cdef) at House is refused Use again Enter another key",
    ]
    assert status(page, "The next question goes to") == "no provider"
    assert status(page, "Passed over") == "House (no key can be used)"
    assert press(signed_in, "Use again")["Location"] == HERE
    key.refresh_from_db()
    assert key.refused is None
    assert attention(page_of(signed_in)) == []


def test_a_paused_key_and_who_is_asked_in_its_place(signed_in: Client) -> None:
    house(priority=1)
    ApiKey.objects.update(cooling_until=timezone.now() + timedelta(minutes=9, seconds=55))
    spare = Provider.objects.create(name="Spare", base_url="http://spare.example/v1", default_model="small")
    page = page_of(signed_in)
    assert attention(page) == ["main (…cdef) at House is paused for 10 minutes Use again"]
    assert status(page, "The next question goes to") == "Spare, model small (Chat Completions API)"
    assert status(page, "Passed over") == "House (no key can be used for 10 minutes)"
    spare.delete()


def test_a_key_that_cannot_be_opened(signed_in: Client, settings: Any) -> None:
    house()
    settings.KEY_SECRET, settings.OLD_KEY_SECRETS = "another secret", []
    assert attention(page_of(signed_in))[1] == "main (…cdef) at House is sealed with another secret Enter another key"


def test_an_open_circuit_is_tested_from_here(signed_in: Client) -> None:
    provider = house()
    open_now((str(provider.pk), "big-1"))
    page = page_of(signed_in)
    assert re.fullmatch(r"big-1 at House keeps failing and is paused; next try in \d+ seconds Test connection", attention(page)[1])
    assert status(page, "Passed over").startswith("House (paused after repeated failures for ")
    assert f'action="{url("provider_test", provider.pk)}"' in page


@pytest.mark.parametrize(
    ("disabled", "button"), [(False, "it has no model Fetch models"), (True, "all its models are disabled Enable models")]
)
def test_a_provider_without_a_model_is_not_said_to_answer(signed_in: Client, disabled: bool, button: str) -> None:
    house()
    empty = Provider.objects.create(name="Empty", base_url="http://empty.example/v1", priority=1)
    if disabled:
        Model.objects.create(provider=empty, name="off", enabled=False)
    page = page_of(signed_in)
    assert attention(page) == [f"Empty is not asked: {button}"]
    assert status(page, "The next question goes to").startswith("House")
    assert status(page, "Passed over") == "Empty (has no model)"


def test_the_built_in_model_is_named_while_no_provider_has_a_model(signed_in: Client) -> None:
    Provider.objects.create(name="Empty", base_url="http://empty.example/v1", priority=1)
    page = page_of(signed_in)
    assert attention(page) == ["Empty is not asked: it has no model Fetch models"]
    assert status(page, "The next question goes to").startswith("the small built-in model")
    assert status(page, "Passed over") == "Empty (has no model)"


def test_the_next_question_asks_for_the_default_prompts_model(signed_in: Client, prompt: SystemPrompt) -> None:
    house(priority=1)
    other = Provider.objects.create(name="Other", base_url="http://other.example/v1")
    prompt.publish(text="x", model="rare")
    assert attention(page_of(signed_in))[0] == (
        "The next question would not be answered because no enabled provider has the model that the default prompt asks for."
    )
    Model.objects.create(provider=other, name="rare")
    page = page_of(signed_in)
    assert attention(page) == []
    assert status(page, "The next question goes to") == "Other, model rare (Chat Completions API)"
    assert status(page, "Passed over") == "House (doesn’t have rare)"


def test_a_default_model_that_is_disabled_is_said_to_be(signed_in: Client) -> None:
    provider = house(default_model="big")
    Model.objects.update(enabled=False)
    Model.objects.create(provider=provider, name="small")
    page = page_of(signed_in)
    assert attention(page) == [
        "The next question would not be answered because the default prompt names no model, and no provider has a default model that is enabled."
    ]
    assert status(page, "Passed over") == "House (its default model is disabled)"


def test_prompts_that_cannot_answer_are_led_to(signed_in: Client, prompt: SystemPrompt) -> None:
    house()
    lost = SystemPrompt.objects.create(slug="lost", name="Lost soul")
    lost.publish(text="Hi", model="gone-model")
    SystemPrompt.objects.filter(pk=prompt.pk).update(is_default=False)
    page = page_of(signed_in)
    assert attention(page) == [
        "No prompt is the default: users have to choose an assistant Choose one",
        "Without a model: Lost soul asks for gone-model, which no enabled provider has. Change the prompt",
    ]
    assert f'href="{url("systemprompt_change", lost.pk)}"' in page


def test_a_model_that_no_provider_has_is_said_when_it_is_saved(signed_in: Client, prompt: SystemPrompt) -> None:
    house()
    words = "No enabled provider has gpt-99: until one has it, this prompt can’t answer."
    assert words in save_prompt(signed_in, prompt, model="gpt-99").content.decode()
    assert "No enabled provider has" not in save_prompt(signed_in, prompt, model="big").content.decode()


def test_mail_that_is_only_printed(signed_in: Client, settings: Any, bob: User) -> None:
    house()
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert steps(page_of(signed_in))
    assert attention(page_of(signed_in)) == []  # on a new site it doesn't come before the first steps
    assert status(page_of(signed_in), "Mail").startswith("not set up")
    conversation = Conversation.objects.create(owner=bob, updated=timezone.now())
    Message.objects.bulk_create([Message(conversation=conversation, owner=bob, role=Role.ASSISTANT) for _ in range(100)])
    assert attention(page_of(signed_in)) == [
        "Mail is not set up: links for new passwords are not sent. "
        "Set EMAIL_URL in .env and restart; until then mails are printed in the server’s log."
    ]
    assert status(page_of(signed_in), "Mail") == ""
    signed_in.force_login(staff(bob, "view_provider"))
    assert attention(page_of(signed_in)) == []


def test_the_key_of_the_settings_is_changed_there(signed_in: Client, settings: Any) -> None:
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY, settings.OPENAI_MODEL = ADDRESS, KEY, "house-model"
    page_of(signed_in)
    ApiKey.objects.update(refused=timezone.now())
    assert attention(page_of(signed_in))[1] == (
        "OPENAI_API_KEY (…cdef) at Environment is refused. To use another key, change OPENAI_API_KEY in .env and restart. Use again"
    )


def test_staff_see_what_they_may_see_and_buttons_that_they_may_press(signed_in: Client, bob: User) -> None:
    provider = house()
    ApiKey.objects.update(refused=timezone.now())
    Provider.objects.create(name="Empty", base_url="http://empty.example/v1")
    open_now((str(provider.pk), "big-1"))
    SystemPrompt.objects.create(slug="lost", name="Lost soul").publish(text="Hi", model="gone-model")
    buttons = ("Use again", "Enter another key", "Test connection", "Fetch models", "Change the prompt")
    names = ("House", "main (", "Empty", "Lost soul")
    for permissions, seen, may_press in (
        ((), (), ()),
        (("view_provider", "view_apikey", "view_systemprompt"), names, ()),
        (("change_apikey",), ("House", "main ("), ("Use again", "Enter another key")),
        (("change_provider",), ("House", "Empty"), ("Test connection",)),
        (("change_provider", "add_model"), ("House", "Empty"), ("Test connection", "Fetch models")),
        (("change_systemprompt",), ("Lost soul",), ("Change the prompt",)),
    ):
        signed_in.force_login(staff(User.objects.get(pk=bob.pk), *permissions))
        page = page_of(signed_in)
        assert tuple(name for name in names if name in page) == seen, permissions
        assert tuple(button for button in buttons if f">{button}<" in page) == may_press, permissions
        assert "First steps" not in page


def test_using_a_key_again_leads_to_no_other_site(signed_in: Client) -> None:
    key = house().keys.get()
    for elsewhere in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        response = signed_in.post(url("apikey_again", key.pk), {"next": elsewhere})
        assert response["Location"] == url("apikey_change", key.pk)


def test_the_page_asks_the_database_no_more_where_more_is_wrong(signed_in: Client) -> None:
    def make(number: int) -> None:
        provider = house(*[KEY] * 3, name=f"House {number}")
        open_now((str(provider.pk), "big-1"))
        Provider.objects.create(name=f"Empty {number}", base_url=ADDRESS)
        SystemPrompt.objects.create(slug=f"lost-{number}", name="Lost").publish(text="Hi", model=f"gone-{number}")
        ApiKey.objects.update(refused=timezone.now())

    def queries() -> int:
        catalog.forget()
        with CaptureQueriesContext(
            connection,
        ) as captured:
            signed_in.get(HERE)
        return len(captured)

    make(0)
    page_of(signed_in)
    few = queries()
    for number in range(1, 6):
        make(number)
    assert len(attention(page_of(signed_in))) > 30
    assert queries() == few
    assert few <= 35


# A new site


def steps(page: str) -> list[str]:
    section = re.search(r'<section class="module first-steps".*?</section>', page, re.DOTALL)
    return [plain(one) for one in re.findall(r"<li.*?</li>", section[0], re.DOTALL)] if section else []


def test_the_three_steps_of_a_new_site(signed_in: Client, admin: User, prompt: SystemPrompt, settings: Any) -> None:
    settings.SIGNUP_OPEN = True
    assert steps(page_of(signed_in)) == [
        "Add a provider and test it open The small built-in model answers; it is often wrong. Add a provider",
        "Write your first assistant open So far there is only the one that comes with the application. Write an assistant",
        f"Invite people open There is no other user yet. New users can create their own accounts at http://testserver{reverse('account_signup')} Invite people",
    ]
    title = "Add a provider and test it open"
    waiting = Provider.objects.create(name="Waiting", base_url="http://empty.example/v1", enabled=False)
    assert steps(page_of(signed_in))[0] == f"{title} Waiting is there, and not enabled yet. Test connection"
    waiting.delete()
    Provider.objects.create(name="Empty", base_url="http://empty.example/v1", priority=1)
    assert steps(page_of(signed_in))[0] == f"{title} Empty is there, but it has no model. Fetch models"
    Model.objects.create(provider=Provider.objects.get(name="Empty"), name="off", enabled=False)
    assert steps(page_of(signed_in))[0] == f"{title} Empty is there, but all its models are disabled. Enable models"
    provider = house()
    assert steps(page_of(signed_in))[0] == "Add a provider and test it open House is there, and not tested yet. Test connection"
    note_test(admin, provider, "1 ok, 2 wrong.")
    assert "not tested" in steps(page_of(signed_in))[0]
    note_test(admin, provider, "5 ok, 0 wrong.")
    assert steps(page_of(signed_in))[0] == "Add a provider and test it done House works."
    prompt.publish(text="Mine", author=admin)
    assert steps(page_of(signed_in))[1] == "Write your first assistant done “Assistant” is there."
    User.objects.create_user("carol")
    assert steps(page_of(signed_in)) == []


def note_test(admin: User, provider: Provider, found: str) -> None:
    LogEntry.objects.create(
        user=admin,
        content_type=ContentType.objects.get_for_model(Provider),
        object_id=str(provider.pk),
        object_repr="House",
        action_flag=CHANGE,
        change_message=f"Tested the connection: {found}",
    )


def test_a_site_in_use_is_not_new(signed_in: Client, alice: User) -> None:
    conversation = Conversation.objects.create(owner=alice, updated=timezone.now())
    assert steps(page_of(signed_in))
    Message.objects.bulk_create([Message(conversation=conversation, owner=alice, role=Role.ASSISTANT) for _ in range(100)])
    assert steps(page_of(signed_in)) == []


# What is administered


def test_the_list_is_ordered_by_what_administrators_do(signed_in: Client) -> None:
    groups = signed_in.get(HERE).context["app_list"]
    assert [group["name"] for group in groups] == ["Assistants", "Users", "Conversations", "Providers", "Machinery"]
    machinery = ["Attempt", "Message", "Job", "Webhook", "WebhookDelivery", "RejectedParameter", "EmailAddress"]
    assert [model["object_name"] for model in groups[-1]["models"]] == machinery
    listed = [model["object_name"] for group in groups for model in group["models"]]
    assert len(listed) == len(set(listed)) == 24


def test_superusers_find_the_way_from_the_chat(client: Client, admin: User, alice: User) -> None:
    client.force_login(admin)
    page = client.get("/").content.decode()
    assert re.search(r'<a class="[^"]*" href="/admin/">.*?Administration</a>', page)
    assert f'href="{reverse("admin:conversations_provider_add")}"' in page
    client.force_login(alice)
    assert "/admin/" not in client.get("/").content.decode()
