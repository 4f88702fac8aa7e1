"""The tables of providers, models, keys and purposes, which are judged by their attempts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from conversations.admin.reports import current_problems, links
from conversations.models import ApiKey, Provider, Purpose
from conversations.usage.reports.figures import Figures, share
from conversations.usage.reports.report import Report

from . import cells
from .table import Row, Table

UNKNOWN = "unknown"


def providers(report: Report) -> Table:
    names = dict(Provider.objects.values_list("pk", "name"))
    found = report.by(lambda alike: alike.provider)
    rows = [
        (
            names.get(provider, "deleted") if provider else "no provider could be asked",
            links.behind(report, provider__id__exact=provider),
            figures,
        )
        for provider, figures in found.items()
    ]
    return _of_tries("providers", "Providers", "Provider", rows)


def models(report: Report) -> Table:
    found = report.by(lambda alike: alike.model)
    rows = [(model or UNKNOWN, links.behind(report, model=model or None), figures) for model, figures in found.items()]
    return _of_tries("models", "Models", "Model", rows)


def keys(report: Report, now: datetime) -> Table:
    known = {key.pk: key for key in ApiKey.objects.select_related("provider").defer("sealed")}
    found = report.by(lambda alike: alike.key)
    rows = []
    for key_id in {*found, *known}:
        if key_id is None and not found[None].tries:
            continue  # no provider was asked, so there was no key
        key = known.get(key_id) if key_id else None
        rows.append((str(key_id), links.behind(report, key__id__exact=key_id), found.get(key_id, Figures())))
    table = _of_tries("keys", "Keys", "Key", rows)
    table.groups = "Provider"
    named = {str(pk): key for pk, key in known.items()}
    for row in table.rows:
        key = named.get(row.name)
        row.name = str(key) if key else "of the settings, or deleted"
        row.under = key.provider.name if key else "Others"
        row.state = current_problems.key_state(key, now) if key else ""
    table.rows.sort(key=lambda row: (row.under == "Others", row.under))  # and by attempts within
    return table


def purposes(report: Report) -> Table:
    """What attempts were for: answers, titles, audio and what is done with prompts."""
    labels = dict(Purpose.choices)
    found = report.by(lambda alike: alike.purpose)
    rows = [(labels.get(purpose, purpose), links.behind(report, purpose__exact=purpose), figures) for purpose, figures in found.items()]
    return _of_tries("purposes", "Purposes", "Purpose", rows)


def _of_tries(slug: str, title: str, names: str, found: Iterable[tuple[str, str, Figures]]) -> Table:
    """Each is judged by all its attempts, also by those that a retry made good."""
    table = Table(slug, title, names, ["Attempts", "Succeeded", "First token, p50", "p95", "Tokens/s, p50", "Tokens", "Cached", "Cost"])
    rows = sorted(found, key=lambda item: (-item[2].tries, item[0]))
    most = max((figures.tries for _, _, figures in rows), default=0)
    for name, link, figures in rows:
        row_cells = [cells.count(figures.tries), cells.success(figures.tries_success), *cells.pace(figures), *cells.took(figures)]
        table.rows.append(Row(name, row_cells, link, share=share(figures.tries, most) or 0))
    return table
