"""The table of users; by name only for who may view users. Visitors of a widget, who may be many, are one row."""

from __future__ import annotations

from uuid import UUID

from conversations.admin.reports import links, units, words
from conversations.models import NANO, User, Visitor
from conversations.usage.reports.figures import share
from conversations.usage.reports.report import Report
from conversations.usage.reports.users import Use

from . import cells
from .table import Cell, Row, Table

SHOWN_USERS = 12
AT_ONCE = 500
"""So many users are looked for in a query."""


def users(report: Report, *, names: bool, whole: bool) -> Table:
    table = Table("users", "Users", "User", [*asked_heads(report), "Input tokens", "Cached", "Output tokens", "Cost"])
    found = sorted(_merged(report).items(), key=lambda item: (-item[1].replies, -item[1].cost, -item[1].tokens, str(item[0])))
    shown = found if whole else found[:SHOWN_USERS]
    pks = [pk for pk, _ in shown if isinstance(pk, UUID)]
    known = {user.pk: user.get_username() for user in User.objects.filter(pk__in=pks)} if names else {}
    most = max((use.replies for _, use in found), default=0)
    for number, (pk, use) in enumerate(shown, 1):
        is_user = pk is None or isinstance(pk, UUID)
        name = pk if isinstance(pk, str) else "deleted accounts" if pk is None else known.get(pk, f"User {number}")
        link = links.behind(report, owner__id__exact=pk) if names and is_user else ""
        row_cells = [
            *asked(report, use),
            cells.tokens(use.input),
            cells.percent(share(use.cached, use.input)),
            cells.tokens(use.output),
            Cell(words.cost(use.cost, use.used, use.unpriced), use.cost / NANO, unit="USD"),
        ]
        table.rows.append(Row(name, row_cells, link, share=share(use.replies, most) or 0))
    table.more = len(found) - len(shown)
    table.note = "" if names else "Names are shown to administrators who may view users."
    return table


def asked_heads(report: Report) -> list[str]:
    """What was asked for, where that is answers; and of a report of one kind what is counted of it."""
    return [*(["Asked for", "Answered"] if units.is_answering(report.kind) else []), *(one.label for one in units.of_kind(report.kind))]


def asked(report: Report, use: Use) -> list[Cell]:
    """As `asked_heads` names them."""
    answers = [cells.count(use.replies), cells.count(use.answered)] if units.is_answering(report.kind) else []
    return [*answers, *(cells.amount(one, use) for one in units.of_kind(report.kind))]


def _merged(report: Report) -> dict[UUID | str | None, Use]:
    """By user, and by the group of a widget's visitors, of whom only those are read who used something."""
    used = [pk for pk in report.users if pk is not None]
    groups: dict[UUID, str] = {}
    for start in range(0, len(used), AT_ONCE):
        visitors = Visitor.objects.filter(user__in=used[start : start + AT_ONCE])
        groups.update(visitors.values_list("user", "widget__group__name"))
    merged: dict[UUID | str | None, Use] = {}
    for pk, use in report.users.items():
        whose: UUID | str | None = groups.get(pk, pk) if pk is not None else None
        merged[whose] = merged.get(whose, Use()).plus(use)
    return merged
