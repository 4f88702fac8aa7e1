"""What is scheduled to become live: making it so, and cancelling it."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from conversations.models import PromptDraft, ScheduledPublication, SystemPrompt, User
from conversations.studio import drafts, scheduling

from .drafting import DraftPages
from .publish_form import PublishForm


class SchedulePages(DraftPages):
    def get_urls(self) -> list[Any]:
        cancel = self.admin_site.admin_view(require_POST(self.unschedule_view))
        return [
            path("<uuid:prompt>/scheduled/<uuid:pk>/cancel/", cancel, name="conversations_systemprompt_unschedule"),
            *super().get_urls(),
        ]

    @transaction.atomic
    def unschedule_view(self, request: HttpRequest, prompt: UUID, pk: UUID) -> HttpResponse:
        """Cancels what is scheduled, or dismisses what didn't happen."""
        found: SystemPrompt = self.row(request, prompt)
        if not self.may_move_live(request, found):
            raise PermissionDenied
        found = drafts.locked(found)
        scheduled = scheduling.of(found)
        if scheduled is None or scheduled.pk != pk:
            messages.info(request, "There is nothing to cancel any more: it is done, or something else is scheduled.")
        else:
            self._unschedule(request, found, scheduled)
            said = "Dismissed." if scheduled.stopped else f"Cancelled: version {scheduled.version.number} stays a version."
            messages.success(request, said)
        return redirect("admin:conversations_systemprompt_change", found.pk)

    def _unschedule(self, request: HttpRequest, prompt: SystemPrompt, scheduled: ScheduledPublication) -> None:
        what = f"of version {scheduled.version.number}, scheduled for {scheduling.time_of(scheduled)}"
        self.log_change(request, prompt, f"{'Dismissed the failed' if scheduled.stopped else 'Cancelled the'} publishing {what}.")
        scheduling.cancel(scheduled)

    def _schedule(self, request: HttpRequest, prompt: SystemPrompt, draft: PromptDraft, form: PublishForm) -> None:
        """Raises NotSendable and NotAllowed."""
        before = scheduling.waiting(prompt)
        at, note = form.cleaned_data["at"], form.cleaned_data["note"]
        made = scheduling.schedule(prompt, draft, cast("User", request.user), at, note=note)
        said = f"Scheduled version {made.version.number} to become live on {scheduling.time_of(made)}"
        old = f"version {before.version.number} on {scheduling.time_of(before)}" if before else "nothing was scheduled"
        self.log_change(request, prompt, f"{said} (before: {old}).")
        then = f"Version {made.version.number} becomes live on {scheduling.time_of(made)}."
        messages.success(request, f"{then} It says what the draft says now.")

    def _settle_scheduled(self, request: HttpRequest, prompt: SystemPrompt, form: PublishForm) -> None:
        """After the draft went live: what was to go live is cancelled if that was asked for, or is live already."""
        scheduled = scheduling.of(prompt)
        if scheduled is None:
            return
        if scheduled.stopped or prompt.published_id == scheduled.version_id or form.cleaned_data["scheduled"] == "cancel":
            self._unschedule(request, prompt, scheduled)
        else:
            messages.info(request, f"Version {scheduled.version.number} still becomes live on {scheduling.time_of(scheduled)}.")
