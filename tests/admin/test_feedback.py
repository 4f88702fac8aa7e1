"""Feedback is counted by prompt version for who may see prompts or reports; its words are for who may read conversations, on the record."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Feedback, FeedbackTag, Message, PromptVersion, Role, SystemPrompt, Thumb, User
from conversations.usage.reports import feedback
from conversations.usage.reports.feedback import Difference, Thumbs, difference
from tests.support import ledger
from tests.support.admin_pages import prompt_url, url

pytestmark = pytest.mark.django_db

LIST = "/admin/conversations/feedback/"
WORDS = "Zebra<b>words"


def rate(owner: User, version: PromptVersion, up: int, down: int, **fields: Any) -> None:
    conversation = Conversation.objects.create(owner=owner, title="Zebratitle", updated=timezone.now())
    for number in range(up + down):
        answer = Message.objects.create(conversation=conversation, owner=owner, role=Role.ASSISTANT, prompt_version=version)
        Feedback.objects.create(message=answer, user=owner, thumb=Thumb.UP if number < up else Thumb.DOWN, **fields)


@pytest.fixture
def prompt(alice: User) -> SystemPrompt:
    """Its third version is clearly liked more than the second one, and the fourth is hardly known."""
    made = SystemPrompt.objects.create(slug="poet", name="Poet")
    for number, (up, down) in enumerate(((11, 9), (12, 8), (29, 1), (2, 1)), 1):
        version = made.publish(text=f"Version {number}")
        rate(alice, version, up, down)
        ledger.attempt(timezone.now(), prompt_version=version)
    return made


def text(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_few_thumbs_tell_nothing_and_a_difference_may_be_chance() -> None:
    assert Thumbs(8, 1).share is None
    assert Thumbs(9, 1).share == 0.9
    assert difference(Thumbs(9, 0), Thumbs(50, 50)) is None
    assert difference(Thumbs(75, 25), Thumbs(50, 50)) == Difference(25, may_be_chance=False)
    assert difference(Thumbs(15, 5), Thumbs(10, 10)) == Difference(25, may_be_chance=True)
    assert difference(Thumbs(50, 50), Thumbs(75, 25)) == Difference(-25, may_be_chance=False)
    assert difference(Thumbs(20, 0), Thumbs(20, 0)) == Difference(0, may_be_chance=True)


@pytest.mark.every_database
def test_versions_are_compared_on_the_page_of_the_prompt(client: Client, bob: User, prompt: SystemPrompt) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.add(Permission.objects.get(codename="view_systemprompt"))
    client.force_login(bob)
    page = text(client.get(prompt_url(prompt)).content.decode())
    assert "2 up, 1 down: too few yet" in page
    assert "97 % of 30 37 points better than version 2" in page
    assert "60 % of 20 no clear difference from version 1" in page
    assert "55 % of 20" in page
    page = text(client.get(url("systemprompt_version", prompt.pk, 3)).content.decode())
    assert "thumbs up: 97 % of 30, 37 points better than version 2" in page


def table_of(report: str) -> list[list[str]]:
    """The rows of the reports' table of prompts, of one prompt."""
    section = report.split('id="prompts"')[1].split("</section>", maxsplit=1)[0]
    rows = re.findall(r"<tr>(.*?)</tr>", section, re.DOTALL)
    return [[text(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)] for row in rows if "Version " in row]


@pytest.mark.every_database
def test_the_reports_count_them_by_version(client: Client, admin: User, prompt: SystemPrompt) -> None:
    client.force_login(admin)
    found = table_of(client.get("/admin/reports/").content.decode())
    assert [(row[0], row[3], row[4]) for row in found] == [
        ("Version 4", "3", "too few yet"),
        ("Version 3", "30", "96.7 %"),
        ("Version 2", "20", "60.0 %"),
        ("Version 1", "20", "55.0 %"),
    ]


def test_those_of_answers_before_the_time_shown_are_left_out(client: Client, admin: User, prompt: SystemPrompt) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    assert feedback.between(timezone.now() - timedelta(hours=1), tomorrow)[prompt.published_id] == Thumbs(2, 1)
    assert not feedback.between(timezone.now() + timedelta(seconds=1), tomorrow)


@pytest.fixture
def said(alice: User) -> Feedback:
    version = SystemPrompt.objects.get(slug="assistant").published
    assert version
    rate(alice, version, 0, 1, tags=[FeedbackTag.TOO_LONG], words=WORDS)
    rate(alice, version, 1, 0)
    return Feedback.objects.get(thumb=Thumb.DOWN)


def test_words_are_closed_by_default_and_to_other_staff(client: Client, admin: User, bob: User, said: Feedback, settings: Any) -> None:
    client.force_login(admin)
    for address in (LIST, f"{LIST}{said.pk}/change/"):
        assert client.get(address).status_code == 403
    assert LIST not in client.get("/admin/").content.decode()
    settings.ADMIN_READS_CONVERSATIONS = True
    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(Permission.objects.exclude(codename="read_conversation"))
    client.force_login(bob)
    for address in (LIST, f"{LIST}{said.pk}/change/"):
        assert client.get(address).status_code == 403
    for address in ("/admin/", url("message_change", said.message_id), url("conversation_change", said.message.conversation_id)):
        assert "Zebra" not in client.get(address).content.decode()
    assert not LogEntry.objects.exists()


@pytest.mark.every_database
def test_who_may_read_conversations_reads_them_on_the_record(client: Client, admin: User, said: Feedback, settings: Any) -> None:
    settings.ADMIN_READS_CONVERSATIONS = True
    client.force_login(admin)
    assert LIST in client.get("/admin/").content.decode()
    page = client.get(LIST).content.decode()
    assert "Zebra&lt;b&gt;words" in page
    assert "Too long" in page
    entry = LogEntry.objects.get()
    assert entry.user == admin
    assert entry.get_change_message() == f"Read the words of {said.pk}."
    assert "Zebra" not in client.get(f"{LIST}{said.pk}/change/").content.decode()  # this one isn't recorded
    assert "Zebra" in client.post(url("conversation_read", said.message.conversation_id)).content.decode()
    for query, count in (
        ({"tag": "too_long"}, 1),
        ({"tag": "wrong"}, 0),
        ({"thumb__exact": "up"}, 1),
        ({"prompt": "assistant"}, 2),
        ({"prompt": "other"}, 0),
    ):
        assert client.get(LIST, query).context["cl"].result_count == count
    for query in ({"words__icontains": "Zebra"}, {"message__parts__icontains": "x"}):
        assert client.get(LIST, query).status_code == 400 or "e=1" in client.get(LIST, query)["Location"]
    assert client.post(f"{LIST}{said.pk}/delete/", {"post": "yes"}).status_code == 403
