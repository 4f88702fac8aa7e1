"""The table of API tokens; by name only for who may view these and users."""

from __future__ import annotations

from conversations.admin.reports import links, words
from conversations.models import NANO, ApiToken
from conversations.usage.reports.figures import share
from conversations.usage.reports.report import Report

from . import cells
from .table import Cell, Row, Table
from .users import asked, asked_heads

SHOWN_TOKENS = 12


def programs(report: Report, *, names: bool, whole: bool) -> Table:
    table = Table(
        "api-tokens", "Programs, by API token", "Token", [*asked_heads(report), "Input tokens", "Cached", "Output tokens", "Cost"]
    )
    found = sorted(report.programs.items(), key=lambda item: (-item[1].replies, -item[1].tokens, str(item[0])))
    shown = found if whole else found[:SHOWN_TOKENS]
    tokens = ApiToken.objects.filter(pk__in=[pk for pk, _ in shown]).select_related("user") if names else ()
    known = {token.pk: f"{token.name} ({token.user})" for token in tokens}
    most = max((use.replies for _, use in found), default=0)
    for number, (pk, use) in enumerate(shown, 1):
        row_cells = [
            *asked(report, use),
            cells.tokens(use.input),
            cells.percent(share(use.cached, use.input)),
            cells.tokens(use.output),
            Cell(words.cost(use.cost, use.used, use.unpriced), use.cost / NANO, unit="USD"),
        ]
        link = links.behind(report, token__id__exact=pk) if names else ""
        table.rows.append(Row(known.get(pk, f"Token {number}"), row_cells, link, share=share(use.replies, most) or 0))
    table.more = len(found) - len(shown)
    table.note = "" if names else "Names are shown to administrators who may view API tokens and users."
    return table
