"""The versions of a prompt: their list, a read-only page for each, and restoring one."""

from __future__ import annotations

from typing import Any, NamedTuple, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Length
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.http import require_GET

from conversations.models import Message, PromptVersion, SystemPrompt, User
from conversations.models.parameters import PARAMETERS

from .differences import Line, compare
from .form import Wording, wording_of


class Change(NamedTuple):
    """One property of the wording beside its text."""

    label: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


class Difference(NamedTuple):
    text: list[Line]
    starters: list[Line]
    properties: list[Change]


def difference(old: Wording, new: Wording) -> Difference:
    before, after = properties(old), properties(new)
    changes = [Change(label, before[label], after[label]) for label in after]
    return Difference(compare(old["text"], new["text"]), compare("\n".join(old["starters"]), "\n".join(new["starters"])), changes)


def properties(wording: Wording) -> dict[str, str]:
    """The model and every parameter, as they are shown."""
    sent = {parameter.label: str(wording["parameters"].get(name, "not sent")) for name, parameter in PARAMETERS.items()}
    return {"Model": wording["model"] or "provider’s default", **sent}


class PromptVersionPages(admin.ModelAdmin):
    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<uuid:prompt>/versions/", view(self.versions_view), name="conversations_systemprompt_versions"),
            path("<uuid:prompt>/versions/<int:number>/", view(require_GET(self.version_view)), name="conversations_systemprompt_version"),
            path("<uuid:prompt>/versions/<int:number>/restore/", view(self.restore_view), name="conversations_systemprompt_restore"),
            *super().get_urls(),
        ]

    def versions(self, prompt: SystemPrompt) -> QuerySet[PromptVersion]:
        """Newest first, with size and number of answers; the texts stay in the database."""
        made = Message.objects.filter(prompt_version=OuterRef("pk")).order_by().values("prompt_version").annotate(number=Count("*"))
        versions = prompt.versions.annotate(size=Length("text"), uses=Coalesce(Subquery(made.values("number")), 0))
        return versions.defer("text").select_related("author").order_by("-number")

    def versions_view(self, request: HttpRequest, prompt: UUID) -> HttpResponse:
        found = self._prompt(request, prompt)
        return self._page(request, "versions", found, f"Versions of “{found.name}”", versions=self.versions(found))

    def version_view(self, request: HttpRequest, prompt: UUID, number: int) -> HttpResponse:
        found = self._prompt(request, prompt)
        version = get_object_or_404(found.versions.select_related("author"), number=number)
        before = found.versions.filter(number__lt=number).order_by("-number").first()
        return self._page(
            request,
            "version",
            found,
            f"“{found.name}”, version {number}",
            version=version,
            before=before,
            uses=version.messages.count(),
            properties=properties(wording_of(version)),
            difference=difference(wording_of(before), wording_of(version)),
            published=found.published_id == version.pk,
            may_see_attempts=request.user.has_perm("conversations.view_attempt"),
            may_restore=found.published_id != version.pk and self.has_change_permission(request, found),
        )

    def restore_view(self, request: HttpRequest, prompt: UUID, number: int) -> HttpResponse:
        """GET asks, POST publishes that wording again as the newest version."""
        if request.method != "POST":
            return self._restore(request, prompt, number)
        with transaction.atomic():
            get_object_or_404(SystemPrompt.objects.select_for_update(), pk=prompt)
            return self._restore(request, prompt, number)

    def _restore(self, request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
        prompt = self._prompt(request, pk)
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
            messages.error(request, "Somebody published another version in the meantime. Look at the difference again before you restore.")
        title, changes = f"Restore version {number}", difference(current, wording)
        return self._page(request, "restore", prompt, title, version=version, latest=latest, difference=changes)

    def _prompt(self, request: HttpRequest, pk: UUID) -> SystemPrompt:
        prompt = SystemPrompt.objects.select_related("published").filter(pk=pk).first()
        if not self.has_view_or_change_permission(request, prompt):
            raise PermissionDenied
        if prompt is None:
            raise Http404
        return prompt

    def _page(self, request: HttpRequest, name: str, prompt: SystemPrompt, title: str, **context: Any) -> HttpResponse:
        request.current_app = self.admin_site.name
        context |= {**self.admin_site.each_context(request), "opts": self.opts, "prompt": prompt, "title": title}
        return TemplateResponse(request, f"admin/conversations/systemprompt/{name}.html", context)
