"""Messages for support: what made them, how they ended, what they took. Their parts are never shown here."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import lookup_field
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from conversations.admin.attempts.figures import dollars
from conversations.admin.base.causes import may_see_causes
from conversations.admin.base.outcomes import label
from conversations.admin.base.permissions import may
from conversations.admin.base.shown import NOTHING
from conversations.models import Conversation, Message, PromptVersion, User
from conversations.rendering.told import Unfilled, without_what_was_given

from .columns import MessageColumns
from .filters import ErrorKindFilter, MadeFilter

SHOWN_ATTEMPTS = 50
FIELDS = (
    (None, ("id", "in_conversation", "owner", "in_reply_to", "role", "size", "created")),
    ("How it ended", ("status", "finish_reason", "error", "error_cause", "note", "lease_until")),
    ("What made it", ("made_by", "model", "parameters")),
    ("What it took", ("tokens", "price", "started", "waited", "took", "finished")),
    ("In logs", ("request_id",)),
)
"""On the page of one message, under these headings."""


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
        "conversation, a username or an email address. What was said is not searched."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).defer("parts", "error_cause", "prompt_version__text")

    def get_fieldsets(self, request: HttpRequest, obj: Message | None = None) -> Any:
        """What there is to say of it: of a user's message not how it ended, of an answer without trouble no error."""
        hidden = () if may_see_causes(request.user) else ("error_cause",)
        groups = [
            (title, [field for field in fields if field not in hidden and (obj is None or self._says_something(obj, field))])
            for title, fields in FIELDS
        ]
        return [(title, {"fields": self._unnamed(request, fields)}) for title, fields in groups if fields]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [field for _, group in self.get_fieldsets(request, obj) for field in group["fields"]]

    def _says_something(self, message: Message, field: str) -> bool:
        _, _, shown = lookup_field(field, message, self)
        return shown not in (None, "", NOTHING) and shown != {}

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
            context["names_keys"] = may(request.user, "view", "apikey")
        if message and message.filled_in and message.prompt_version and may(request.user, "view", "systemprompt"):
            context["told"] = _told(message.prompt_version, message.filled_in)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})


def _told(version: PromptVersion, filled_in: dict[str, Any]) -> dict[str, Any]:
    """What the model was told, with names in place of what is the user's."""
    try:
        told = without_what_was_given(version, filled_in)
    except Unfilled as error:
        return {"problem": str(error)}
    return {"system": told.system, "examples": told.examples, "fragments": sorted(filled_in.get("fragments", {}).items())}
