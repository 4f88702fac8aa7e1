"""Rolled up, added up live, and counted one by one in Python: the figures are the same."""

from __future__ import annotations

import math
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from conversations.models import NOT_COUNTED, Attempt, User
from conversations.usage.reports import error_budget, from_ledger, rollups, users
from conversations.usage.reports.figures import COUNTS, GROWTH, HISTOGRAMS, KINDS, UNITS, Figures, quantile, step
from conversations.usage.reports.from_ledger import Alike
from conversations.usage.reports.personal import PersonalUse
from conversations.usage.reports.report import Report
from conversations.usage.reports.spans import Span
from conversations.usage.reports.users import Use
from tests.support import ledger

pytestmark = [pytest.mark.django_db, pytest.mark.every_database]
NOW = datetime(2026, 3, 12, 15, 20, tzinfo=UTC)
TODAY = NOW.date()


def one_by_one(attempts: list[Attempt]) -> dict[Alike, Figures]:
    """What each figure means, without a database."""
    found: dict[Alike, Figures] = {}
    for one in attempts:
        alike = Alike(one.provider_id, one.model, one.key_id, one.prompt_version_id, one.purpose, one.kind)
        figures = found.setdefault(alike, Figures())
        ok, counts = one.outcome == "ok", one.outcome not in NOT_COUNTED
        if one.number:
            figures.tries += 1
            figures.tries_ok += ok
            if not ok:
                figures.errors[one.outcome] += 1
        if one.final and one.purpose == "answer":
            figures.replies += 1
            figures.answered += ok
            figures.not_counted += not counts
            figures.needed_retry += counts and one.number > 1
            figures.saved += ok and one.number > 1
            if counts and not ok:
                figures.failures[one.outcome] += 1
        figures.input += one.input_tokens or 0
        figures.cached += one.cached_tokens or 0
        figures.output += one.output_tokens or 0
        figures.reasoning += one.reasoning_tokens or 0
        figures.cost += one.cost or 0
        for name, column in UNITS.items():
            setattr(figures, name, getattr(figures, name) + (getattr(one, column) or 0))
        used = any((one.input_tokens, one.output_tokens, one.pictures, one.heard_ms, one.spoken_characters))
        figures.used += used
        figures.unpriced += used and one.cost is None
        figures.estimated += one.estimated
        figures.estimated_cost += (one.cost or 0) if one.estimated else 0
        if one.first_token_ms is not None and one.purpose == "answer":
            figures.first_token[step(one.first_token_ms)] += 1
            took = one.duration_ms - one.first_token_ms
            if ok and not one.estimated and (one.output_tokens or 0) >= 8 and took >= 100:
                figures.speed[step(max(1, (one.output_tokens or 0) * 10_000 / took))] += 1
        if one.final and ok and one.purpose == "answer":
            figures.duration[step(max(1, one.duration_ms))] += 1
            if one.cost is not None:
                figures.answer_cost[step(max(1, one.cost))] += 1
    return found


def same(one: Figures, other: Figures) -> bool:
    """A counter's zeros don't count."""
    exact = all(getattr(one, name) == getattr(other, name) for name in (*COUNTS, *KINDS))
    return exact and all(+getattr(one, name) == +getattr(other, name) for name in HISTOGRAMS)


@pytest.fixture
def attempts(alice: User, bob: User) -> list[Attempt]:
    """Of nine days and of today; two of the nine have none."""
    start = rollups.midnight(TODAY) - timedelta(days=9)
    made = ledger.some(900, start, NOW, [alice, bob], seed=7)
    Attempt.objects.filter(recorded__gte=start + timedelta(days=3), recorded__lt=start + timedelta(days=5)).delete()
    return list(Attempt.objects.filter(pk__in=[one.pk for one in made]))


def test_live_figures_are_those_of_counting_one_by_one(attempts: list[Attempt]) -> None:
    start = rollups.midnight(TODAY) - timedelta(days=9)
    found, expected = from_ledger.counted(start, NOW), one_by_one(attempts)
    assert found.keys() == expected.keys()
    assert all(same(found[alike], expected[alike]) for alike in expected)
    assert len(expected) > 50


@pytest.mark.parametrize("days", [1, 2, 7, 30])
def test_a_report_is_the_same_before_and_after_rolling_up(attempts: list[Attempt], days: int) -> None:
    span = Span.last_days(days, NOW)
    before = Report(span)
    slots, whole, use = before.by_slot, before.total, before.users
    by_model = before.by(lambda alike: alike.model)
    assert len(rollups.roll_up_waiting(NOW)) == 9
    after = Report(span)
    assert [start for start, _ in after.by_slot] == [start for start, _ in slots]
    assert all(same(figures, earlier) for (_, figures), (_, earlier) in zip(after.by_slot, slots, strict=True))
    assert same(after.total, whole)
    assert after.users == use
    assert all(same(figures, by_model[model]) for model, figures in after.by(lambda alike: alike.model).items())
    assert same(whole, Figures.total(one_by_one([one for one in attempts if span.start <= one.recorded < span.end]).values()))


def test_rolled_up_figures_are_read_from_the_roll_ups(attempts: list[Attempt]) -> None:
    span = Span.last_days(30, NOW)
    whole = Report(span).total
    rollups.roll_up_waiting(NOW)
    Attempt.objects.filter(recorded__lt=rollups.midnight(TODAY)).delete()
    assert same(Report(span).total, whole)
    assert error_budget.current(NOW).ends == error_budget.Ends(whole.counted, whole.failed)


