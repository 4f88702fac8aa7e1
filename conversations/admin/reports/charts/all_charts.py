"""The charts of the reports, in the order of the page."""

from __future__ import annotations

from conversations.admin.reports import links, units, words
from conversations.admin.reports.units import Unit
from conversations.models import NANO
from conversations.usage.reports.report import Report

from .chart import Chart, Column, Series


def charts(report: Report) -> list[Chart]:
    answering = _of_answers(report) if units.is_answering(report.kind) else []
    return [*answering, *(_of_unit(one, report) for one in units.of_kind(report.kind)), *_of_all(report)]


def _of_unit(unit: Unit, report: Report) -> Chart:
    named = f"{unit.label}, {unit.name}" if unit.name else unit.label
    text = lambda value: f"{value:,.1f}" if unit.name else words.short(value)  # noqa: E731
    series = [Series(named, "first", unit.number, text)]
    return Chart(unit.label.lower().replace(" ", "-"), unit.label, unit.text(unit.value(report.total)), "stacked", "count", series, report)


def _of_answers(report: Report) -> list[Chart]:
    total = report.total
    return [
        Chart(
            "replies",
            "Answers",
            f"{total.answered:,} answered, {total.failed:,} failed",
            "stacked",
            "count",
            [
                Series("Answered", "good", lambda figures: figures.answered, words.count, links.ANSWERED),
                Series("Failed", "bad", lambda figures: figures.failed, words.count, links.FAILED),
                Series("Stopped or refused", "quiet", lambda figures: figures.not_counted, words.count, links.UNCOUNTED),
            ],
            report,
            (Column("Success", lambda figures: words.percent(figures.success)),),
            links.REPLIES,
        ),
        Chart(
            "latency",
            "Time to first token",
            f"{words.time(total.first_token_p50)} in the middle, {words.time(total.first_token_p95)} for the slowest twentieth",
            "lines",
            "time",
            [
                Series("p50", "first", lambda figures: figures.first_token_p50, words.time),
                Series("p95", "second", lambda figures: figures.first_token_p95, words.time),
            ],
            report,
            (Column("Tokens/s, p50", lambda figures: words.speed(figures.speed_p50)),),
            links.ANSWERS,
        ),
    ]


def _of_all(report: Report) -> list[Chart]:
    total = report.total
    return [
        Chart(
            "tokens",
            "Tokens",
            f"{words.short(total.tokens)}, {words.percent(total.cached_share)} of the input cached",
            "stacked",
            "count",
            [
                Series("Input", "first", lambda figures: figures.input - figures.cached, words.short),
                Series("Cached input", "soft", lambda figures: figures.cached, words.short),
                Series("Output", "second", lambda figures: figures.output, words.short),
            ],
            report,
            (Column("Cached share", lambda figures: words.percent(figures.cached_share)),),
        ),
        Chart(
            "cost",
            "Cost",
            words.cost(total.cost, total.used, total.unpriced),
            "stacked",
            "dollars",
            [
                Series("Counted", "first", lambda figures: (figures.cost - figures.estimated_cost) / NANO, _dollars),
                Series("Estimated", "soft", lambda figures: figures.estimated_cost / NANO, _dollars),
            ],
            report,
            (Column("Attempts without a price", lambda figures: words.count(figures.unpriced)),),
        ),
    ]


def _dollars(value: float) -> str:
    return words.dollars(round(value * NANO))
