"""The table of users; by name only for who may view users."""

from __future__ import annotations

from conversations.admin.reports import links, words
from conversations.models import NANO, User
from conversations.usage.reports.figures import share
from conversations.usage.reports.report import Report

from . import cells
from .table import Cell, Row, Table

SHOWN_PEOPLE = 12


def people(report: Report, *, names: bool, whole: bool) -> Table:
    table = Table("users", "Users", "User", ["Asked for", "Answered", "Input tokens", "Cached", "Output tokens", "Cost"])
    found = sorted(report.people.items(), key=lambda item: (-item[1].replies, -item[1].tokens, str(item[0])))
    shown = found if whole else found[:SHOWN_PEOPLE]
    known = {user.pk: user.get_username() for user in User.objects.filter(pk__in=[pk for pk, _ in shown if pk])} if names else {}
    most = max((use.replies for _, use in found), default=0)
    for number, (pk, use) in enumerate(shown, 1):
        name = "deleted accounts" if pk is None else known.get(pk, f"User {number}")
        link = links.behind(report, owner__id__exact=pk) if names else ""
        row_cells = [
            cells.count(use.replies),
            cells.count(use.answered),
            cells.tokens(use.input),
            cells.percent(share(use.cached, use.input)),
            cells.tokens(use.output),
            Cell(words.cost(use.cost, use.used, use.unpriced), use.cost / NANO, unit="USD"),
        ]
        table.rows.append(Row(name, row_cells, link, share=share(use.replies, most) or 0))
    table.more = len(found) - len(shown)
    table.note = "" if names else "Names are shown to administrators who may view users."
    return table