def test_the_previous_time_is_as_long_and_ends_at_the_same_time_of_day(attempts: list[Attempt]) -> None:
    rollups.roll_up_waiting(NOW)
    span = Span.last_days(3, NOW).previous
    assert (span.start, span.end) == (rollups.midnight(TODAY) - timedelta(days=5), NOW - timedelta(days=3))
    expected = one_by_one([one for one in attempts if span.start <= one.recorded < span.end])
    assert same(Report(span).total, Figures.total(expected.values()))
    assert same(Report(span).total_alone(), Report(span).total)


def test_hours_add_up_to_the_day(attempts: list[Attempt]) -> None:
    span = Span.last_day(NOW)
    report = Report(span)
    assert len(report.by_slot) == 24
    assert span.end - span.start <= timedelta(hours=24)
    assert same(report.total, Figures.total(one_by_one([one for one in attempts if span.start <= one.recorded < NOW]).values()))


def test_personal_use_is_the_same_before_and_after_rolling_up(attempts: list[Attempt], alice: User) -> None:
    def read() -> list[object]:
        own = PersonalUse(alice, NOW)
        return [own.today, own.month, own.shown, own.by_model, own.by_day]

    before = read()
    rollups.roll_up_waiting(NOW)
    assert read() == before
    mine = [one for one in attempts if one.owner_id == alice.pk]
    assert before[2].input == sum(one.input_tokens or 0 for one in mine)  # type: ignore[attr-defined]
    assert before[2].answered == sum(one.final and one.outcome == "ok" and one.purpose == "answer" for one in mine)  # type: ignore[attr-defined]


def test_titles_cost_but_are_no_replies(alice: User) -> None:
    ledger.attempt(NOW - timedelta(hours=1), purpose="title", owner=alice, input_tokens=5, output_tokens=2, cost=100)
    figures = Report(Span.last_day(NOW)).total
    assert (figures.tries, figures.tokens, figures.cost, figures.replies, figures.success) == (1, 7, 100, 0, None)
    assert users.counted(NOW - timedelta(days=1), NOW)[alice.pk, "", "text"] == Use(input=5, output=2, cost=100, used=1)


def test_what_users_do_says_nothing_about_reliability() -> None:
    for outcome in ("ok", "ok", "ok", "provider", "stopped", "context", "content_filter"):
        ledger.attempt(NOW - timedelta(hours=1), outcome)
    figures = Report(Span.last_day(NOW)).total
    assert (figures.success, figures.failed, figures.not_counted) == (0.75, 1, 3)


def test_retries_are_judged_by_the_replies_that_needed_them() -> None:
    for outcome, number, final in (("rate_limit", 1, False), ("ok", 2, True), ("provider", 3, True), ("ok", 1, True), ("stopped", 2, True)):
        ledger.attempt(NOW - timedelta(hours=1), outcome, number=number, final=final)
    figures = Report(Span.last_day(NOW)).total
    assert (figures.needed_retry, figures.saved, figures.retry_success) == (2, 1, 0.5)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_quantiles_of_merged_histograms_are_close(share: float) -> None:
    dice = random.Random(3)
    values = [dice.lognormvariate(6.5, 0.8) for _ in range(4000)]
    merged = Counter(step(value) for value in values[:1000])
    merged.update(Counter(step(value) for value in values[1000:]))
    exact = sorted(values)[math.ceil(share * len(values)) - 1]
    assert quantile(merged, share) == pytest.approx(exact, rel=GROWTH - 1)
    assert quantile(Counter(), share) is None


def test_the_error_budget(settings) -> None:
    settings.RELIABILITY_OBJECTIVE = 90
    for number in range(40):
        ledger.attempt(NOW - timedelta(days=5), "ok" if number else "provider")
    assert error_budget.current(NOW).sentence == "Nothing failed in the last 24 hours."
    for outcome in ("ok", "timeout", "timeout", "timeout"):
        ledger.attempt(NOW - timedelta(hours=3), outcome)
    now = error_budget.current(NOW)
    assert (now.ends, round(now.allowed, 6), round(now.left, 6)) == (error_budget.Ends(44, 4), 4.4, 0.4)
    assert [burn.rate and round(burn.rate, 6) for burn in now.burns] == [None, 7.5, 7.5]
    assert (now.sentence, now.tone) == ("At the rate of the last 6 hours the budget is used up in less than an hour.", "warn")
    ledger.attempt(NOW - timedelta(hours=2), "provider")
    assert error_budget.current(NOW).sentence == "The budget is used up: 5 answers failed where 4 may."
    assert error_budget.current(NOW).tone == "bad"


def test_a_budget_says_how_long_it_lasts(settings) -> None:
    settings.RELIABILITY_OBJECTIVE = 99
    for number in range(100):
        ledger.attempt(NOW - timedelta(hours=20), "ok" if number > 3 else "provider")
    Attempt.objects.bulk_create(
        Attempt(recorded=NOW - timedelta(days=4), started=NOW, number=1, outcome="ok", duration_ms=1) for _ in range(1900)
    )
    now = error_budget.current(NOW)
    assert (now.ends.failed, round(now.left)) == (4, 16)
    assert now.sentence == "At the rate of the last 24 hours the budget is used up in 4 days."


def test_what_is_not_told_apart_by_time_is_asked_for_at_once(alice: User, django_assert_max_num_queries) -> None:
    for hours in (2, 7, 20):
        ledger.attempt(NOW - timedelta(hours=hours), owner=alice)
    report = Report(Span.last_day(NOW))
    with django_assert_max_num_queries(5):
        assert report.users[alice.pk].replies == report.total_alone().replies == 3
