"""Feedback with its words. These are content: the list is for who may read conversations, and each look at words is recorded."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from conversations.admin.base.read_only import ReadOnlyAdmin
from conversations.admin.base.shown import NOTHING, ago
from conversations.admin.base.version_link import version_link
from conversations.admin.conversations.reading import may_read
from conversations.models import Feedback, User

from .filters import PromptFilter, TagFilter


@admin.register(Feedback)
class FeedbackAdmin(ReadOnlyAdmin):
    list_display = ("given", "thumb", "tag_names", "words", "answered_by", "answering_model", "conversation")
    list_display_links = None
    list_filter = ("thumb", TagFilter, PromptFilter)
    list_select_related = ("message__prompt_version__prompt",)
    ordering = ("-id",)
    sortable_by = ()
    # Without the words: what this page shows is not recorded.
    fields = ("id", "thumb", "tag_names", "answered_by", "answering_model", "conversation", "created", "updated")
    lookups = ("thumb__exact", "message__prompt_version__id__exact", TagFilter.parameter_name, PromptFilter.parameter_name)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feedback]:
        return super().get_queryset(request).defer("message__parts", "message__error_cause", "message__prompt_version__text")

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ()

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        return queryset, False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_read(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # it goes with its message

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        read = [feedback for feedback in shown["cl"].result_list if feedback.words] if "cl" in shown else []
        if read:
            LogEntry.objects.create(
                user=cast("User", request.user),
                content_type=ContentType.objects.get_for_model(Feedback),
                object_repr="Feedback",
                action_flag=CHANGE,
                change_message=f"Read the words of {', '.join(str(feedback.pk) for feedback in read)}.",
            )
        return response

    @admin.display(description="given")
    def given(self, feedback: Feedback) -> str:
        return ago(feedback.updated)

    @admin.display(description="tags")
    def tag_names(self, feedback: Feedback) -> str:
        return ", ".join(feedback.tag_labels) or NOTHING

    @admin.display(description="prompt")
    def answered_by(self, feedback: Feedback) -> str:
        return version_link(feedback.message.prompt_version)

    @admin.display(description="model")
    def answering_model(self, feedback: Feedback) -> str:
        return feedback.message.model or NOTHING

    @admin.display(description="conversation")
    def conversation(self, feedback: Feedback) -> str:
        url = reverse("admin:conversations_conversation_read", args=[feedback.message.conversation_id])
        return format_html('<a href="{}">Read</a>', url)
