"""The draft of a fragment: saved while it is typed, and discarded."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

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
        found = self._to_edit(request, fragment)
        if request.method == "GET":
            return JsonResponse(self._told(request, found))
        form = FragmentDraftForm(request.POST)
        if "text" not in form.fields or form.errors.get("text"):
            return JsonResponse({"errors": {"Text": form.errors["text"]}}, status=422)
        found, text = fragment_drafts.locked(found), form.cleaned_data["text"]
        if fragment_drafts.edited(found) not in (opened_text(form.cleaned_data.get("opened")), text):
            return JsonResponse(self._told(request, found), status=409)
        fragment_drafts.save(found, text, cast("User", request.user))
        return JsonResponse({**self._told(request, found), "opened": draft_state(found)})

    def _told(self, request: HttpRequest, fragment: Fragment) -> dict[str, Any]:
        draft = fragment_drafts.of(fragment)
        return {
            "version": fragment.current.number if fragment.current else 0,
            "revision": draft.revision if draft else 0,
            "author": draft.author.get_username() if draft and draft.author else "",
            "is_own": bool(draft and draft.author_id == request.user.pk),
        }

    @transaction.atomic
    def discard_view(self, request: HttpRequest, fragment: UUID) -> HttpResponse:
        """Discards the draft, if it is still the one whose changes were shown."""
        found = self._to_edit(request, fragment)
        try:
            fragment_drafts.discard(found, request.POST.get("opened", ""))
        except fragment_drafts.DraftChanged:
            messages.error(request, "The draft was changed in the meantime. Look at it again before you discard it.")
            return redirect("admin:conversations_fragment_publish", found.pk)
        self.log_change(request, found, "Discarded the draft.")
        messages.success(request, "The draft was discarded. The form shows the current version.")
        return redirect("admin:conversations_fragment_change", found.pk)

    def _to_edit(self, request: HttpRequest, pk: UUID) -> Fragment:
        found: Fragment = self.row(request, pk)
        if not self.has_change_permission(request, found):
            raise PermissionDenied
        return found
