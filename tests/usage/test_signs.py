"""What users did with answers is read from their conversations, and the same once it is rolled up; only that one was copied is noted."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from conversations.models import Attempt, Conversation, Message, PromptVersion, Role, RolledUpDay, SignRollUp, Status, SystemPrompt, User
from conversations.models.identifiers import first_id_at
from conversations.usage.reports import rollups, signs
from conversations.usage.reports.report import Report
from conversations.usage.reports.signs import Signs
from conversations.usage.reports.spans import Span
from tests.support import ledger

pytestmark = [pytest.mark.django_db, pytest.mark.every_database]
NOON = datetime.combine(timezone.now().date() - timedelta(days=3), time(12), UTC)


class Said:
    """A conversation whose messages come one second after the other."""

    def __init__(self, owner: User, version: PromptVersion | None, begun: datetime = NOON) -> None:
        self.conversation = Conversation.objects.create(owner=owner, updated=begun)
        self.version, self.begun, self.number = version, begun, 0

    def say(self, role: Role, parent: Message | None, **fields: object) -> Message:
        self.number += 1
        key = uuid.UUID(int=first_id_at(self.begun + timedelta(seconds=self.number)).int + self.conversation.pk.int % 2**48)
        version = self.version if role == Role.ASSISTANT else None
        owner = self.conversation.owner
        return Message.objects.create(
            id=key, conversation=self.conversation, owner=owner, parent=parent, role=role, prompt_version=version, **fields
        )

    def ask(self, below: Message | None = None) -> Message:
        return self.say(Role.USER, below)

    def answer(self, question: Message, **fields: object) -> Message:
        return self.say(Role.ASSISTANT, question, **fields)


@pytest.fixture
def version(db: None) -> PromptVersion:
    return SystemPrompt.objects.create(slug="poet", name="Poet").publish(text="Rhyme.")


def counted(version: PromptVersion) -> Signs:
    return signs.between(NOON - timedelta(days=1), timezone.now()).get(version.pk, Signs())


def test_an_answer_that_nothing_follows_has_no_sign(alice: User, version: PromptVersion) -> None:
    said = Said(alice, version)
    said.answer(said.ask())
    assert counted(version) == Signs(answers=1)


def test_each_sign_is_that_of_the_answer_before_it(alice: User, version: PromptVersion) -> None:
    said = Said(alice, version)
    first = said.ask()
    one = said.answer(first)
    two = said.answer(first)
    assert counted(version) == Signs(answers=2, regenerated=1)
    below = said.ask(two)
    assert counted(version) == Signs(answers=2, regenerated=1, continued=1)
    third = said.answer(below, status=Status.STOPPED)
    assert counted(version) == Signs(answers=3, regenerated=1, continued=1, stopped=1)
    said.answer(said.ask(two))  # the question below was edited, and answered again
    assert counted(version) == Signs(answers=4, regenerated=1, continued=1, stopped=1, edited=1)
    said.ask()  # the first question was
    assert counted(version) == Signs(answers=4, regenerated=1, continued=1, stopped=1, edited=3)
    Message.objects.filter(pk__in=[one.pk, third.pk]).update(copied=True)
    assert counted(version).copied == 2


def test_a_question_that_was_edited_before_says_nothing_of_later_answers(alice: User, version: PromptVersion) -> None:
    said, elsewhere = Said(alice, version), Said(alice, version)
    old, new = said.ask(), said.ask()
    said.answer(old)
    said.answer(new)
    elsewhere.answer(elsewhere.ask())  # the first question of another conversation has no parent either
    assert counted(version) == Signs(answers=3)


def test_what_failed_or_still_runs_is_no_answer(alice: User, version: PromptVersion) -> None:
    said = Said(alice, version)
    question = said.ask()
    for status in (Status.FAILED, Status.INTERRUPTED, Status.PENDING, Status.STREAMING):
        said.answer(question, status=status)
    assert counted(version) == Signs()


def test_past_days_are_counted_once_a_night_and_say_the_same(alice: User, version: PromptVersion) -> None:
    said = Said(alice, version)
    question = said.ask()
    said.answer(question)
    ledger.attempt(NOON, prompt_version=version)
    now = timezone.now()

    def report() -> Signs:
        return Report(Span.last_days(30, now)).signs[version.pk]

    assert report() == Signs(answers=1)
    rollups.roll_up_waiting()
    for day in signs.waiting(now):
        signs.roll_up(day)
    assert report() == Signs(answers=1)
    assert SignRollUp.objects.count() == 1
    said.answer(question)
    assert report() == Signs(answers=1)  # until the next night
    for day in signs.waiting(now):
        signs.roll_up(day)
    assert report() == Signs(answers=2, regenerated=1)
    said.conversation.delete()
    assert report() == Signs(answers=2, regenerated=1)


def test_after_a_week_a_day_is_not_counted_again(alice: User, version: PromptVersion) -> None:
    Attempt.objects.all().delete()
    today = timezone.now().date()
    for days in (30, 9, 2):
        RolledUpDay.objects.create(day=today - timedelta(days=days), has_signs=days != 30)
    waiting = [(today - day).days for day in signs.waiting(timezone.now())]
    assert waiting == [30, 2]


def test_a_day_that_is_forgotten_meanwhile_stays_forgotten(alice: User, version: PromptVersion) -> None:
    said = Said(alice, version)
    said.answer(said.ask())
    signs.roll_up(NOON.date())
    assert not SignRollUp.objects.exists()
