"""What the list of messages and the page of one show."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from conversations.admin.base.outcomes import label, meaning
from conversations.admin.base.read_only import ReadOnlyAdmin
from conversations.admin.base.shown import NOTHING, ago, short
from conversations.admin.base.version_link import version_link
from conversations.models import Message
from conversations.usage.ledger.amounts import exact_dollars


class MessageColumns(ReadOnlyAdmin):
    @admin.display(description="id", ordering="id")
    def short_id(self, message: Message) -> str:
        return short(message.pk)

    @admin.display(description="created", ordering="id")
    def made(self, message: Message) -> str:
        return ago(message.created)

    @admin.display(description="prompt")
    def made_by(self, message: Message) -> str:
        return version_link(message.prompt_version)

    @admin.display(description="status", ordering="status")
    def ended(self, message: Message) -> str:
        unusual = label(message.error_kind) or (message.finish_reason if message.finish_reason != "stop" else "")
        return f"{message.status}: {unusual}" if unusual else message.status

    @admin.display(description="error")
    def error(self, message: Message) -> str:
        return meaning(message.error_kind) if message.error_kind else NOTHING

    @admin.display(description="tokens")
    def tokens_in_out(self, message: Message) -> str:
        usage = message.usage if isinstance(message.usage, dict) else {}
        counts = [f"{count:,}" if isinstance(count := usage.get(name), int) else "?" for name in ("input_tokens", "output_tokens")]
        return " → ".join(counts) if usage else NOTHING

    @admin.display(description="tokens")
    def tokens(self, message: Message) -> str:
        return token_summary(message.usage)

    @admin.display(description="cost")
    def price(self, message: Message) -> str:
        if message.cost is None:
            return "unknown" if message.usage else NOTHING
        return exact_dollars(message.cost) if message.usage else NOTHING

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
        for name, label in (
            ("input_tokens", "in"),
            ("cached_tokens", "cached"),
            ("output_tokens", "out"),
            ("reasoning_tokens", "reasoning"),
        )
        if isinstance(usage.get(name), int)
    ]
    return (", ".join(known) + (" (estimated)" if usage.get("estimated") else "")) or NOTHING


def _seconds(start: datetime | None, end: datetime | None) -> str:
    return f"{(end - start).total_seconds():.2f} s" if start and end else NOTHING
