"""The figures at the head of the page, each beside what it was in the time before."""

from __future__ import annotations

from typing import NamedTuple

from conversations.usage.reports.figures import Figures

from . import units, words

STEADY = 0.005


class Head(NamedTuple):
    label: str
    value: str
    note: str
    change: str = ""
    tone: str = ""
    """Whether the change is “good” or “bad”; empty where neither."""


def heads(now: Figures, before: Figures, kind: str = "") -> list[Head]:
    """`kind`: an `AttemptKind`, or nothing for all of them."""
    return [
        *(_of_answers(now, before) if units.is_answering(kind) else _of_tries(now, before)),
        *(Head(one.label, one.text(one.value(now)), "", *_change(one.value(now), one.value(before))) for one in units.of_kind(kind)),
        Head(
            "Tokens",
            words.short(now.tokens),
            f"{words.percent(now.cached_share)} of the input cached",
            *_change(now.tokens, before.tokens),
        ),
        Head("Cost", words.cost(now.cost, now.used, now.unpriced), _doubt(now), *_change(now.cost, before.cost)),
    ]


def _of_tries(now: Figures, before: Figures) -> list[Head]:
    """Of what is asked for beside answers."""
    success = _points(now.tries_success, before.tries_success)
    return [
        Head("Success", words.percent(now.tries_success), f"of {now.tries_counted:,} attempts that count", *success),
        Head("Attempts", words.count(now.tries), f"{now.tries_ok:,} succeeded", *_change(now.tries, before.tries)),
    ]


def _of_answers(now: Figures, before: Figures) -> list[Head]:
    return [
        Head("Success", words.percent(now.success), _failed(now), *_points(now.success, before.success)),
        Head("Answers", words.count(now.answered), f"of {now.replies:,} asked for", *_change(now.answered, before.answered)),
        Head("Saved by a retry", words.percent(now.retry_success), _saved(now), *_points(now.retry_success, before.retry_success)),
        Head(
            "First token, p50",
            words.time(now.first_token_p50),
            f"p95 {words.time(now.first_token_p95)}",
            *_change(now.first_token_p50, before.first_token_p50, good=-1),
        ),
        Head(
            "Tokens a second, p50",
            words.speed(now.speed_p50),
            f"p5 {words.speed(now.speed_p5)} · p95 {words.speed(now.speed_p95)}",
            *_change(now.speed_p50, before.speed_p50, good=1),
        ),
    ]


def _failed(figures: Figures) -> str:
    return f"{figures.failed:,} of {figures.counted:,} failed" if figures.counted else "no answers yet"


def _saved(figures: Figures) -> str:
    return f"{figures.saved:,} of {figures.needed_retry:,} retried" if figures.needed_retry else "none had to be retried"


def _doubt(figures: Figures) -> str:
    """How much of the cost is not known for certain."""
    doubts = []
    if figures.unpriced:
        doubts.append(f"{words.percent(figures.unpriced / figures.used)} of attempts without a price")
    if figures.estimated_cost:
        doubts.append(f"{words.dollars(figures.estimated_cost)} estimated")
    return ", ".join(doubts) or "all prices known"


def _points(now: float | None, before: float | None) -> tuple[str, str]:
    if now is None or before is None:
        return "", ""
    points = 100 * (now - before)
    if abs(points) < 0.005:
        return "as before", ""
    return f"{points:+.2f} points".replace("-", "−"), "good" if points > 0 else "bad"


def _change(now: float | None, before: float | None, good: int = 0) -> tuple[str, str]:
    """`good`: 1 where more is better, -1 where less is, 0 where it is neither."""
    if not now or not before:
        return "", ""
    change = now / before - 1
    if abs(change) < STEADY:
        return "as before", ""
    shown = f"{now / before:.1f} times" if change >= 2 else f"{100 * change:+.0f}{words.THIN}%".replace("-", "−")
    return shown, "" if not good or abs(change) < 0.05 else "good" if change * good > 0 else "bad"
