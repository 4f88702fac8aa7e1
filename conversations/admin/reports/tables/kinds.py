"""The table of kinds: text, pictures, sound and so on, each in its own units."""

from __future__ import annotations

from conversations.admin.reports import links, units
from conversations.models import AttemptKind
from conversations.usage.reports.figures import share
from conversations.usage.reports.report import Report

from . import cells
from .table import Row, Table

NOTE = (
    "Text with files: answers to which files were given, earlier ones of the conversation included. Audio that isn’t measured is estimated."
)


def kinds(report: Report) -> Table:
    """Only units that something was counted in have a column."""
    found = report.by(lambda alike: alike.kind)
    counted = [unit for unit in units.ALL if any(unit.value(figures) for figures in found.values())]
    columns = ["Attempts", "Succeeded", "Cost", "Tokens", *(unit.label for unit in counted)]
    table = Table("kinds", "Kinds", "Kind", columns, note=NOTE if counted else "")
    most = max((figures.tries for figures in found.values()), default=0)
    for kind in AttemptKind:
        if (figures := found.get(kind)) is None:
            continue
        row_cells = [cells.count(figures.tries), cells.success(figures.tries_success), cells.cost(figures), cells.tokens(figures.tokens)]
        row_cells += [cells.amount(unit, figures) for unit in counted]
        table.rows.append(Row(kind.label, row_cells, links.behind(report, kind__exact=kind), share=share(figures.tries, most) or 0))
    return table
