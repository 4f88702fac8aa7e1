"""The columns of the list of prompts."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from conversations.admin.base.shown import NOTHING, ago
from conversations.models import Audience, SystemPrompt


class PromptColumns(admin.ModelAdmin):
    @admin.display(description="status", ordering="published__number")
    def published_as(self, prompt: SystemPrompt) -> SafeString:
        states = [(f"version {prompt.published.number}" if prompt.published else "not published", "")]
        if hasattr(prompt, "draft"):
            states.append(("draft", "state-draft"))
        if scheduled := getattr(prompt, "scheduled", None):
            when = "not published" if scheduled.stopped else f"live on {date_format(timezone.localtime(scheduled.at), 'j M, H:i T')}"
            states.append((f"version {scheduled.version.number} {when}", "state-draft"))
        if running := prompt.experiment:
            states.append((f"experiment: version {running.candidate.number} in {running.share} %", "state-draft"))
        if prompt.is_default:
            states.append(("default", "state-default"))
        if prompt.audience == Audience.NOBODY:
            states.append(("hidden", "state-hidden"))
        if count := prompt._comments:  # type: ignore[attr-defined]
            states.append((f"{count} open comment{'s' if count > 1 else ''}", "state-hidden"))
        if prompt.archived:
            states.append(("archived", "state-hidden"))
        return format_html_join(" ", '<span class="state {1}">{0}</span>', states)

    @admin.display(description="tags")
    def tag_names(self, prompt: SystemPrompt) -> str | SafeString:
        address = reverse("admin:conversations_systemprompt_changelist")
        chips = [(address, urlencode({"tag": tag}), tag) for tag in prompt.tags]
        return format_html_join(" ", '<a class="state state-hidden" href="{}?{}">{}</a>', chips) or NOTHING

    @admin.display(description="model", ordering="published__model")
    def answering_model(self, prompt: SystemPrompt) -> str:
        return (prompt.published.model if prompt.published else "") or "provider’s default"

    @admin.display(description="answers", ordering="_answers")
    def answers(self, prompt: SystemPrompt) -> str:
        return f"{prompt._answers:,}"  # type: ignore[attr-defined]

    @admin.display(description="last used", ordering="_last_used")
    def last_used(self, prompt: SystemPrompt) -> str:
        return ago(prompt._last_used, "never")  # type: ignore[attr-defined]

    @admin.display(ordering="published__created")
    def updated(self, prompt: SystemPrompt) -> str:
        return ago(prompt.published.created if prompt.published else prompt.created)
