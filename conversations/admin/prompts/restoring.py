"""Restoring a version of a prompt: its wording is published again, as the newest one."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path

from conversations.models import SystemPrompt, User

from .versions import VersionPages
from .wording import difference, wording_of


class RestorePage(VersionPages):
    def get_urls(self) -> list[Any]:
        restore = self.admin_site.admin_view(self.restore_view)
        return [
            path("<uuid:prompt>/versions/<int:number>/restore/", restore, name="conversations_systemprompt_restore"),
            *super().get_urls(),
        ]

    def restore_view(self, request: HttpRequest, prompt: UUID, number: int) -> HttpResponse:
        """GET asks, POST publishes that wording again as the newest version."""
        if request.method != "POST":
            return self._restore(request, prompt, number)
        with transaction.atomic():
            get_object_or_404(SystemPrompt.objects.select_for_update(), pk=prompt)
            return self._restore(request, prompt, number)

    def _restore(self, request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
        prompt: SystemPrompt = self.row(request, pk)
        if not self.has_change_permission(request, prompt):
            raise PermissionDenied
        version = get_object_or_404(prompt.versions, number=number)
        current, wording = wording_of(prompt.published), wording_of(version)
        latest = prompt.published.number if prompt.published else 0
        if current == wording:
            messages.info(request, f"What version {number} says is what is published now, so there is nothing to restore.")
            return redirect("admin:conversations_systemprompt_change", prompt.pk)
        if request.method == "POST" and request.POST.get("opened") == str(latest):
            new = prompt.publish(author=cast("User", request.user), note=f"Restores version {number}.", **wording)
            self.log_change(request, prompt, f"Restored version {number} as version {new.number}.")
            messages.success(request, f"Version {number} was published again, as version {new.number}.")
            return redirect("admin:conversations_systemprompt_change", prompt.pk)
        if request.method == "POST":
            messages.error(
                request, "Another administrator published another version in the meantime. Look at the difference again before you restore."
            )
        title, changes = f"Restore version {number}", difference(current, wording)
        return self.row_page(request, "restore", prompt, title, version=version, latest=latest, difference=changes)
