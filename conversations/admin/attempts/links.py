"""From an attempt to what it was made for and to the provider and key that were used."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from conversations.admin.base.read_only import ReadOnlyAdmin
from conversations.admin.base.shown import NOTHING, short
from conversations.admin.base.version_link import version_link
from conversations.models import Attempt, AttemptKind, File, FileKind, Message


class AttemptLinks(ReadOnlyAdmin):
    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Attempt | None:
        """Knows its viewer: its links lead only where they may."""
        attempt: Attempt | None = super().get_object(request, object_id, from_field)
        if attempt is not None:
            attempt._viewer = request.user  # type: ignore[attr-defined]
        return attempt

    @admin.display(description="message")
    def reply_link(self, attempt: Attempt) -> str | SafeString:
        return _link(attempt, "message", _message(attempt))

    @admin.display(description="conversation")
    def conversation_link(self, attempt: Attempt) -> str | SafeString:
        message = _message(attempt)
        return _link(attempt, "conversation", message and message.conversation)

    @admin.display(description="passage")
    def passage_link(self, attempt: Attempt) -> str:
        """Which characters of the answer were read aloud: what they say is shown with the message, for who may see it."""
        if attempt.passage_start is None or attempt.passage_end is None:
            return NOTHING
        return f"characters {attempt.passage_start:,} to {attempt.passage_end:,} of the answer"

    @admin.display(description="files")
    def files_links(self, attempt: Attempt) -> str | SafeString:
        """The recording that was transcribed, or the pictures that were made."""
        if attempt.for_file is not None:
            found = list(File.objects.filter(pk=attempt.for_file).defer("text"))
            return _link(attempt, "file", found[0]) if found else "deleted"
        if attempt.kind != AttemptKind.PICTURES or attempt.reply_id is None:
            return NOTHING
        made = File.objects.filter(attachments__message=attempt.reply_id, kind=FileKind.IMAGE).defer("text").order_by("pk")
        links = [(_link(attempt, "file", one),) for one in made]
        return format_html_join(", ", "{}", links) if links else NOTHING

    @admin.display(description="owner")
    def owner_link(self, attempt: Attempt) -> str | SafeString:
        owner = _related(attempt, "owner")
        return _link(attempt, "user", owner) if owner is None or _may_view(attempt, "user") else short(owner.pk)

    @admin.display(description="API token")
    def token_link(self, attempt: Attempt) -> str | SafeString:
        """Its name may say whose it is."""
        token = _related(attempt, "token")
        is_seen = _may_view(attempt, "apitoken") and _may_view(attempt, "user")
        return _link(attempt, "apitoken", token) if token is None or is_seen else short(token.pk)

    @admin.display(description="prompt")
    def version_link(self, attempt: Attempt) -> str | SafeString:
        version = _related(attempt, "prompt_version")
        if version is None or not _may_view(attempt, "systemprompt"):
            return str(version) if version else NOTHING
        return version_link(version)

    @admin.display(description="provider")
    def provider_link(self, attempt: Attempt) -> str | SafeString:
        return _link(attempt, "provider", _related(attempt, "provider"))

    @admin.display(description="API key")
    def key_link(self, attempt: Attempt) -> str | SafeString:
        return _link(attempt, "apikey", _related(attempt, "key"))


def _may_view(attempt: Attempt, model: str) -> bool:
    viewer = attempt._viewer  # type: ignore[attr-defined]
    return bool(viewer.has_perm(f"conversations.view_{model}") or viewer.has_perm(f"conversations.change_{model}"))


def _related(attempt: Attempt, name: str) -> Any:
    """What the row points to; None where that is gone: rows outlive what they were made for."""
    try:
        return getattr(attempt, name)
    except ObjectDoesNotExist:
        return None


def _message(attempt: Attempt) -> Message | None:
    """The one that it was made for, or of which a part was read aloud."""
    reply: Message | None = _related(attempt, "reply")
    if reply is not None or attempt.for_message is None:
        return reply
    return Message.objects.filter(pk=attempt.for_message).select_related("conversation").first()


def _link(attempt: Attempt, model: str, thing: Any) -> str | SafeString:
    if thing is None:
        return NOTHING
    if not _may_view(attempt, model):
        return str(thing)
    return format_html('<a href="{}">{}</a>', reverse(f"admin:conversations_{model}_change", args=[thing.pk]), thing)
