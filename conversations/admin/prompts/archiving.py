"""Archiving prompts and restoring them, on their page and in the list. Who says who may choose a prompt does it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from conversations.admin.base.row_pages import RowPages
from conversations.evaluation.experiments import ending
from conversations.models import Ending, Experiment, SystemPrompt, User
from conversations.studio import archiving, drafts, rights


class Archiving(RowPages):
    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<uuid:prompt>/archive/", view(require_POST(self.archive_view)), name="conversations_systemprompt_archive"),
            path("<uuid:prompt>/restore/", view(require_POST(self.restore_view)), name="conversations_systemprompt_restore"),
            *super().get_urls(),
        ]

    def archive_view(self, request: HttpRequest, prompt: UUID) -> HttpResponse:
        return self._change(request, prompt, archives=True)

    def restore_view(self, request: HttpRequest, prompt: UUID) -> HttpResponse:
        return self._change(request, prompt, archives=False)

    def _change(self, request: HttpRequest, pk: UUID, *, archives: bool) -> HttpResponse:
        found: SystemPrompt = self.row(request, pk)
        if not request.user.has_perm(rights.PUBLISH):
            raise PermissionDenied
        (self._archive if archives else self._restore)(request, [found])
        return redirect("admin:conversations_systemprompt_change", found.pk)

    @admin.action(description="Archive selected prompts", permissions=["publish"])
    def archive_selected(self, request: HttpRequest, queryset: QuerySet[SystemPrompt]) -> None:
        self._archive(request, queryset)

    @admin.action(description="Restore selected prompts", permissions=["publish"])
    def restore_selected(self, request: HttpRequest, queryset: QuerySet[SystemPrompt]) -> None:
        self._restore(request, queryset)

    @transaction.atomic
    def _archive(self, request: HttpRequest, prompts: Iterable[SystemPrompt]) -> None:
        done = []
        for prompt in sorted(prompts, key=lambda one: one.pk):
            try:
                if archiving.archive(drafts.locked(prompt)):
                    done.append(prompt)
                    for running in Experiment.objects.running().filter(prompt=prompt):
                        ending.end(running, Ending.HIDDEN, "The prompt was archived.", cast("User", request.user))
                    self.log_change(request, prompt, "Archived (before: in use): no new conversation is offered it.")
            except archiving.IsDefault:
                messages.error(request, f"“{prompt.name}” is the default prompt. Make another prompt the default first.")
        if done:
            messages.success(request, f"Archived {_names(done)}. Conversations that have it go on; new ones aren’t offered it.")

    @transaction.atomic
    def _restore(self, request: HttpRequest, prompts: Iterable[SystemPrompt]) -> None:
        done = []
        for prompt in sorted(prompts, key=lambda one: one.pk):
            if archiving.restore(drafts.locked(prompt)):
                done.append(prompt)
                self.log_change(request, prompt, "Restored (before: archived).")
        if done:
            messages.success(request, f"Restored {_names(done)}.")


def _names(prompts: Iterable[SystemPrompt]) -> str:
    return ", ".join(f"“{prompt.name}”" for prompt in prompts)
