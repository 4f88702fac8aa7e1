"""The admin's first page: what needs attention, whom the next question goes to, and how the last day went. Numbers only."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.utils import timezone

from conversations.admin.base.outcomes import label
from conversations.admin.base.permissions import may
from conversations.live import event_stream
from conversations.models import Message, RejectedParameter, Role, Status, SystemPrompt
from conversations.models.identifiers import first_id_at
from conversations.pages.mail import has_mail
from conversations.routing import catalog
from conversations.routing.prospects import of_next_question

from .first_steps import first_steps
from .next_question import asked
from .problems import problems

# What the status of a reply means to the user who asked.
ENDS = {
    "complete": "answered",
    "stopped": "stopped by the user",
    "interrupted": "interrupted",
    "failed": "failed",
    "pending": "waiting",
    "streaming": "being written",
}
TROUBLE = (Status.FAILED, Status.INTERRUPTED)


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
    if may(user, "view", "message"):
        context |= _last_day()
    return context


def _last_day() -> dict[str, Any]:
    day = Message.objects.filter(id__gte=first_id_at(timezone.now() - timedelta(days=1)), role=Role.ASSISTANT).order_by()
    counts: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    for status, error_kind, number in day.values_list("status", "error_kind").annotate(number=Count("*")):
        counts[status] += number
        errors[error_kind] += number
    del errors[""]
    replies = [
        {"status": status, "label": end, "number": counts[status], "trouble": status in TROUBLE}
        for status, end in ENDS.items()
        if counts[status]
    ]
    return {"replies_known": True, "replies": replies, "errors": [(kind, label(kind), number) for kind, number in errors.most_common()]}
