"""The versions of a prompt: their list, a read-only page for each, and the difference between any two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Length
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.views.decorators.http import require_GET

from conversations.admin.base.row_pages import RowPages
from conversations.models import LIVE, MAX_LABEL_CHARACTERS, STAGING, Message, PromptDraft, PromptVersion, SystemPrompt, User
from conversations.studio import comments, drafts, fragment_texts, labels, rights
from conversations.studio.wording import parts, properties, wording_of

from .ratings import rated

VERSIONS_PER_PAGE = 50
MAX_SEARCH_CHARACTERS = 200


class VersionPages(RowPages):
    row_name = "prompt"
    row_related = ("published",)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<uuid:prompt>/versions/", view(self.versions_view), name="conversations_systemprompt_versions"),
            path("<uuid:prompt>/versions/<int:number>/", view(require_GET(self.version_view)), name="conversations_systemprompt_version"),
            path("<uuid:prompt>/compare/", view(require_GET(self.compare_view)), name="conversations_systemprompt_compare"),
            *super().get_urls(),
        ]

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(rights.PUBLISH)

    def may_move_live(self, request: HttpRequest, prompt: SystemPrompt) -> bool:
        return rights.may_move_live(cast("User", request.user), prompt)

    def versions(self, prompt: SystemPrompt) -> QuerySet[PromptVersion]:
        """Newest first, with size and number of answers; the texts stay in the database."""
        made = Message.objects.filter(prompt_version=OuterRef("pk")).order_by().values("prompt_version").annotate(number=Count("*"))
        versions = prompt.versions.annotate(size=Length("text"), uses=Coalesce(Subquery(made.values("number")), 0))
        return versions.defer("text").select_related("author").order_by("-number")

    def rows(self, prompt: SystemPrompt, versions: Iterable[PromptVersion]) -> list[Any]:
        """As the tables of versions show them, each with the labels that point at it."""
        names, rows = labels.by_version(prompt), rated(prompt, versions)
        commented = Counter(comments.unresolved(prompt).exclude(version=None).values_list("version", flat=True))
        urgent = set(labels.emergencies(prompt).values_list("version", flat=True))
        for row in rows:
            setattr(row.version, "label_names", names.get(row.version.pk, []))  # noqa: B010 (no field of the model)
            setattr(row.version, "was_emergency", row.version.pk in urgent)  # noqa: B010
            setattr(row.version, "comment_count", commented[row.version.pk])  # noqa: B010
        return rows

    def versions_view(self, request: HttpRequest, prompt: UUID) -> HttpResponse:
        """`q` looks for a text in what versions say and in their notes."""
        found: SystemPrompt = self.row(request, prompt)
        wanted = request.GET.get("q", "").strip()[:MAX_SEARCH_CHARACTERS]
        versions = self.versions(found)
        if wanted:
            versions = versions.filter(Q(text__icontains=wanted) | Q(note__icontains=wanted))
        page = Paginator(versions, VERSIONS_PER_PAGE).get_page(request.GET.get("p"))
        title = f"Versions of “{found.name}”"
        shown = self.rows(found, page.object_list)
        may_move = self.may_move_live(request, found)
        return self.row_page(request, "versions", found, title, versions=shown, page=page, q=wanted, may_move=may_move)

    def version_view(self, request: HttpRequest, prompt: UUID, number: int) -> HttpResponse:
        found: SystemPrompt = self.row(request, prompt)
        version = get_object_or_404(found.versions.select_related("author"), number=number)
        return self.version_page(request, found, version)

    def version_page(self, request: HttpRequest, found: SystemPrompt, version: PromptVersion, **context: Any) -> HttpResponse:
        before = found.versions.filter(number__lt=version.number).order_by("-number").first()
        names = labels.by_version(found)
        return self.row_page(
            request,
            "version",
            found,
            f"“{found.name}”, version {version.number}",
            version=version,
            before=before,
            emergencies=labels.emergencies(found).filter(version=version),
            uses=version.messages.count(),
            rated=rated(found, [version])[0],
            properties=properties(wording_of(version)),
            parts=parts(wording_of(version)),
            difference=fragment_texts.compared(before, version, version.created, version.created),
            label_names=names.get(version.pk, []),
            other_labels=sorted({STAGING, *(name for all_names in names.values() for name in all_names)} - {LIVE}),
            max_label_characters=MAX_LABEL_CHARACTERS,
            is_live=found.published_id == version.pk,
            may_see_attempts=request.user.has_perm("conversations.view_attempt"),
            may_label=self.has_publish_permission(request),
            may_move=self.may_move_live(request, found),
            may_experiment=request.user.has_perm("conversations.experiment_systemprompt"),
            may_begin=self.has_change_permission(request, found),
            **context,
        )

    def compare_view(self, request: HttpRequest, prompt: UUID) -> HttpResponse:
        """What changed from `old` to `new`, each the number of a version, “live” or “draft”.

        Fragments are those of now, and of a version that is named by its number those of when it was published.
        """
        found: SystemPrompt = self.row(request, prompt)
        old, new = (_side(found, request.GET.get(name, "")) for name in ("old", "new"))
        changes = fragment_texts.compared(old.worded, new.worded, old.at, new.at)
        return self.row_page(request, "compare", found, f"“{found.name}”: what changed", old=old, new=new, difference=changes)


class Side(NamedTuple):
    name: str
    """As the page's address names it."""
    worded: PromptVersion | PromptDraft | None
    at: datetime | None = None
    """Whose fragments are meant, where it isn't now."""


def _side(prompt: SystemPrompt, name: str) -> Side:
    if name == LIVE:
        return Side(name, prompt.published)
    if name == "draft":
        return Side(name, drafts.of(prompt) or prompt.published)
    if not name.isdecimal() or len(name) > 9:
        raise Http404
    version = get_object_or_404(prompt.versions, number=int(name))
    return Side(name, version, version.created)
