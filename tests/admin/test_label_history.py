"""What chats were told at a moment can be looked up: every move of a label is kept and shown, and answers it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from conversations.models import LIVE, Fragment, FragmentVersion, LabelMove, PromptVersion, SystemPrompt, User
from tests.support.admin_pages import staff, url

pytestmark = pytest.mark.django_db


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 5, day, hour, tzinfo=UTC)


@pytest.fixture
def prompt(alice: User) -> SystemPrompt:
    """Live were: version 1 from 1 May, version 2 from 3 May, and version 1 again from 5 May."""
    prompt = SystemPrompt.objects.get(slug="assistant")
    first, second = prompt.versions.get(), prompt.publish(text="Second wording.", author=alice, note="Shorter")
    LabelMove.objects.all().delete()
    moves: list[tuple[str, PromptVersion | None, int]] = [
        (LIVE, first, 1),
        (LIVE, second, 3),
        (LIVE, first, 5),
        ("staging", second, 2),
        ("staging", None, 4),
    ]
    for name, version, day in moves:
        LabelMove.objects.create(prompt=prompt, name=name, version=version, by=alice, at=at(day))
    return prompt


@pytest.mark.parametrize(
    ("label", "moment", "number"),
    [
        ("live", "2026-05-01T11:59", None),
        ("live", "2026-05-01T12:00", 1),
        ("live", "2026-05-03T11:59", 1),
        ("live", "2026-05-03T12:00", 2),
        ("", "2026-05-04 00:00", 2),
        ("live", "2026-11-01T00:00", 1),
        ("staging", "2026-05-03T00:00", 2),
        ("staging", "2026-05-04T13:00", None),
        ("never-set", "2026-05-04T13:00", None),
    ],
)
def test_the_version_of_that_moment_is_shown(signed_in: Client, prompt: SystemPrompt, label: str, moment: str, number: int | None) -> None:
    page = signed_in.get(url("systemprompt_moves", prompt.pk), {"at": moment, "label": label})
    shown = page.context.get("version")
    assert (shown.number if shown else None) == number
    text = page.content.decode()
    assert ("Second wording." in text) == (number == 2)
    assert ("pointed at no version then" in text) == (number is None)


@pytest.mark.parametrize("moment", ["", "yesterday", "2026-05-32T00:00", "9" * 40])
def test_a_moment_that_is_none_is_refused_with_a_sentence(signed_in: Client, prompt: SystemPrompt, moment: str) -> None:
    text = signed_in.get(url("systemprompt_moves", prompt.pk), {"at": moment}).content.decode()
    assert "errornote" in text
    assert "All moves" in text


def test_every_move_is_listed_newest_first_with_who_and_why(signed_in: Client, prompt: SystemPrompt, django_assert_max_num_queries) -> None:
    prompt.point("staging", prompt.versions.get(number=2), reason="For the testers")
    with django_assert_max_num_queries(10):
        page = signed_in.get(url("systemprompt_moves", prompt.pk))
    moves = [(move.name, move.version and move.version.number) for move in page.context["page"]]
    assert moves == [("staging", 2), ("live", 1), ("staging", None), ("live", 2), ("staging", 2), ("live", 1)]
    assert "For the testers" in page.content.decode()
    assert "alice" in page.content.decode()


def test_who_may_not_see_prompts_sees_no_history(client: Client, prompt: SystemPrompt, bob: User) -> None:
    client.force_login(staff(bob))
    assert client.get(url("systemprompt_moves", prompt.pk)).status_code == 403
    client.force_login(staff(bob, "view_systemprompt"))
    assert client.get(url("systemprompt_moves", prompt.pk)).status_code == 200


def test_the_final_text_of_a_moment_has_the_fragments_of_then(signed_in: Client, prompt: SystemPrompt) -> None:
    tone = Fragment.objects.create(name="tone")
    for text, day in (("Be <i>kind</i>.", 1), ("Be brief.", 9)):
        FragmentVersion.objects.filter(pk=tone.publish(text).pk).update(created=at(day))
    version = prompt.publish(text="You help. {{> tone }} {{ date }}", label="next")
    LabelMove.objects.create(prompt=prompt, name="next", version=version, at=at(2))
    pages = {
        day: signed_in.get(url("systemprompt_moves", prompt.pk), {"at": f"2026-05-{day}T13:00", "label": "next"}) for day in ("03", "10")
    }
    shown = {day: page.content.decode() for day, page in pages.items()}
    assert "Be &lt;i&gt;kind&lt;/i&gt;." in shown["03"] and "2026-05-03</mark>" in shown["03"] and "tone v1" in shown["03"]
    assert "Be brief." in shown["10"] and "2026-05-10</mark>" in shown["10"] and "tone v2" in shown["10"]
    later = signed_in.get(url("systemprompt_compare", prompt.pk), {"old": "1", "new": str(version.number)}).content.decode()
    assert "Fragment “tone”, not included → version" in later
