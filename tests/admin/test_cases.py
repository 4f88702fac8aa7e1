"""Cases are written in the admin by who may evaluate prompts: a conversation, variables and checks, refused in words where they can't be."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from conversations.models import Case, SystemPrompt, User
from tests.support.admin_pages import staff, submit, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def prompt() -> SystemPrompt:
    return SystemPrompt.objects.get(slug="assistant")


@pytest.fixture
def signed_in(client: Client, bob: User) -> Client:
    client.force_login(staff(bob, "view_systemprompt", "evaluate_systemprompt"))
    return client


def entered(prompt: SystemPrompt, *checks: tuple[str, str, str], **fields: str) -> dict[str, Any]:
    kinds, values, negated = ([check[place] for check in checks] for place in (0, 1, 2))
    rows: dict[str, Any] = {
        "prompt": str(prompt.pk), "name": "Tides", "turns": "How?", "checks-kind": kinds, "checks-value": values, "checks-negated": negated
    }  # fmt: skip
    return rows | fields


def test_a_case_is_written_and_reads_back_as_it_was(signed_in: Client, prompt: SystemPrompt, bob: User) -> None:
    turns = "User: Hello\n\nAssistant: Hi\n\\User: is how you begin.\n\nUser: How do\ntides work?"
    sent = entered(
        prompt,
        ("contains", "moon", ""),
        ("length", "at most 80 words", "not"),
        turns=turns,
        variables="who: Anna\ntext: a\n b",
        tags="a, b, a",
    )
    assert signed_in.post(url("case_add"), sent).status_code == 302
    case = Case.objects.get()
    said = [("user", "Hello"), ("assistant", "Hi\nUser: is how you begin."), ("user", "How do\ntides work?")]
    assert [(turn["role"], turn["text"]) for turn in case.turns] == said
    assert (case.variables, case.tags, case.author, case.revision) == ({"who": "Anna", "text": "a\nb"}, ["a", "b"], bob, 1)
    assert [(check["kind"], check["value"], check["negated"]) for check in case.checks] == [
        ("contains", "moon", False), ("length", "at most 80 words", True),
    ]  # fmt: skip
    page = signed_in.get(url("case_change", case.pk))
    form = page.context["adminform"].form
    again = {name: form[name].value() for name in ("prompt", "name", "expected")} | {
        "turns": form.fields["turns"].prepare_value(case.turns),
        "variables": form.fields["variables"].prepare_value(case.variables),
        "tags": "b, a",
        "opened": form["opened"].field.prepare_value(form.initial["opened"]),
        "checks-kind": ["contains", "length", ""],
        "checks-value": ["moon", "at most 80 words", "x"],
        "checks-negated": ["", "not", ""],
    }
    assert signed_in.post(url("case_change", case.pk), again).status_code == 302
    case.refresh_from_db()
    assert (case.tags, case.revision, len(case.checks)) == (["b", "a"], 1, 2)
    assert [(turn["role"], turn["text"]) for turn in case.turns] == said


def test_what_is_asked_or_checked_makes_another_revision(signed_in: Client, prompt: SystemPrompt) -> None:
    signed_in.post(url("case_add"), entered(prompt))
    case = Case.objects.get()
    submit(signed_in, url("case_change", case.pk), "case_form", turns="How really?")
    case.refresh_from_db()
    assert (case.turns, case.revision) == ([{"role": "user", "text": "How really?"}], 2)


@pytest.mark.parametrize(
    ("checks", "fields", "words"),
    [
        ([("regex", "(", "")], {}, "Check 1 (matches): This regular expression can’t be used"),
        ([("contains", "x", ""), ("latency", "fast", "")], {}, "Check 2 (takes at most): Enter a number"),
        ([], {"turns": "User: a\nAssistant: b"}, "The last turn is the user’s"),
        ([], {"turns": "Hm\nAssistant: b\nUser: c"}, "Begin with “User:”"),
        ([], {"variables": "no value"}, "Write “name: value”"),
    ],
)
def test_what_can_not_be_is_refused_in_words(
    signed_in: Client, prompt: SystemPrompt, checks: list[tuple[str, str, str]], fields: dict[str, str], words: str
) -> None:
    page = signed_in.post(url("case_add"), entered(prompt, *checks, **fields))
    assert words in page.content.decode()
    assert not Case.objects.exists()


@pytest.mark.parametrize("right", ["view_systemprompt", "evaluate_systemprompt"])
def test_it_takes_both_rights(client: Client, bob: User, prompt: SystemPrompt, right: str) -> None:
    client.force_login(staff(bob, right))
    for name in ("case_changelist", "case_add", "run_changelist", "run_add"):
        assert client.get(url(name)).status_code == 403


def test_the_list_is_searched_and_filtered_and_begins_a_run(signed_in: Client, prompt: SystemPrompt) -> None:
    for name, tag in (("Tides", "sea"), ("Moons", "sky")):
        signed_in.post(url("case_add"), entered(prompt, name=name, tags=tag))
    assert [case.name for case in signed_in.get(url("case_changelist"), {"q": "tide"}).context["cl"].queryset] == ["Tides"]
    assert [case.name for case in signed_in.get(url("case_changelist"), {"tag": "sky"}).context["cl"].queryset] == ["Moons"]
    chosen = Case.objects.get(name="Moons")
    began = signed_in.post(url("case_changelist"), {"action": "run_selected", "_selected_action": [str(chosen.pk)]}, follow=True)
    assert "those chosen (1)" in began.content.decode()
