"""Files for support: whose, how large, in which state. Neither their names nor what is in them are shown here."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from conversations.admin.base.read_only import ReadOnlyAdmin
from conversations.admin.base.shown import NOTHING, ago, short
from conversations.files import quota
from conversations.models import Conversation, File, User
from conversations.studio.rights import may_read_conversations

from . import storage

SHOWN_CONVERSATIONS = 20


@admin.register(File)
class FileAdmin(ReadOnlyAdmin):
    list_display = ("short_id", "owner", "kind", "content_type", "bytes", "state", "in_messages", "made")
    list_filter = ("kind", "state")
    list_select_related = ("owner",)
    fields = (
        "id",
        "owner",
        "kind",
        "content_type",
        "bytes",
        "pages",
        "pixels",
        "tokens",
        "state",
        "conversations",
        "made",
        "waiting_since",
    )
    lookups = ("owner__id__exact", "kind__exact", "state__exact")
    id_search: ClassVar = {"id": File, "owner": User}
    search_hint = (
        "Finds files by their id or its end, and by their owner’s id, username or email address. Names and contents are not searched."
    )
    change_list_template = "admin/conversations/file/change_list.html"
    change_form_template = "admin/conversations/file/change_form.html"

    def has_delete_permission(self, request: HttpRequest, obj: File | None = None) -> bool:
        return False  # they go with the conversations that hold them

    def get_queryset(self, request: HttpRequest) -> QuerySet[File]:
        return super().get_queryset(request).defer("name", "digest", "text", "problem").annotate(_messages=Count("attachments"))

    @admin.display(description="id", ordering="id")
    def short_id(self, file: File) -> str:
        return short(file.pk)

    @admin.display(description="size", ordering="size")
    def bytes(self, file: File) -> str:
        return quota.in_words(file.size)

    @admin.display(description="messages with it", ordering="_messages")
    def in_messages(self, file: File) -> str:
        return f"{file._messages:,}"  # type: ignore[attr-defined]

    @admin.display(description="created", ordering="created")
    def made(self, file: File) -> str:
        return ago(file.created)

    @admin.display(description="size in pixels")
    def pixels(self, file: File) -> str:
        return f"{file.width:,} × {file.height:,}" if file.width and file.height else NOTHING

    @admin.display
    def conversations(self, file: File) -> str | SafeString:
        held_in = Conversation.objects.filter(messages__attachments__file=file).distinct().order_by("-id")[:SHOWN_CONVERSATIONS]
        links = [(reverse("admin:conversations_conversation_change", args=[one.pk]), short(one.pk)) for one in held_in.only("pk")]
        return format_html_join(", ", '<a href="{}">{}</a>', links) or NOTHING

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {**(extra_context or {}), **storage.context(request)})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        file = self.get_object(request, object_id)
        opens = file is not None and bool(file.content) and file.attachments.exists() and may_read_conversations(request.user)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "may_open": opens})
