"""The page of an item of the review queue: the conversation with the answer in question, and what the reviewer makes of it."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from conversations.admin.base.read_only import ReadOnlyAdmin
from conversations.admin.base.row_pages import RowPages
from conversations.admin.conversations.reading import may_read, read
from conversations.evaluation import review_queue
from conversations.models import MAX_NOTE_CHARACTERS, ReviewItem, ReviewOutcome, User
from conversations.studio.rights import may_evaluate

LOST = "Another reviewer has this one by now, or it was deleted."


class OutcomeForm(forms.Form):
    outcome = forms.ChoiceField(choices=ReviewOutcome.choices, widget=forms.RadioSelect, error_messages={"required": "Choose one."})
    note = forms.CharField(
        required=False,
        max_length=MAX_NOTE_CHARACTERS,
        widget=forms.Textarea({"rows": 3, "class": "vLargeTextField"}),
        help_text="For other reviewers. It is deleted with the answer.",
    )


class ReviewPages(RowPages, ReadOnlyAdmin):
    """For who may read conversations. Who looks at an item has it assigned to them, and each look is on the record."""

    row_name = "item"
    row_related = ("message__conversation__owner", "message__prompt_version__prompt", "assignee")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        named = (
            ("next/", require_POST(self.next_view), "next"),
            ("<uuid:item>/change/", self.item_view, "change"),
            ("<uuid:item>/take/", require_POST(self.take_view), "take"),
            ("<uuid:item>/skip/", require_POST(self.skip_view), "skip"),
        )
        return [*(path(place, view(page), name=f"conversations_reviewitem_{name}") for place, page, name in named), *super().get_urls()]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_read(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_read(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # it goes with its answer

    def next_view(self, request: HttpRequest) -> HttpResponse:
        """To what is next for this user, which is theirs from then on."""
        if not may_read(request):
            raise PermissionDenied
        if item := review_queue.claim_next(cast("User", request.user)):
            return redirect("admin:conversations_reviewitem_change", item.pk)
        messages.info(request, "Nothing is left to be reviewed.")
        return redirect("admin:conversations_reviewitem_changelist")

    def take_view(self, request: HttpRequest, item: UUID) -> HttpResponse:
        """Assign it to this user, where its reviewer, or that it has none, is still as the page showed it."""
        found: ReviewItem = self.row(request, item)
        is_as_opened = str(request.POST.get("assignee", "")) == str(found.assignee_id or "")
        if not (is_as_opened and review_queue.claim(found, cast("User", request.user))):
            messages.error(request, "Another reviewer took it in the meantime. Look again, then choose.")
        return redirect("admin:conversations_reviewitem_change", found.pk)

    def skip_view(self, request: HttpRequest, item: UUID) -> HttpResponse:
        found: ReviewItem = self.row(request, item)
        if not review_queue.skip(found, cast("User", request.user)):
            messages.error(request, LOST)
        return self.next_view(request)

    def item_view(self, request: HttpRequest, item: UUID) -> HttpResponse:
        """GET shows, to whom it is assigned, what was said; POST says what came of it."""
        found: ReviewItem = self.row(request, item)
        user = cast("User", request.user)
        form = OutcomeForm(request.POST if request.method == "POST" else None, initial={"outcome": found.outcome, "note": found.note})
        if request.method == "POST" and form.is_valid():
            return self._finish(request, found, form)
        conversation = found.message.conversation
        said = read(self, request, conversation, "For review.") if found.is_with(user) else None
        return self.row_page(
            request,
            "item",
            found,
            "Review an answer",
            form=form,
            said=said,
            conversation=conversation,
            marked=found.message_id,
            makes_cases=may_evaluate(user),
            left=ReviewItem.objects.open().exclude(pk=found.pk).count(),
        )

    def _finish(self, request: HttpRequest, item: ReviewItem, form: OutcomeForm) -> HttpResponse:
        outcome = ReviewOutcome(form.cleaned_data["outcome"])
        if not review_queue.finish(item, cast("User", request.user), outcome, form.cleaned_data["note"]):
            messages.error(request, LOST)
            return redirect("admin:conversations_reviewitem_changelist")
        self.log_change(request, item, f"Reviewed: {outcome.label}.")
        messages.success(request, f"Reviewed: {outcome.label}.")
        return self.next_view(request) if "_next" in request.POST else redirect("admin:conversations_reviewitem_changelist")
