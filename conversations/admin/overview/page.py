"""The admin's first page: what needs attention, whom the next question goes to, and how the last day went. Numbers only."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.utils import timezone

from conversations.admin.base.outcomes import label
from conversations.admin.base.permissions import may
from conversations.admin.conversations.reading import may_read
from conversations.admin.reports import links
from conversations.live import event_stream
from conversations.mail import has_mail
from conversations.models import Message, RejectedParameter, ReviewItem, Role, Status, SystemPrompt
from conversations.routing import catalog
from conversations.routing.prospects import of_next_question
from conversations.usage.reports.report import Report
from conversations.usage.reports.spans import Span

from .first_steps import first_steps
from .next_question import asked
from .problems import problems

RUNNING = (Status.PENDING, Status.STREAMING)


class Tally(NamedTuple):
    label: str
    number: int
    link: str
    is_trouble: bool = False


def overview(request: HttpRequest) -> dict[str, Any]:
    """Context for templates/admin/index.html; only what this user may see."""
    user = request.user
    default = SystemPrompt.objects.filter(is_default=True).select_related("published").defer("published__text").first()
    prospects = of_next_question(default.published.model if default and default.published else "")
    steps = first_steps(request)
    context: dict[str, Any] = {
        "problems": problems(user, prospects, is_new=bool(steps)),
        "first_steps": steps,
        "lacks_mail": bool(steps) and not has_mail(),
        "without_websockets": event_stream.count(),
    }
    if may(user, "view", "provider"):
        context["asked"] = [asked(one) for one in prospects if one.obstacle is None]
        context["passed_over"] = [asked(one) for one in prospects if one.obstacle is not None]
        context["is_built_in"] = catalog.read().is_built_in
        context["routing_known"] = True
    if may(user, "view", "systemprompt"):
        context["default_prompt"] = default
        context["default_prompt_known"] = True
    if may(user, "view", "rejectedparameter"):
        context["rejected"] = RejectedParameter.objects.count()
    if may(user, "view", "attempt"):
        context |= _last_day(timezone.now())
    if may_read(request):
        context["to_review"] = ReviewItem.objects.open().count()
        context["to_review_by_me"] = ReviewItem.objects.open().filter(assignee=user.pk).count()
    if may(user, "view", "message"):
        context["running"] = Message.objects.filter(role=Role.ASSISTANT, status__in=RUNNING).count()
    return context


def _last_day(now: datetime) -> dict[str, Any]:
    """The same figures as in the reports: from the ledger, which outlives the messages of a deleted conversation."""
    span = Span.last_day(now)
    figures = Report(span).total_alone()

    def tally(label: str, number: int, filters: dict[str, str], is_trouble: bool = False) -> Tally:
        return Tally(label, number, links.attempts(span.start, span.end, filters), is_trouble)

    replies = [
        tally("answered", figures.answered, links.ANSWERED),
        tally("failed", figures.failed, links.FAILED, is_trouble=True),
        tally("stopped or refused", figures.not_counted, links.UNCOUNTED),
    ]
    errors = [tally(label(kind), number, {**links.REPLIES, "outcome": kind}) for kind, number in figures.failures.most_common()]
    return {"replies_known": True, "replies": [one for one in replies if one.number], "errors": errors}
