"""The review queue: which answers are to be looked at, without what they say. That is on the page of an item, on the record."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse

from conversations.admin.base.shown import NOTHING, ago, short
from conversations.admin.base.version_link import version_link
from conversations.models import Feedback, ReviewItem

from .filters import ReviewedPromptFilter, StateFilter
from .pages import ReviewPages


@admin.register(ReviewItem)
class ReviewItemAdmin(ReviewPages):
    list_display = ("answer", "reason", "tags", "answered_by", "answering_model", "begun", "with_whom", "state")
    list_display_links = ("answer",)
    list_filter = (StateFilter, "reason", "outcome", ReviewedPromptFilter)
    list_select_related = ("message__prompt_version__prompt", "assignee")
    sortable_by = ()
    lookups = ("reason__exact", "outcome__exact", StateFilter.parameter_name, ReviewedPromptFilter.parameter_name)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReviewItem]:
        without = ("note", "message__parts", "message__error_cause", "message__prompt_version__text")
        tags = Prefetch("message__feedback", Feedback.objects.defer("words"))
        return super().get_queryset(request).defer(*without).prefetch_related(tags)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-reason", "-message")

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ()

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        return queryset, False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "title": "Review queue"})

    @admin.display(description="answer")
    def answer(self, item: ReviewItem) -> str:
        return short(item.message_id)

    @admin.display(description="tags")
    def tags(self, item: ReviewItem) -> str:
        return ", ".join(label for feedback in item.message.feedback.all() for label in feedback.tag_labels) or NOTHING

    @admin.display(description="prompt")
    def answered_by(self, item: ReviewItem) -> str:
        return version_link(item.message.prompt_version)

    @admin.display(description="model")
    def answering_model(self, item: ReviewItem) -> str:
        return item.message.model or NOTHING

    @admin.display(description="answered")
    def begun(self, item: ReviewItem) -> str:
        return ago(item.message.created)

    @admin.display(description="with")
    def with_whom(self, item: ReviewItem) -> str:
        return str(item.assignee or NOTHING)

    @admin.display(description="state")
    def state(self, item: ReviewItem) -> str:
        return item.get_outcome_display() if item.done else "skipped before" if item.skipped else "open"
