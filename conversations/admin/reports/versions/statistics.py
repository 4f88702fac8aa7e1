"""What is known of a prompt's versions in a stretch of time, and the tables of it."""

from __future__ import annotations

from functools import cached_property

from django.conf import settings
from django.urls import reverse

from conversations.admin.reports.charts.all_charts import charts
from conversations.admin.reports.charts.chart import Chart, Mark
from conversations.admin.reports.tables import cells, prompts, signs
from conversations.admin.reports.tables.table import Cell, Row, Table
from conversations.evaluation.intervals import Share
from conversations.models import LIVE, PromptVersion, Purpose, SystemPrompt
from conversations.usage.reports import feedback
from conversations.usage.reports.figures import Figures, share
from conversations.usage.reports.report import Report
from conversations.usage.reports.signs import Signs
from conversations.usage.reports.spans import Span

from .comparison import Sides

FIGURES = ["Asked for", "Failed", "First token, p50", "p95", "To the end, p50", "p95", "Cost per answer", "Cached"]
FIGURES_NOTE = (
    "From the ledger, so answers that were deleted since count, too. Failed: of those that users neither stopped nor had refused. To the "
    "end: of the attempt that answered. Cached: of the input. Trials and runs count nowhere on this page."
)


class Statistics:
    def __init__(self, prompt: SystemPrompt, span: Span) -> None:
        self.prompt = prompt
        versions = prompt.versions.defer("text").order_by("-number")
        self._versions = {version.pk: version for version in versions}
        self.report = Report(span, self._versions.keys())
        self.thumbs = feedback.between(span.start, span.end, prompt)

    @cached_property
    def used(self) -> list[PromptVersion]:
        """Those that answered in the time, newest first."""
        return [one for pk, one in self._versions.items() if pk in self.report.signs or pk in self._figures]

    @cached_property
    def _figures(self) -> dict[object, Figures]:
        """Of answers alone."""
        found = self.report.by(lambda alike: (alike.version, alike.purpose))
        return {version: figures for (version, purpose), figures in found.items() if purpose == Purpose.ANSWER}

    def charts(self) -> list[Chart]:
        """With marks where another version became live."""
        drawn = charts(self.report)
        for chart in drawn:
            chart.marks, chart.has_links = self.marks, False
        return drawn

    @cached_property
    def marks(self) -> list[Mark]:
        """Oldest first."""
        span = self.report.span
        moves = self.prompt.label_moves.filter(name=LIVE, at__gte=span.start, at__lt=span.end).order_by("at", "id")
        return [Mark(at, number) for at, number in moves.values_list("at", "version__number")]

    def of(self, version: PromptVersion) -> Sides:
        signs_of, figures = self.report.signs.get(version.pk, Signs()), self._figures.get(version.pk, Figures())
        return Sides(self.thumbs[version.pk], signs_of, figures)

    def signs(self) -> Table:
        table = Table("signs", "What users did with answers", "Version", signs.COLUMNS, note=signs.NOTE)
        most = max((self.of(version).signs.answers for version in self.used), default=0)
        for version in self.used:
            side = self.of(version)
            table.rows.append(self._row(version, signs.row_cells(side.signs, side.thumbs), share(side.signs.answers, most)))
        return table

    def figures(self) -> Table:
        table = Table("figures", "What answers took", "Version", FIGURES, note=FIGURES_NOTE)
        most = max((self.of(version).figures.replies for version in self.used), default=0)
        for version in self.used:
            found = self.of(version).figures
            table.rows.append(self._row(version, _figures_cells(found), share(found.replies, most)))
        return table

    def _row(self, version: PromptVersion, row_cells: list[Cell], part: float | None) -> Row:
        link = reverse("admin:conversations_systemprompt_version", args=[self.prompt.pk, version.number])
        state = "live" if version.pk == self.prompt.published_id else ""
        return Row(f"Version {version.number}", row_cells, link, state, share=part or 0)


def _figures_cells(figures: Figures) -> list[Cell]:
    failed = signs.of(Share(figures.failed, figures.counted))
    allowed = 1 - settings.RELIABILITY_OBJECTIVE / 100
    return [
        cells.count(figures.replies),
        failed._replace(tone="bad") if (share(figures.failed, figures.counted) or 0) > allowed else failed,
        *(cells.time(value) for value in (figures.first_token_p50, figures.first_token_p95)),
        *(cells.time(value) for value in (figures.duration_p50, figures.duration_p95)),
        prompts.cost_per_answer(figures),
        cells.percent(figures.cached_share),
    ]
