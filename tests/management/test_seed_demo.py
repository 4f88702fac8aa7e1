"""A demo to look at: believable, the same each time, and never among the users' own data by accident."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from conversations.management.demo.people import VERSIONS
from conversations.management.demo.texts import topics
from conversations.models import (
    ApiKey,
    Attempt,
    Conversation,
    Feedback,
    LabelMove,
    Message,
    PromptVersion,
    Provider,
    RolledUpDay,
    Status,
    SystemPrompt,
    User,
)
from conversations.usage.reports import rollups
from tests.support.forks import FORKS

pytestmark = pytest.mark.django_db


@pytest.fixture
def seeded(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(rollups, "MARGIN", timedelta())  # else yesterday isn't over in the first minutes of a day
    call_command("seed_demo", days=12, replies=600)
    return capsys.readouterr().out


@pytest.mark.every_database
def test_a_believable_month(seeded: str) -> None:
    answers = Attempt.objects.filter(final=True, purpose="answer")
    assert answers.count() == 600
    assert answers.filter(outcome="ok").count() > 500
    assert answers.filter(outcome="ok", number__gt=1).exists()  # saved by a retry
    assert {"rate_limit", "stopped", "provider"} <= set(Attempt.objects.values_list("outcome", flat=True))
    assert Attempt.objects.filter(number__gt=1).values("provider").distinct().count() == 2  # it fails over
    assert Attempt.objects.filter(cached_tokens__gt=0, cost__gt=0).exists()
    assert Attempt.objects.filter(cost=None, input_tokens__gt=0).exists()
    assert RolledUpDay.objects.count() in (11, 12)
    assert (Provider.objects.filter(enabled=False).count(), ApiKey.objects.count()) == (2, 3)
    assert PromptVersion.objects.values("prompt").distinct().count() >= 4
    assert set(PromptVersion.objects.values_list("pk", "created")) == set(LabelMove.objects.values_list("version", "at"))


@pytest.mark.every_database
def test_conversations_hang_together(seeded: str) -> None:
    now = timezone.now()
    for conversation in Conversation.objects.select_related("leaf")[:60]:
        messages = list(conversation.messages.order_by("id"))
        assert [message.parent_id for message in messages] == [None, *(message.pk for message in messages[:-1])]
        assert conversation.leaf == messages[-1]
        assert all(message.owner_id == conversation.owner_id for message in messages)
        assert conversation.created <= conversation.updated <= now
        assert messages[0].created == conversation.created
    complete = Message.objects.filter(role="assistant", status=Status.COMPLETE)
    assert all(message.text for message in complete)
    assert 0 < Feedback.objects.filter(message__in=complete, words="").count() < Feedback.objects.count() < complete.count() / 5
    assert not Message.objects.filter(status__in=[Status.PENDING, Status.STREAMING]).exists()


def test_the_printed_password_opens_it_and_no_other_does(seeded: str, client: Client) -> None:
    password = re.search(r"with the password (\S+)", seeded)[1]
    assert client.login(username="demo", password=password)
    assert [user.username for user in User.objects.all() if user.has_usable_password()] == ["demo"]
    conversation = Conversation.objects.filter(owner__username="demo").first()
    assert client.get(f"/c/{conversation.pk}/").status_code == 200
    assert client.get("/admin/reports/?range=30d").status_code == 200
    assert client.get("/use/").status_code == 200


def test_every_topic_has_questions_with_answers() -> None:
    texts = topics()
    assert len(texts) > 12
    assert all(topic.turns and turn.question and turn.answer for topic in texts for turn in topic.turns)
    assert {topic.prompt for topic in texts} == set(VERSIONS)


def test_attempts_alone() -> None:
    call_command("seed_demo", days=2, replies=50, seed=5, attempts_only=True)
    assert not Conversation.objects.exists()
    assert Attempt.objects.filter(final=True, purpose="answer").count() == 50


@pytest.mark.every_database
def test_it_is_not_put_among_peoples_own_things_by_accident(alice: User) -> None:
    Conversation.objects.create(owner=alice, updated=timezone.now())
    with pytest.raises(CommandError, match="There are conversations on this site already"):
        call_command("seed_demo", days=1, replies=5)
    assert not Provider.objects.exists()
    call_command("seed_demo", days=1, replies=5, yes=True)
    assert Conversation.objects.filter(owner=alice).count() == 1
    with pytest.raises(CommandError, match="The demo is here already"):
        call_command("seed_demo", days=1, replies=5, yes=True)


def test_the_default_prompt_stays_the_default(seeded: str) -> None:
    prompt = SystemPrompt.objects.get(is_default=True)
    assert prompt.published == prompt.versions.order_by("-number").first()


def test_a_folder_that_nothing_was_served_from_is_made_ready(tmp_path: Path) -> None:
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "chatbot.settings"}
    command = ["-m", "tests.support.copied_database", "seed_demo", "--days", "1", "--replies", "5", "--attempts-only"]
    code, printed, complaints = FORKS.run(command, environment)
    assert code == 0, complaints
    assert "Sign in as demo" in printed
