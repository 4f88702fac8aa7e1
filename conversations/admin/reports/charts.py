"""What the charts show: for the eye as numbers for the browser, and for everybody as a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from conversations.models import NANO
from conversations.usage.reports.figures import Figures
from conversations.usage.reports.report import Report

from . import words

Value = Callable[[Figures], float | None]


class Series(NamedTuple):
    """`colour` is the name of a custom property in css/reports/page.css."""

    label: str
    colour: str
    value: Value
    text: Callable[[Any], str]


class Column(NamedTuple):
    """Only in the table and in the tooltip."""

    label: str
    text: Callable[[Figures], str]


@dataclass
class Chart:
    slug: str
    title: str
    summary: str
    kind: str
    """“stacked” bars or “lines”."""
    unit: str
    """How the axis is labelled: “count”, “dollars” or “time”."""
    series: list[Series]
    report: Report
    extra: tuple[Column, ...] = ()

    @property
    def data(self) -> dict[str, Any]:
        """For the browser; see static/js/charts."""
        slots = self.report.by_slot
        return {
            "slug": self.slug,
            "kind": self.kind,
            "unit": self.unit,
            "hourly": self.report.span.is_hourly,
            "times": [int(start.timestamp()) for start, _ in slots],
            "step": int(self.report.span.step.total_seconds()),
            "series": [
                {"label": one.label, "colour": one.colour, "values": [one.value(figures) for _, figures in slots]} for one in self.series
            ],
            "words": [[label, [row.cells[position] for row in self.rows]] for position, label in enumerate(self.columns)],
        }

    @property
    def columns(self) -> list[str]:
        return [*(one.label for one in self.series), *(column.label for column in self.extra)]

    @property
    def rows(self) -> list[ChartRow]:
        hourly = self.report.span.is_hourly
        return [
            ChartRow(
                start,
                f"{start:%-d %b, %H:%M}" if hourly else f"{start:%a %-d %b}",
                [*(one.text(one.value(figures)) for one in self.series), *(column.text(figures) for column in self.extra)],
            )
            for start, figures in self.report.by_slot
        ]


class ChartRow(NamedTuple):
    start: datetime
    label: str
    cells: list[str]


def charts(report: Report) -> list[Chart]:
    total = report.total
    return [
        Chart(
            "replies",
            "Replies",
            f"{total.answered:,} answered, {total.failed:,} failed",
            "stacked",
            "count",
            [
                Series("Answered", "good", lambda figures: figures.answered, words.count),
                Series("Failed", "bad", lambda figures: figures.failed, words.count),
                Series("Stopped or refused", "quiet", lambda figures: figures.not_counted, words.count),
            ],
            report,
            (Column("Success", lambda figures: words.percent(figures.success)),),
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
        ),
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
            (Column("Tries without a price", lambda figures: words.count(figures.unpriced)),),
        ),
    ]


def _dollars(value: float) -> str:
    return words.dollars(round(value * NANO))
