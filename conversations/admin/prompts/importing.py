"""Prompts, fragments and cases from uploaded files: shown before anything is done, then taken as drafts; and as a zip file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from conversations.models import SystemPrompt, User
from conversations.studio import rights
from conversations.studio.files.problems import FilesRefused, Problem
from conversations.studio.rights import may_evaluate
from conversations.transfer import archive, planning, uploads
from conversations.transfer.folders import Documents
from conversations.transfer.planning import Rights
from conversations.transfer.recognition import recognised

TOLD = 30
"""So many things that couldn't be taken over are told by name."""
MAX_ITEMS = 900
"""Each is a field of the page's form when it is ticked, and Django answers a form of more than 1,000 with a bare 400."""


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    def clean(self, data: Any, initial: Any = None) -> Any:
        return [super(FilesField, self).clean(one, initial) for one in data or [None]]


class UploadForm(forms.Form):
    uploaded = FilesField(
        label="Files",
        widget=SeveralFiles({"accept": ",".join((*uploads.SUFFIXES, ".zip"))}),
        help_text="Prompts and fragments (.md), cases (.yaml), a zip file of these, or what Langfuse, OpenAI, LangSmith or Promptfoo "
        "write (.json, .yaml). Up to 200 files, together 1 MB.",
    )


class ImportPages(admin.ModelAdmin):
    actions: Any = ("export_selected",)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.import_view)
        return [path("import/", view, name="conversations_systemprompt_import"), *super().get_urls()]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        may = Rights(
            add=self.has_add_permission(request),
            change=self.has_change_permission(request),
            publish=request.user.has_perm(rights.PUBLISH),
            evaluate=may_evaluate(request.user),
        )
        if not (may.add or may.change):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None) if "packed" not in request.POST else UploadForm()
        left_out: list[str] = []
        try:
            if "packed" in request.POST:
                texts = uploads.unpack(request.POST["packed"])
            elif request.method == "POST" and form.is_valid():
                texts, left_out = uploads.unpacked(_read(form.cleaned_data["uploaded"]))
            else:
                return self._page(request, form=form)
            return self._look(request, texts, left_out, may)
        except FilesRefused as refused:
            for problem in refused.problems[:TOLD]:
                messages.error(request, str(problem))
            return self._page(request, form=UploadForm())

    def _look(self, request: HttpRequest, texts: dict[str, str], left_out: list[str], may: Rights) -> HttpResponse:
        """Show what would be done; with the button that says so, do it if that is still what would be.

        Files are read outside of the transaction: 1 MB can take seconds, in which SQLite would let nothing else be written.
        """
        found = recognised(texts)
        if (number := found.documents.count) > MAX_ITEMS:
            sentence = f"There are {number:,} prompts, fragments and files of cases in them: import {MAX_ITEMS} at once at most."
            raise FilesRefused([Problem("upload", 0, sentence)])
        if "take" in request.POST:
            if done := self._taken(request, found.documents, may):
                return done
            messages.warning(request, "Nothing was imported: the site has changed since you looked. This is what would be done now.")
        plan = planning.plan(found.documents, may)
        told = [
            ("Not read", _bounded(found.problems)),
            ("Not carried over", _bounded([*left_out, *found.left_out])),
        ]
        shown = {"items": plan.items, "seen": plan.seen, "sources": found.sources, "told": told}
        return self._page(request, packed=uploads.pack(texts), **shown)

    @transaction.atomic
    def _taken(self, request: HttpRequest, documents: Documents, may: Rights) -> HttpResponse | None:
        """None where it isn't what was shown any more."""
        if request.POST.get("seen") != planning.plan(documents, may).seen:
            return None
        done = planning.take(documents, request.POST.getlist("chosen"), may, cast("User", request.user))
        for line in _bounded(done.done):
            messages.success(request, f"Imported {line}.")
        if not done.done:
            messages.info(request, "Nothing was imported.")
        return redirect("admin:conversations_systemprompt_changelist")

    def _page(self, request: HttpRequest, **context: Any) -> HttpResponse:
        request.current_app = self.admin_site.name
        shown = {**self.admin_site.each_context(request), "title": "Import prompts", "opts": self.opts, **context}
        return TemplateResponse(request, "admin/conversations/systemprompt/import.html", shown)

    @admin.action(description="Export selected prompts as files", permissions=["view"])
    def export_selected(self, request: HttpRequest, queryset: QuerySet[SystemPrompt]) -> HttpResponse | None:
        chosen = SystemPrompt.objects.filter(pk__in=queryset.values("pk")).select_related("published").order_by("slug")
        prompts = [prompt for prompt in chosen if prompt.published]
        if not prompts:
            self.message_user(request, "Nothing of these prompts is live, and files hold what is live.", messages.WARNING)
            return None
        content = archive.of_prompts(prompts, with_cases=may_evaluate(request.user))
        name = f"prompts-{timezone.localdate():%Y-%m-%d}.zip"
        return HttpResponse(content, content_type="application/zip", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _bounded(said: Sequence[object]) -> list[str]:
    more = [f"and {len(said) - TOLD} more"] if len(said) > TOLD else []
    return [*map(str, said[:TOLD]), *more]


def _read(files: list[Any]) -> list[tuple[str, bytes]]:
    """What is too large is refused before it is read."""
    if sum(file.size for file in files) > uploads.MAX_BYTES:
        uploads.refuse_size(files[0].name)
    return [(file.name, file.read()) for file in files]
