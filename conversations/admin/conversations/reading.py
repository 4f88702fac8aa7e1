"""Opening a conversation's content: for who may read it, where the settings allow it, and each time on the record."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path

from conversations.admin.base.read_only import ReadOnlyAdmin
from conversations.admin.base.row_pages import RowPages
from conversations.models import Conversation, Message
from conversations.studio.rights import may_evaluate, may_read_conversations


class ReasonForm(forms.Form):
    reason = forms.CharField(
        required=False,
        max_length=200,
        label="Reason",
        help_text="Kept in the admin log beside your name and the time.",
        widget=forms.TextInput({"class": "vTextField", "autocomplete": "off"}),
    )


def may_read(request: HttpRequest) -> bool:
    return may_read_conversations(request.user)


def read(page: admin.ModelAdmin, request: HttpRequest, conversation: Conversation, why: str = "") -> list[Message]:
    """All that was said in it; that it is read now is in the log. `why`: a sentence."""
    said = list(conversation.messages.order_by("id").prefetch_related("feedback"))
    page.log_change(request, conversation, f"Read the conversation ({len(said)} messages). {why}".strip())
    return said


class ReadingPage(RowPages, ReadOnlyAdmin):
    row_name = "conversation"

    def get_urls(self) -> list[Any]:
        read = self.admin_site.admin_view(self.read_view)
        return [path("<uuid:conversation>/read/", read, name="conversations_conversation_read"), *super().get_urls()]

    def read_view(self, request: HttpRequest, conversation: UUID) -> HttpResponse:
        """GET asks, POST writes the log entry and then shows what was said."""
        if not may_read(request):
            raise PermissionDenied
        found = get_object_or_404(Conversation.objects.select_related("owner"), pk=conversation)
        form = ReasonForm(request.POST if request.method == "POST" else None)
        said = None
        if request.method == "POST" and form.is_valid():
            reason = form.cleaned_data["reason"]
            said = read(self, request, found, f"Reason: {reason}" if reason else "")
        makes_cases = may_evaluate(request.user)
        return self.row_page(request, "read", found, f"Conversation {found.pk}", form=form, said=said, makes_cases=makes_cases)
