"""Conversations for support: whose, when, how many messages. What they say stays closed (see `reading`)."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.db import transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse

from conversations.admin.base import deletion
from conversations.admin.base.outcomes import label
from conversations.admin.base.shown import NOTHING, ago, short
from conversations.commands import deletion as conversation_deletion
from conversations.models import Conversation, Message, User

from .reading import ReadingPage, may_read

SHOWN_MESSAGES = 100


@admin.register(Conversation)
class ConversationAdmin(ReadingPage):
    list_display = ("short_id", "owner", "prompt", "messages", "marks", "made", "continued")
    list_filter = ("pinned", "archived", "temporary", "updated")
    list_select_related = ("owner", "prompt")
    fields = ("id", "owner", "prompt", "messages", "title_source", "pinned", "archived", "temporary", "created", "updated")
    lookups = (
        *("owner__id__exact", "prompt__id__exact", "pinned__exact", "archived__exact", "temporary__exact"),
        *("updated__gte", "updated__lt", "owner__visitor__widget__id__exact"),
    )
    id_search: ClassVar = {"id": Conversation, "message": Message, "owner": User}
    search_hint = (
        "Finds conversations by their address, an id or its end (conversation, message or owner), the reference of a failed answer, or "
        "their owner’s username or email address. Titles and messages are not searched."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        messages = Message.objects.filter(conversation=OuterRef("pk")).order_by().values("conversation").annotate(number=Count("*"))
        return super().get_queryset(request).defer("title").annotate(_messages=Coalesce(Subquery(messages.values("number")), 0))

    def _with_ids(self, ids: list[UUID]) -> Q:
        of_messages = Message.objects.filter(pk__in=ids).order_by().values("conversation")
        return Q(id__in=ids) | Q(id__in=of_messages) | Q(owner__in=ids)

    @admin.display(description="id", ordering="id")
    def short_id(self, conversation: Conversation) -> str:
        return short(conversation.pk)

    @admin.display(description="marked")
    def marks(self, conversation: Conversation) -> str:
        return ", ".join(name for name in ("pinned", "archived", "temporary") if getattr(conversation, name)) or NOTHING

    @admin.display(description="created", ordering="created")
    def made(self, conversation: Conversation) -> str:
        return ago(conversation.created)

    @admin.display(description="updated", ordering="updated")
    def continued(self, conversation: Conversation) -> str:
        return ago(conversation.updated)

    @admin.display(ordering="_messages")
    def messages(self, conversation: Conversation) -> str:
        return f"{conversation._messages:,}"  # type: ignore[attr-defined]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        conversation = self.get_object(request, object_id)
        messages = conversation.messages if conversation else Message.objects.none()
        latest = messages.select_related("prompt_version__prompt").defer("error_cause", "prompt_version__text").order_by("-id")
        context = {
            "rows": [(message, label(message.error_kind)) for message in reversed(latest[:SHOWN_MESSAGES])],
            "shown_messages": SHOWN_MESSAGES,
            "may_read": may_read(request),
            "may_see_attempts": request.user.has_perm("conversations.view_attempt"),
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    # Deleting

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        conversations = list(objs)
        return deletion.summary(conversations, {Message: Message.objects.filter(conversation__in=conversations).count()})

    def delete_model(self, request: HttpRequest, obj: Conversation) -> None:
        conversation_deletion.announce([obj])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> None:
        with transaction.atomic():
            conversation_deletion.announce(queryset)
            super().delete_queryset(request, queryset)
