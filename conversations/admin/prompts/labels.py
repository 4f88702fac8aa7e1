"""Moving the labels of a prompt: `live`, which is rolling back, and all others."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.http import require_POST

from conversations.models import LIVE, PromptVersion, SystemPrompt, User, label_name
from conversations.studio import approvals, drafts, labels, required_cases, rights, scheduling

from .commenting import CommentPages


class LabelPages(CommentPages):
    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        live, label = view(require_POST(self.live_view)), view(require_POST(self.label_view))
        return [
            path("<uuid:prompt>/live/", live, name="conversations_systemprompt_live"),
            path("<uuid:prompt>/versions/<int:number>/label/", label, name="conversations_systemprompt_label"),
            *super().get_urls(),
        ]

    @transaction.atomic
    def live_view(self, request: HttpRequest, prompt: UUID) -> HttpResponse:
        """Makes the version with the posted `number` live, unless another one became live since the page was opened."""
        found = self._to_move(request, prompt)
        number, opened = (str(request.POST.get(name, "")) for name in ("number", "opened"))
        version = get_object_or_404(found.versions, number=number if number.isdecimal() and len(number) < 10 else None)
        if not self.may_move_live(request, found):
            messages.error(request, f"Nothing was moved: of “{found.name}”, “{LIVE}” is moved by {rights.who_moves_live(found)}.")
        elif opened != str(found.published.number if found.published else 0):
            messages.error(request, "Nothing was moved: another version became live in the meantime. Look again, then choose.")
        elif missing := approvals.missing_of_version(found, version):
            lacks = f"lacks {missing} of {found.approvals_needed} approvals"
            messages.error(request, f"Version {number} was never live and {lacks}. Edit it as a draft to collect them.")
        elif missing := required_cases.missing_of_version(found, version):
            lacks = f"lacks {missing} of {max(1, found.cases.count())} passed cases"
            messages.error(request, f"Version {number} was never live and {lacks}. Run its cases, then make it live.")
        else:
            self._move(request, found, LIVE, version)
        return redirect("admin:conversations_systemprompt_versions", found.pk)

    @transaction.atomic
    def label_view(self, request: HttpRequest, prompt: UUID, number: int) -> HttpResponse:
        """Moves the label with the posted `name` to this version, or takes it away with `remove`."""
        found = self._to_move(request, prompt)
        version = get_object_or_404(found.versions, number=number)
        name, removes = str(request.POST.get("name", "")).strip().lower(), "remove" in request.POST
        try:
            label_name(name)
        except ValidationError as error:
            messages.error(request, error.messages[0])
        else:
            if removes and name != LIVE and labels.pointed_at(found, name) == version:
                self._move(request, found, name, None)
            elif name == LIVE:
                messages.error(request, "“live” is moved with the button “Make live”.")
            elif not removes:
                self._move(request, found, name, version)
        return redirect("admin:conversations_systemprompt_version", found.pk, number)

    def _to_move(self, request: HttpRequest, pk: UUID) -> SystemPrompt:
        found: SystemPrompt = self.row(request, pk)
        if not self.has_publish_permission(request):
            raise PermissionDenied
        return drafts.locked(found)

    def _move(self, request: HttpRequest, prompt: SystemPrompt, name: str, version: PromptVersion | None) -> None:
        running = prompt.experiment if name == LIVE else None
        before = labels.move(prompt, name, version, by=cast("User", request.user))
        if before == version:
            messages.info(request, f"“{name}” is there already.")
            return
        old, new = (f"version {one.number}" if one else "no version" for one in (before, version))
        self.log_change(request, prompt, f"Moved the label “{name}” from {old} to {new}.")
        follows = " Conversations follow with their next answer." if name == LIVE else ""
        messages.success(request, f"“{name}” moved from {old} to {new}.{follows}")
        if running is not None:
            messages.info(request, f"The experiment with version {running.candidate.number} has ended with it.")
        if name == LIVE and (scheduled := scheduling.waiting(prompt)):
            then = f"Version {scheduled.version.number} still becomes live on {scheduling.time_of(scheduled)}"
            messages.warning(request, f"{then}, unless you cancel it on the prompt’s page.")
