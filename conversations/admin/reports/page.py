"""The page of reports, and its tables as files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBadRequest, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from conversations.admin.base.permissions import may
from conversations.admin.reports.charts.all_charts import charts
from conversations.admin.reports.tables.page_order import tables
from conversations.admin.reports.tables.table import Table
from conversations.models import AttemptKind
from conversations.usage.reports import error_budget
from conversations.usage.reports.report import Report
from conversations.usage.reports.spans import Span

from . import current_problems
from .choice import KIND, RANGES, Choice
from .error_budget import shown
from .heads import heads


def urls(site: admin.AdminSite) -> list[Any]:
    return [
        path("reports/", site.admin_view(view), name="reports"),
        path("reports/<slug:slug>.csv", site.admin_view(table_file), name="reports_table"),
    ]


def may_see(request: HttpRequest) -> bool:
    return request.user.has_perm("conversations.view_attempt")


def view(request: HttpRequest) -> HttpResponseBase:
    if not may_see(request):
        raise PermissionDenied
    now = timezone.now()
    choice = Choice(request.GET, now, also=(KIND,))
    report = Report(choice.span, kind=choice.kind)
    drawn = charts(report)
    context = {
        **admin.site.each_context(request),
        "title": "Reports",
        "choice": choice,
        "ranges": RANGES,
        "kinds": [("", "Everything"), *AttemptKind.choices],
        "kept": f"&{KIND}={choice.kind}" if choice.kind else "",
        "empty": not report.total.tries and not report.total.replies,
        "problems": [*current_problems.keys(request.user, now), *current_problems.open_circuits(request.user)],
        "unpriced": report.total.unpriced,
        "heads": heads(report.total, Report(choice.span.previous, kind=choice.kind).total_alone(), choice.kind),
        "allowance": shown(error_budget.current(now)),
        "charts": drawn,
        "drawn": [chart.data for chart in drawn],
        "tables": tables(report, now, **_named(request)),
    }
    return TemplateResponse(request, "admin/reports/page.html", context)


def table_file(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One table with all its rows, as CSV."""
    if not may_see(request):
        raise PermissionDenied
    now = timezone.now()
    choice = Choice(request.GET, now, also=(KIND,))
    if choice.problem:
        return HttpResponseBadRequest(choice.problem, content_type="text/plain; charset=utf-8")
    found = tables(Report(choice.span, kind=choice.kind), now, **_named(request), whole=True)
    table = next((table for table in found if table.slug == slug), None)
    if table is None:
        raise Http404
    return StreamingHttpResponse(
        _encoded(table),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{slug}-{_named_for(choice)}.csv"'},
    )


def _named_for(choice: Choice) -> str:
    return f"{choice.kind}-{_days(choice.span)}" if choice.kind else _days(choice.span)


def _days(span: Span) -> str:
    """The first and the last, for the name of a file."""
    first, last = span.start.date(), max(span.start, span.end - timedelta(microseconds=1)).date()
    return f"{first}" if first == last else f"{first}-to-{last}"


async def _encoded(table: Table) -> AsyncIterator[bytes]:
    for line in table.lines():
        yield line.encode()


def _named(request: HttpRequest) -> dict[str, bool]:
    names_users = may(request.user, "view", "user")
    return {
        "names_users": names_users,
        "names_keys": may(request.user, "view", "apikey"),
        "names_tokens": names_users and may(request.user, "view", "apitoken"),
    }
