"""Messages for support: what made them, how they ended, what they took. Their parts are never shown here."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from conversations.admin.attempts.figures import dollars
from conversations.admin.base.causes import may_see_causes
from conversations.admin.base.outcomes import label
from conversations.models import Conversation, Message, User

from .columns import MessageColumns
from .filters import ErrorKindFilter, MadeFilter

SHOWN_ATTEMPTS = 50


@admin.register(Message)
class MessageAdmin(MessageColumns):
    list_display = ("short_id", "made", "owner", "role", "ended", "model", "made_by", "tokens_in_out")
    list_filter = (MadeFilter, "role", "status", ErrorKindFilter)
    list_select_related = ("owner", "prompt_version__prompt")
    ordering = ("-id",)
    lookups = (
        *("conversation__id__exact", "owner__id__exact", "prompt_version__id__exact", "role__exact", "status__exact"),
        *(MadeFilter.parameter_name, ErrorKindFilter.parameter_name),
    )
    id_search: ClassVar = {"id": Message, "conversation": Conversation, "request_id": None, "owner": User}
    search_hint = (
        "Finds messages by the reference of a failed answer, an id or its end (message, conversation, request or owner), the address of a "
        "conversation, a user name or an email address. What was said is not searched."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).defer("parts", "error_cause", "prompt_version__text")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [
            *("id", "in_conversation", "owner", "in_reply_to", "role", "status", "size"),
            *("made_by", "model", "parameters", "finish_reason", "error"),
            *(["error_cause"] if may_see_causes(request.user) else []),
            *("tokens", "cost", "request_id", "created", "started", "waited", "took", "finished", "lease_until"),
        ]
        return self._unnamed(request, fields)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # it would tear the conversation's tree; conversations are deleted whole

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        message = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if message and request.user.has_perm("conversations.view_attempt"):
            rows = message.attempts.select_related("provider", "key").defer("cause").order_by("id")[:SHOWN_ATTEMPTS]
            context["attempts"] = [(row, label(row.outcome), dollars(row.cost)) for row in rows]
            context["shown_attempts"] = SHOWN_ATTEMPTS
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})
