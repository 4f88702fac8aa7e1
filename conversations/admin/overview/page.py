"""The admin's first page: what answers, and how the last day went. Numbers only."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.utils import timezone

from conversations.admin.base.outcomes import label
from conversations.live import event_stream
from conversations.models import Message, Origin, Provider, RejectedParameter, Role, Status, SystemPrompt
from conversations.models.identifiers import first_id_at
from conversations.providers import endpoint
from conversations.routing import catalog

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
    added = Provider.objects.filter(origin=Origin.ADMIN, enabled=True).only("id", "name")
    context: dict[str, Any] = {
        "endpoint": endpoint.configured(),
        "providers": list(added),
        "may_view_providers": user.has_perm("conversations.view_provider"),
        "without_websockets": event_stream.count(),
    }
    if user.has_perm("conversations.view_systemprompt"):
        context["default_prompt"] = (
            SystemPrompt.objects.filter(is_default=True).select_related("published").defer("published__text").first()
        )
        context["default_prompt_known"] = True
        context["prompts_without_model"] = _without_model()
    if user.has_perm("conversations.view_rejectedparameter"):
        context["rejected"] = RejectedParameter.objects.count()
    if user.has_perm("conversations.view_message"):
        day = Message.objects.filter(id__gte=first_id_at(timezone.now() - timedelta(days=1)), role=Role.ASSISTANT).order_by()
        counts: Counter[str] = Counter()
        errors: Counter[str] = Counter()
        for status, error_kind, number in day.values_list("status", "error_kind").annotate(number=Count("*")):
            counts[status] += number
            errors[error_kind] += number
        del errors[""]
        context["replies"] = [
            {"status": status, "label": end, "number": counts[status], "trouble": status in TROUBLE}
            for status, end in ENDS.items()
            if counts[status]
        ]
        context["errors"] = [(kind, label(kind), number) for kind, number in errors.most_common()]
        context["replies_known"] = True
    return context


def _without_model() -> list[SystemPrompt]:
    """Prompts that name a model which no enabled provider has: each of their answers fails."""
    sources = catalog.read().sources
    prompts = SystemPrompt.objects.exclude(published=None).exclude(published__model="").select_related("published").defer("published__text")
    return [prompt for prompt in prompts if prompt.published and not any(source.offer(prompt.published.model) for source in sources)]
