"""The draft of a fragment: saved while it is typed, and discarded."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from conversations.admin.base.draft_state import told
from conversations.admin.base.row_pages import RowPages
from conversations.models import Fragment, User
from conversations.studio import fragment_drafts

from .form import FragmentDraftForm, draft_state, opened_text


class FragmentDrafting(RowPages):
    row_name = "fragment"
    row_related = ("current",)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        draft = view(require_http_methods(["GET", "POST"])(self.draft_view))
        return [
            path("<uuid:fragment>/draft/", draft, name="conversations_fragment_draft"),
            path("<uuid:fragment>/draft/discard/", view(require_POST(self.discard_view)), name="conversations_fragment_discard"),
            *super().get_urls(),
        ]

    @transaction.atomic
    def draft_view(self, request: HttpRequest, fragment: UUID) -> HttpResponse:
        """As a prompt's: who saved the draft last, and how often it was saved. A POST saves what was typed; JSON both ways.

        409 where it was changed since it was opened, 422 with `errors` by the field’s label where it can't be saved.
        """
        found: Fragment = self.row_to_change(request, fragment)
        if request.method == "GET":
            return JsonResponse(told(request, found.current, fragment_drafts.of(found)))
        form = FragmentDraftForm(request.POST)
        if "text" not in form.fields or form.errors.get("text"):
            return JsonResponse({"errors": {"Text": form.errors["text"]}}, status=422)
        found, text = fragment_drafts.locked(found), form.cleaned_data["text"]
        if fragment_drafts.edited(found) not in (opened_text(form.cleaned_data.get("opened")), text):
            return JsonResponse(told(request, found.current, fragment_drafts.of(found)), status=409)
        fragment_drafts.save(found, text, cast("User", request.user))
        return JsonResponse({**told(request, found.current, fragment_drafts.of(found)), "opened": draft_state(found)})

    @transaction.atomic
    def discard_view(self, request: HttpRequest, fragment: UUID) -> HttpResponse:
        """Discards the draft, if it is still the one whose changes were shown."""
        found: Fragment = self.row_to_change(request, fragment)
        try:
            fragment_drafts.discard(found, request.POST.get("opened", ""))
        except fragment_drafts.DraftChanged:
            messages.error(request, "The draft was changed in the meantime. Look at it again before you discard it.")
            return redirect("admin:conversations_fragment_publish", found.pk)
        self.log_change(request, found, "Discarded the draft.")
        messages.success(request, "The draft was discarded. The form shows the current version.")
        return redirect("admin:conversations_fragment_change", found.pk)
