"""A prompt's versions beside each other: what users did, what it took, whether that differs; "not enough data" where that is the truth."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from conversations.models import (
    Attempt,
    Conversation,
    Feedback,
    LabelMove,
    Message,
    PromptVersion,
    Purpose,
    Role,
    RolledUpDay,
    Status,
    SystemPrompt,
    Thumb,
    User,
)
from tests.support import ledger
from tests.support.admin_pages import staff, url

pytestmark = pytest.mark.django_db


def answers(owner: User, version: PromptVersion, number: int, *, up: int = 0, down: int = 0, stopped: int = 0, copied: int = 0) -> None:
    conversation = Conversation.objects.create(owner=owner, updated=timezone.now())
    question = Message.objects.create(conversation=conversation, owner=owner, role=Role.USER)
    made = Message.objects.bulk_create(
        Message(
            conversation=conversation,
            owner=owner,
            parent=question,
            role=Role.ASSISTANT,
            prompt_version=version,
            status=Status.STOPPED if place < stopped else Status.COMPLETE,
            copied=True if place < copied else None,
        )
        for place in range(number)
    )
    thumbs = [Thumb.UP] * up + [Thumb.DOWN] * down
    Feedback.objects.bulk_create(Feedback(message=one, user=owner, thumb=thumb) for one, thumb in zip(made, thumbs, strict=False))


def attempts(version: PromptVersion, number: int, **columns: Any) -> None:
    now = timezone.now()
    fields = {"number": 1, "final": True, "outcome": "ok", "recorded": now, "started": now, "prompt_version": version}
    Attempt.objects.bulk_create(Attempt(**{**fields, **columns}, first_token_ms=500 + one) for one in range(number))


@pytest.fixture
def prompt(alice: User) -> SystemPrompt:
    """Its second version is liked more, copied as often, and quicker."""
    made = SystemPrompt.objects.create(slug="poet", name="Poet")
    first, second = (made.publish(text=f"Version {number}") for number in (1, 2))
    answers(alice, first, 100, up=50, down=50, stopped=20, copied=10)
    answers(alice, second, 100, up=75, down=25, stopped=5, copied=11)
    attempts(first, 100, duration_ms=4000, cost=2_000_000, input_tokens=100, cached_tokens=50, output_tokens=10)
    attempts(second, 100, duration_ms=2000, cost=2_000_000, input_tokens=100, cached_tokens=90, output_tokens=10)
    return made


def text(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def rows(page: str, heading: str) -> dict[str, list[str]]:
    """The cells of a section's table, by their row's name."""
    section = page.split(f'"{heading}"', maxsplit=1)[1].split("</section>", maxsplit=1)[0]
    found = (
        re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL) for row in re.findall(r"<tr>(.*?)</tr>", section.split("</thead>")[1], re.DOTALL)
    )
    return {text(head): [text(cell) for cell in cells] for head, *cells in found}


@pytest.fixture
def page(client: Client, admin: User, prompt: SystemPrompt) -> str:
    client.force_login(admin)
    return client.get(url("systemprompt_statistics", prompt.pk)).content.decode()


@pytest.mark.every_database
def test_each_version_has_its_shares_with_intervals(page: str) -> None:
    found = rows(page, "signs-table")
    assert list(found) == ["Version 2 live", "Version 1"]
    #                            answers, thumbs up, regenerated, edited, stopped, continued, copied
    assert found["Version 1"] == [
        "100",
        "50.0 % 40 – 60 %",
        "99.00 % 95 – 100 %",
        "0.0 % 0.0 – 3.7 %",
        "20.0 % 13 – 29 %",
        "0.0 % 0.0 – 3.7 %",
        "10.0 % 6 – 17 %",
    ]


@pytest.mark.every_database
def test_and_what_it_took(page: str) -> None:
    found = rows(page, "figures-table")
    assert found["Version 1"][0] == "100"
    assert found["Version 1"][1] == "0.0 % 0.0 – 3.7 %"
    assert found["Version 1"][-2:] == ["$0.002", "50.0 %"]
    assert found["Version 2 live"][-1] == "90.0 %"
    assert [float(found[name][4].split()[0]) for name in ("Version 1", "Version 2 live")] == pytest.approx([4, 2], rel=0.05)


@pytest.mark.every_database
def test_two_versions_are_compared(page: str) -> None:
    found = rows(page, "comparison")
    assert found["Thumbs up"] == ["50.0 % of 100", "75.0 % of 100", "more often, by 12 to 37 points"]
    assert found["Stopped"][2] == "less often, by 6 to 24 points"
    assert found["Copied"][2] == found["Failed"][2] == "not enough data"
    assert found["First token, median"][2] == found["Cost of an answer, median"][2] == "not enough data"
    assert re.fullmatch("shorter, by 4[0-9] to 5[0-9] %", found["To the end, median"][2])
    tones = re.findall(r'<td class="difference (good|bad|quiet)">(more|less|not)', page)
    assert tones[0] == ("good", "more")
    assert ("quiet", "less") in tones  # to be stopped less often is neither good nor bad by itself


def test_any_two_can_be(client: Client, admin: User, prompt: SystemPrompt, alice: User) -> None:
    third = prompt.publish(text="Version 3")
    answers(alice, third, 3, up=1)
    client.force_login(admin)
    address = url("systemprompt_statistics", prompt.pk)
    for query, heading in (
        ({}, "Version 3 against version 2"),
        ({"old": "1", "new": "3"}, "Version 3 against version 1"),
        ({"old": "3", "new": "1", "range": "7d"}, "Version 1 against version 3"),
        ({"old": "1", "new": "99"}, "Version 3 against version 2"),
    ):
        page = client.get(address, query).content.decode()
        assert heading in page
        assert "are shown instead" not in page
    prompt.point("live", prompt.versions.get(number=2))
    page = client.get(address).content.decode()
    assert "Version 2 against version 1" in page
    found = rows(client.get(address, {"old": "2", "new": "3"}).content.decode(), "comparison")
    assert found["Thumbs up"][1:] == ["100 % of 1", "not enough data"]
    assert found["First token, median"][1:] == ["–", "not enough data"]


def test_trials_never_count(client: Client, admin: User, prompt: SystemPrompt) -> None:
    version = prompt.versions.get(number=1)
    for purpose in (Purpose.TRIAL, Purpose.RUN, Purpose.JUDGE, Purpose.TITLE):
        attempts(version, 50, purpose=purpose, duration_ms=90_000, cost=10**9, input_tokens=1000, outcome="ok")
        attempts(version, 50, purpose=purpose, duration_ms=90_000, outcome="provider")
    client.force_login(admin)
    page = client.get(url("systemprompt_statistics", prompt.pk)).content.decode()
    found = rows(page, "figures-table")["Version 1"]
    assert (found[0], found[1], found[-2:]) == ("100", "0.0 % 0.0 – 3.7 %", ["$0.002", "50.0 %"])
    assert rows(page, "comparison")["Failed"][2] == "not enough data"


def test_what_answers_took_is_for_readers_of_reports(client: Client, bob: User, prompt: SystemPrompt) -> None:
    address = url("systemprompt_statistics", prompt.pk)
    client.force_login(staff(bob, "view_attempt"))
    assert client.get(address).status_code == 403
    client.force_login(staff(bob, "view_systemprompt"))
    bob.user_permissions.set(Permission.objects.filter(codename="view_systemprompt"))
    page = client.get(address).content.decode()
    assert "Thumbs up" in page
    for unseen in ("First token", "Cost", "figures-table", "Failed"):
        assert unseen not in page


def test_a_prompt_that_answered_nothing_says_so(client: Client, admin: User) -> None:
    prompt = SystemPrompt.objects.create(slug="new", name="<New>")
    client.force_login(admin)
    page = client.get(url("systemprompt_statistics", prompt.pk)).content.decode()
    assert "No answers in this time" in page
    assert "&lt;New&gt;" in page
    assert "The last 30 days are shown instead" in client.get(url("systemprompt_statistics", prompt.pk), {"range": "x"}).content.decode()


def test_the_reports_have_the_signs_of_all_prompts(client: Client, admin: User, prompt: SystemPrompt) -> None:
    client.force_login(admin)
    found = rows(client.get("/admin/reports/").content.decode(), "signs-table")
    assert found["Version 2"][4] == "5.0 % 2 – 11 %"
    assert found["Version 1"][1] == "50.0 % 40 – 60 %"


def test_queries_do_not_grow_with_versions(
    client: Client, admin: User, prompt: SystemPrompt, alice: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        answers(alice, prompt.publish(text=f"More {number}"), 1)
    ledger.attempt(timezone.now() - timedelta(days=2), prompt_version=prompt.published)
    RolledUpDay.objects.create(day=(timezone.now() - timedelta(days=2)).date())
    client.force_login(admin)
    with django_assert_max_num_queries(30):
        client.get(url("systemprompt_statistics", prompt.pk))


@pytest.mark.every_database
def test_charts_say_when_another_version_went_live(client: Client, admin: User, prompt: SystemPrompt) -> None:
    now = timezone.now()
    moves = prompt.label_moves.order_by("at")
    for move, days in zip(moves, (40, 1), strict=True):
        LabelMove.objects.filter(pk=move.pk).update(at=now - timedelta(days=days))
    prompt.point("beta", prompt.versions.get(number=1))
    client.force_login(admin)
    response = client.get(url("systemprompt_statistics", prompt.pk))
    page = response.content.decode()
    marked = rows(page, "replies-heading")
    assert [cells[-1] for cells in marked.values()] == ["–"] * 28 + ["version 2", "–"]
    assert response.context["drawn"][0]["marks"] == [[(now - timedelta(days=1)).timestamp(), "v2"]]
    assert text(page.split('id="went-live"')[1].split("</section>")[0]).endswith(": version 2")
    assert "attempt/?" not in page.split('class="charts"')[1].split('id="signs"')[0]  # no filter of theirs has a prompt’s versions
    prompt.point("live", None)
    assert "no version" in client.get(url("systemprompt_statistics", prompt.pk)).content.decode()
    assert "Went live" not in client.get("/admin/reports/").content.decode()
