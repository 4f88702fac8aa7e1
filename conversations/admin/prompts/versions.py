"""The versions of a prompt: their list, and a read-only page for each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Length
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.views.decorators.http import require_GET

from conversations.admin.base.row_pages import RowPages
from conversations.models import Message, PromptVersion, SystemPrompt

from .ratings import rated
from .wording import difference, properties, wording_of


class VersionPages(RowPages):
    row_name = "prompt"
    row_related = ("published",)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<uuid:prompt>/versions/", view(self.versions_view), name="conversations_systemprompt_versions"),
            path("<uuid:prompt>/versions/<int:number>/", view(require_GET(self.version_view)), name="conversations_systemprompt_version"),
            *super().get_urls(),
        ]

    def versions(self, prompt: SystemPrompt) -> QuerySet[PromptVersion]:
        """Newest first, with size and number of answers; the texts stay in the database."""
        made = Message.objects.filter(prompt_version=OuterRef("pk")).order_by().values("prompt_version").annotate(number=Count("*"))
        versions = prompt.versions.annotate(size=Length("text"), uses=Coalesce(Subquery(made.values("number")), 0))
        return versions.defer("text").select_related("author").order_by("-number")

    def versions_view(self, request: HttpRequest, prompt: UUID) -> HttpResponse:
        found: SystemPrompt = self.row(request, prompt)
        versions = rated(found, self.versions(found))
        return self.row_page(request, "versions", found, f"Versions of “{found.name}”", versions=versions)

    def version_view(self, request: HttpRequest, prompt: UUID, number: int) -> HttpResponse:
        found: SystemPrompt = self.row(request, prompt)
        version = get_object_or_404(found.versions.select_related("author"), number=number)
        before = found.versions.filter(number__lt=number).order_by("-number").first()
        return self.row_page(
            request,
            "version",
            found,
            f"“{found.name}”, version {number}",
            version=version,
            before=before,
            uses=version.messages.count(),
            rated=rated(found, [version])[0],
            properties=properties(wording_of(version)),
            difference=difference(wording_of(before), wording_of(version)),
            published=found.published_id == version.pk,
            may_see_attempts=request.user.has_perm("conversations.view_attempt"),
            may_restore=found.published_id != version.pk and self.has_change_permission(request, found),
        )
