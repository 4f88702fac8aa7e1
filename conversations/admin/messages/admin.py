"""Messages for support: what made them, how they ended, what they took. Their parts are never shown here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from conversations.admin.attempts.admin import dollars
from conversations.admin.base.read_only import ReadOnlyAdmin
from conversations.admin.base.shown import NOTHING, ago, short
from conversations.models import Message
from conversations.providers.errors import SENTENCES

from .filters import ErrorKindFilter, MadeFilter

SHOWN_ATTEMPTS = 50


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ("short_id", "made", "owner", "role", "ended", "model", "made_by", "tokens_in_out")
    list_filter = (MadeFilter, "role", "status", ErrorKindFilter)
    list_select_related = ("owner", "prompt_version__prompt")
    ordering = ("-id",)
    lookups = (
        *("conversation__id__exact", "owner__id__exact", "prompt_version__id__exact", "role__exact", "status__exact"),
        *(MadeFilter.parameter_name, ErrorKindFilter.parameter_name),
    )
    id_search = ("id", "conversation", "request_id", "owner")
    search_hint = (
        "Finds messages by an id (message, conversation, request or owner), a user name or an email address. What was said is not searched."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).defer("parts", "error_cause", "prompt_version__text")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [
            *("id", "in_conversation", "owner", "in_reply_to", "role", "status", "size"),
            *("made_by", "model", "parameters", "finish_reason", "error"),
            *(["error_cause"] if request.user.is_superuser else []),
            *("tokens", "cost", "feedback", "request_id", "created", "started", "waited", "took", "finished", "lease_until"),
        ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # it would tear the conversation's tree; conversations are deleted whole

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        message = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if message and request.user.has_perm("conversations.view_attempt"):
            rows = message.attempts.select_related("provider", "key").defer("cause").order_by("id")[:SHOWN_ATTEMPTS]
            context["attempts"] = [(row, dollars(row.cost)) for row in rows]
            context["shown_attempts"] = SHOWN_ATTEMPTS
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    @admin.display(description="id", ordering="id")
    def short_id(self, message: Message) -> str:
        return short(message.pk)

    @admin.display(description="created", ordering="id")
    def made(self, message: Message) -> str:
        return ago(message.created)

    @admin.display(description="prompt")
    def made_by(self, message: Message) -> str:
        version = message.prompt_version
        if version is None:
            return NOTHING
        url = reverse("admin:conversations_systemprompt_version", args=[version.prompt_id, version.number])
        return format_html('<a href="{}">{}</a>', url, version)

    @admin.display(description="status", ordering="status")
    def ended(self, message: Message) -> str:
        unusual = message.error_kind or (message.finish_reason if message.finish_reason != "stop" else "")
        return f"{message.status}: {unusual}" if unusual else message.status

    @admin.display(description="error")
    def error(self, message: Message) -> str:
        return f"{message.error_kind}: {SENTENCES.get(message.error_kind, '')}" if message.error_kind else NOTHING

    @admin.display(description="tokens")
    def tokens_in_out(self, message: Message) -> str:
        usage = message.usage if isinstance(message.usage, dict) else {}
        counts = [f"{count:,}" if isinstance(count := usage.get(name), int) else "?" for name in ("input_tokens", "output_tokens")]
        return " → ".join(counts) if usage else NOTHING

    @admin.display(description="tokens")
    def tokens(self, message: Message) -> str:
        return token_summary(message.usage)

    @admin.display(description="conversation")
    def in_conversation(self, message: Message) -> str:
        url = reverse("admin:conversations_conversation_change", args=[message.conversation_id])
        return format_html('<a href="{}">{}</a>', url, message.conversation_id)

    @admin.display(description="in reply to")
    def in_reply_to(self, message: Message) -> str:
        if message.parent_id is None:
            return NOTHING
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:conversations_message_change", args=[message.parent_id]), message.parent_id
        )

    @admin.display(description="size")
    def size(self, message: Message) -> str:
        return f"{message.length:,} characters in {len(message.parts)} part{'' if len(message.parts) == 1 else 's'}"

    @admin.display(description="first token after")
    def waited(self, message: Message) -> str:
        return _seconds(message.started, message.first_token)

    @admin.display(description="took")
    def took(self, message: Message) -> str:
        return _seconds(message.started, message.finished)


def token_summary(usage: Any) -> str:
    """What went in and out, as far as it is known."""
    if not isinstance(usage, dict):
        return NOTHING
    known = [
        f"{usage[name]:,} {label}"
        for name, label in (("input_tokens", "in"), ("cached_tokens", "cached"), ("output_tokens", "out"), ("reasoning_tokens", "thinking"))
        if isinstance(usage.get(name), int)
    ]
    return (", ".join(known) + (" (estimated)" if usage.get("estimated") else "")) or NOTHING


def _seconds(start: datetime | None, end: datetime | None) -> str:
    return f"{(end - start).total_seconds():.2f} s" if start and end else NOTHING
