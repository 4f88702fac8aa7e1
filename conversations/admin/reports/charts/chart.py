"""What a chart shows: drawn by the browser from numbers, and as a table for readers who don't see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from conversations.admin.reports import links, words
from conversations.usage.reports.figures import Figures
from conversations.usage.reports.report import Report

Value = Callable[[Figures], float | None]


class Series(NamedTuple):
    """`colour` is the name of a custom property in reports.css."""

    label: str
    colour: str
    value: Value
    text: Callable[[Any], str]
    attempts: dict[str, str] | None = None
    """What filters the list of attempts to those that it counts; None where no filter does."""


class Mark(NamedTuple):
    """From `at` on this version was live; None: no version was."""

    at: datetime
    number: int | None

    @property
    def words(self) -> str:
        return f"version {self.number}" if self.number else "no version"


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
    attempts: dict[str, str] = field(default_factory=dict)
    """What filters the list of attempts to those that the chart is about."""
    marks: list[Mark] = field(default_factory=list)
    has_links: bool = True
    """To attempts: not where no filter of their list has just those."""

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
            "marks": [[mark.at.timestamp(), f"v{mark.number}" if mark.number else "none"] for mark in self.marks],
            "words": [[label, [row.cells[position].text for row in self.rows]] for position, label in enumerate(self.columns)],
        }

    @property
    def columns(self) -> list[str]:
        marked = ["Went live"] if self.marks else []
        return [*(one.label for one in self.series), *(column.label for column in self.extra), *marked]

    @property
    def rows(self) -> list[ChartRow]:
        hourly = self.report.span.is_hourly
        return [
            ChartRow(
                start,
                f"{start:%-d %b, %H:%M}" if hourly else f"{start:%a %-d %b}",
                self._link(start, end, figures),
                [
                    *(ChartCell(one.text(one.value(figures)), self._link_of(one, start, end, figures)) for one in self.series),
                    *(ChartCell(column.text(figures)) for column in self.extra),
                    *([ChartCell(self._marked(start, end))] if self.marks else []),
                ],
            )
            for start, end, figures in self._slots
        ]

    @property
    def _slots(self) -> list[tuple[datetime, datetime, Figures]]:
        step = self.report.span.step
        return [(start, start + step, figures) for start, figures in self.report.by_slot]

    def _link(self, start: datetime, end: datetime, figures: Figures) -> str:
        """To the attempts of a slot; empty where it has none."""
        filters = {**links.of_kind(self.report), **self.attempts}
        return links.attempts(start, end, filters) if self.has_links and (figures.tries or figures.replies) else ""

    def _link_of(self, series: Series, start: datetime, end: datetime, figures: Figures) -> str:
        is_counted = self.has_links and series.attempts is not None and series.value(figures)
        return links.attempts(start, end, {**links.of_kind(self.report), **(series.attempts or {})}) if is_counted else ""

    def _marked(self, start: datetime, end: datetime) -> str:
        return ", ".join(mark.words for mark in self.marks if start <= mark.at < end) or words.NOTHING


class ChartCell(NamedTuple):
    text: str
    link: str = ""


class ChartRow(NamedTuple):
    start: datetime
    label: str
    link: str
    cells: list[ChartCell]
