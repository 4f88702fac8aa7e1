"""The table of errors, a row for each kind."""

from __future__ import annotations

from conversations.admin.reports import words
from conversations.models import NOT_COUNTED
from conversations.providers.errors import SENTENCES
from conversations.usage.reports.figures import share
from conversations.usage.reports.report import Report

from . import cells, links
from .table import Cell, Row, Table


def errors(report: Report) -> Table:
    table = Table("errors", "Errors", "Kind", ["Tries", "Share of tries", "Replies that failed"])
    total = report.total
    kinds = sorted({*total.errors, *total.failures}, key=lambda kind: (-total.errors[kind], -total.failures[kind], kind))
    most = max(total.errors.values(), default=0)
    for kind in kinds:
        number, failed = total.errors[kind], total.failures[kind]
        meaning = "not counted as an error" if kind in NOT_COUNTED else SENTENCES.get(kind, "").split(". ")[0].rstrip(".")
        row_cells = [
            cells.count(number),
            cells.percent(share(number, total.tries)),
            Cell(words.count(failed) if kind not in NOT_COUNTED else words.NOTHING, failed, "bad" if failed else ""),
        ]
        table.rows.append(Row(kind, row_cells, links.behind(report, outcome=kind), share=share(number, most) or 0, state=meaning))
    return table
