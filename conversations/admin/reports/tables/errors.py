"""The table of errors, a row for each kind."""

from __future__ import annotations

from conversations.admin.base.outcomes import label
from conversations.admin.reports import links, words
from conversations.models import NOT_COUNTED
from conversations.providers.errors import SENTENCES
from conversations.usage.reports.figures import share
from conversations.usage.reports.report import Report

from . import cells
from .table import Cell, Row, Table


def errors(report: Report) -> Table:
    """What users or a restart ended comes last: it is no error."""
    table = Table("errors", "Errors", "Kind", ["Attempts", "Share of attempts", "Answers that failed"], groups="Counted", states="Meaning")
    total = report.total
    kinds = sorted(
        {*total.errors, *total.failures}, key=lambda kind: (kind in NOT_COUNTED, -total.errors[kind], -total.failures[kind], kind)
    )
    most = max((number for kind, number in total.errors.items() if kind not in NOT_COUNTED), default=0)
    for kind in kinds:
        number, failed, counts = total.errors[kind], total.failures[kind], kind not in NOT_COUNTED
        meaning = SENTENCES.get(kind, "").split(". ")[0].rstrip(".") if counts else ""
        row_cells = [
            cells.count(number),
            cells.percent(share(number, total.tries)),
            Cell(words.count(failed) if counts else words.NOTHING, failed, "bad" if failed else ""),
        ]
        row = Row(
            label(kind), row_cells, links.behind(report, outcome=kind), share=(share(number, most) or 0) if counts else 0, state=meaning
        )
        row.under = "" if counts else "Not counted as errors"
        table.rows.append(row)
    return table
