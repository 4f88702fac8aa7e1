"""The draft of a prompt: saved while it is typed, begun from a version, and discarded."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from conversations.admin.base.draft_state import told
from conversations.models import SystemPrompt, User
from conversations.studio import copies, drafts, fragment_texts

from . import costs
from .labels import LabelPages
from .opened import draft_state, opened_wording
from .warnings import of_text
from .wording_fields import WORDING, DraftForm


class DraftPages(LabelPages):
    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        begin, duplicate = view(require_POST(self.begin_view)), view(require_POST(self.duplicate_view))
        return [
            path(
                "<uuid:prompt>/draft/",
                view(require_http_methods(["GET", "POST"])(self.draft_view)),
                name="conversations_systemprompt_draft",
            ),
            path("<uuid:prompt>/draft/discard/", view(self.discard_view), name="conversations_systemprompt_discard"),
            path("<uuid:prompt>/versions/<int:number>/draft/", begin, name="conversations_systemprompt_begin"),
            path("<uuid:prompt>/duplicate/", duplicate, name="conversations_systemprompt_duplicate"),
            *super().get_urls(),
        ]

    @transaction.atomic
    def draft_view(self, request: HttpRequest, prompt: UUID) -> HttpResponse:
        """Who saved the draft last, and how often it was saved. A POST saves what was typed; JSON both ways.

        409 where it was changed since it was opened, 422 with `errors` by the field’s label where it can't be saved.
        """
        found: SystemPrompt = self.row_to_change(request, prompt)
        if request.method == "GET":
            return JsonResponse(told(request, found.published, drafts.of(found)))
        form = DraftForm(request.POST)
        if not form.has_wording:
            return JsonResponse({"errors": {form[name].label: form.errors[name] for name in WORDING if name in form.errors}}, status=422)
        found = drafts.locked(found)
        current = drafts.edited(found)
        if current not in (opened_wording(form.cleaned_data.get("opened")), form.wording):
            return JsonResponse(told(request, found.published, drafts.of(found)), status=409)
        drafts.save(found, form.wording, cast("User", request.user))
        said = {"problems": of_text(form.wording), "token_dollars": costs.token_dollars(form.wording["model"])}
        return JsonResponse({**told(request, found.published, drafts.of(found)), "opened": draft_state(found), **said})

    @transaction.atomic
    def discard_view(self, request: HttpRequest, prompt: UUID) -> HttpResponse:
        """GET asks, with what would be lost; POST discards the draft, if it is still the one that was shown."""
        found = drafts.locked(self.row_to_change(request, prompt))
        draft = drafts.of(found)
        if draft is None or found.published is None:
            messages.info(request, "There is no draft to discard.")
            return redirect("admin:conversations_systemprompt_change", found.pk)
        if request.method == "POST" and request.POST.get("revision") == str(draft.revision):
            draft.delete()
            self.log_change(request, found, "Discarded the draft.")
            messages.success(request, f"The draft was discarded. The form shows version {found.published.number}, which is live.")
            return redirect("admin:conversations_systemprompt_change", found.pk)
        if request.method == "POST":
            messages.error(request, "The draft was changed in the meantime. Look at it again before you discard it.")
        changes = fragment_texts.compared(found.published, draft)
        return self.row_page(request, "discard", found, f"Discard the draft of “{found.name}”", draft=draft, difference=changes)

    @transaction.atomic
    def begin_view(self, request: HttpRequest, prompt: UUID, number: int) -> HttpResponse:
        """Makes what a version says the draft, unless there is another one."""
        found: SystemPrompt = self.row_to_change(request, prompt)
        version = get_object_or_404(found.versions, number=number)
        try:
            drafts.begin_from(found, version, cast("User", request.user))
        except drafts.DraftInTheWay:
            messages.error(request, "There is a draft that says something else. Publish or discard it first.")
        else:
            messages.success(request, f"What version {number} says is in the form now. Chats don’t use it until you publish it.")
        return redirect("admin:conversations_systemprompt_change", found.pk)

    @transaction.atomic
    def duplicate_view(self, request: HttpRequest, prompt: UUID) -> HttpResponse:
        found: SystemPrompt = self.row(request, prompt)
        if not self.has_add_permission(request):
            raise PermissionDenied
        made = copies.copy(found, cast("User", request.user))
        self.log_addition(request, made, f"A copy of “{found.name}”.")
        messages.success(request, "This is the copy. Users can’t choose it until it is published.")
        return redirect("admin:conversations_systemprompt_change", made.pk)
