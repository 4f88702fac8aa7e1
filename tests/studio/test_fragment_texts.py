"""What a version told at a moment, and what differs between two wordings, is known with the texts of their fragments."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from conversations.models import Fragment, FragmentVersion, PromptVersion, SystemPrompt
from conversations.rendering.text import NotFilled
from conversations.studio import fragment_texts

pytestmark = pytest.mark.django_db


def day(number: int) -> datetime:
    return datetime(2026, 5, number, 12, tzinfo=UTC)


def fragment(name: str, *said: tuple[int, str]) -> Fragment:
    """With a version of each day."""
    made = Fragment.objects.create(name=name)
    for number, text in said:
        FragmentVersion.objects.filter(pk=made.publish(text).pk).update(created=day(number))
    return made


@pytest.fixture
def prompt() -> SystemPrompt:
    return SystemPrompt.objects.create(slug="other", name="Other")


@pytest.fixture
def version(prompt: SystemPrompt) -> PromptVersion:
    fragment("tone", (1, "Be kind."), (5, "Be kind, {{ user.name }}. {{> end }}"), (9, "Be brief."))
    fragment("end", (4, "Bye."), (7, "Farewell."))
    published = prompt.publish(text="You help. {{> tone }} It is {{ date }}.")
    PromptVersion.objects.filter(pk=published.pk).update(created=day(2), is_template=True)
    return prompt.versions.get(pk=published.pk)


@pytest.mark.parametrize(
    ("at", "text", "named"),
    [
        (3, "You help. Be kind. It is 2026-05-03.", "tone v1"),
        (6, "You help. Be kind, {{ user.name }}. Bye. It is 2026-05-06.", "end v1, tone v2"),
        (8, "You help. Be kind, {{ user.name }}. Farewell. It is 2026-05-08.", "end v2, tone v2"),
        (10, "You help. Be brief. It is 2026-05-10.", "tone v3"),
    ],
)
def test_fragments_and_the_day_are_those_of_the_moment(version: PromptVersion, at: int, text: str, named: str) -> None:
    (told,), library = fragment_texts.told_at(version, day(at))
    assert "".join(part.text for part in told.parts) == text
    assert fragment_texts.listed(library) == named


def test_a_fragment_that_was_not_there_yet_is_named(version: PromptVersion) -> None:
    FragmentVersion.objects.filter(fragment__name="tone").update(created=day(20))
    with pytest.raises(NotFilled, match="tone"):
        fragment_texts.told_at(version, day(3))


def changed(*compared: object) -> dict[str, list[str]]:
    """By part, the lines that were removed and added."""
    parts = fragment_texts.compared(*compared).parts  # type: ignore[arg-type]
    signs = {"removed": "-", "added": "+"}
    return {
        part.label: [signs[line.kind] + "".join(piece.text for piece in line.pieces) for line in part.lines if line.kind in signs]
        for part in parts
    }


def test_fragments_are_compared_as_they_were_at_the_moments_that_are_meant(version: PromptVersion) -> None:
    assert changed(version, version) == changed(version, version, day(3), day(3)) == {}
    assert changed(version, version, day(3), None) == {"Fragment “tone”, version 1 → version 3": ["-Be kind.", "+Be brief."]}
    assert changed(version, version, day(6), day(8)) == {"Fragment “end”, version 1 → version 2": ["-Bye.", "+Farewell."]}


def test_fragments_that_come_and_go_are_compared_whole(version: PromptVersion, prompt: SystemPrompt) -> None:
    pinned = prompt.publish(text="You help. {{> tone@1 }} {{> end }}")
    assert changed(version, pinned) == {
        "Fragment “end”, not included → version 2": ["+Farewell."],
        "Fragment “tone”, version 3 → version 1": ["-Be brief.", "+Be kind."],
    }
    assert changed(pinned, None)["Fragment “end”, version 2 → not included"] == ["-Farewell."]
