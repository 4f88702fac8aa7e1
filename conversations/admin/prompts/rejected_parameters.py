"""Which parameters a model is known to refuse, as the prompt's form tells it."""

from __future__ import annotations

from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.models import Model, PromptVersion, RejectedParameter
from conversations.providers import endpoint


class Rejection(NamedTuple):
    id: str
    model: str
    parameter: str
    since: str

    def warning(self, help_text: object) -> SafeString:
        return format_html(
            '{} <strong class="refused-parameter">{} refused it: left out since {}. <a href="{}">See why, or try again</a></strong>',
            help_text,
            self.model,
            self.since,
            reverse("admin:conversations_rejectedparameter_change", args=[self.id]),
        )


def effective_model(model: str) -> str:
    """The model that answers for a prompt that names `model`, or none."""
    configured = endpoint.configured()
    return model or (configured.model if configured else "")


def refused(model: str) -> dict[str, Rejection]:
    """By parameter: what the configured provider's `model` (empty: its default one) has refused."""
    configured = endpoint.configured()
    rows = RejectedParameter.objects.filter(model=effective_model(model))
    if configured:
        rows = rows.filter(base_url=configured.base_url)
    return {
        row.parameter: Rejection(str(row.pk), row.model, row.parameter, date_format(timezone.localtime(row.created), "DATE_FORMAT"))
        for row in rows
    }


def known_models() -> list[str]:
    """Models to offer: what providers have, the default one and those that other prompts use."""
    offered = Model.objects.filter(enabled=True, provider__enabled=True).values_list("name", flat=True)
    used = PromptVersion.objects.exclude(model="").order_by().values_list("model", flat=True).distinct()
    return sorted({*used, *offered, effective_model("")} - {""})
