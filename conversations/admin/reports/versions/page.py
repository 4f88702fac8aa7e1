"""The statistics of a prompt: its versions beside each other, and any two of them compared."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from conversations.admin.base.permissions import may
from conversations.admin.reports.choice import RANGES, Choice
from conversations.models import PromptVersion, SystemPrompt

from .comparison import comparison
from .statistics import Statistics

USUAL = "30d"
SIDES = ("old", "new")


def view(request: HttpRequest, prompt: UUID) -> HttpResponseBase:
    """Counts of thumbs and signs are for who may see prompts; times, costs and errors for who may read reports, too."""
    if not may(request.user, "view", "systemprompt"):
        raise PermissionDenied
    found = get_object_or_404(SystemPrompt, pk=prompt)
    choice = Choice(request.GET, timezone.now(), USUAL, SIDES)
    reads_reports = request.user.has_perm("conversations.view_attempt")
    statistics = Statistics(found, choice.span)
    old, new = _asked(request.GET, statistics.used, found.published_id)
    drawn = statistics.charts() if reads_reports and statistics.used else []
    context = {
        **admin.site.each_context(request),
        "title": f"Statistics of “{found.name}”",
        "prompt": found,
        "choice": choice,
        "ranges": RANGES,
        "kept": f"&old={old.number}&new={new.number}" if old and new else "",
        "reads_reports": reads_reports,
        "tables": [statistics.signs(), *([statistics.figures()] if reads_reports else [])] if statistics.used else [],
        "charts": drawn,
        "drawn": [chart.data for chart in drawn],
        "marks": statistics.marks,
        "versions": statistics.used,
        "old": old,
        "new": new,
        "compared": comparison(statistics.of(old), statistics.of(new), reads_reports) if old and new else [],
    }
    return TemplateResponse(request, "admin/reports/versions.html", context)


def _asked(asked: QueryDict, versions: list[PromptVersion], live: UUID | None) -> tuple[PromptVersion, PromptVersion] | tuple[None, None]:
    """The two that are compared: without a choice the live version with the newest before it, or else the two newest."""
    if len(versions) < 2:
        return None, None
    by_number = {str(version.number): version for version in versions}
    old, new = (by_number.get(asked.get(name, "")) for name in SIDES)
    if old and new:
        return old, new
    newest = next((position for position, version in enumerate(versions[:-1]) if version.pk == live), 0)
    return versions[newest + 1], versions[newest]


def urls(site: admin.AdminSite) -> list[Any]:
    name = "conversations_systemprompt_statistics"
    return [path("conversations/systemprompt/<uuid:prompt>/statistics/", site.admin_view(view), name=name)]
