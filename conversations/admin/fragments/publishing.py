"""Publishing the next text of a fragment: what it changes is shown first, and the cases of prompts that follow it can be run with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.http import require_POST

from conversations.admin.base.row_pages import RowPages
from conversations.evaluation import estimating, runs
from conversations.evaluation.candidate import Candidate
from conversations.models import NANO, Fragment, SystemPrompt, User
from conversations.rendering.fragments import Found, Library
from conversations.studio import fragment_uses, rights, sendable
from conversations.studio.text_difference import compare

CAP = NANO
"""A dollar; who plans a run elsewhere enters it."""


class PublishFragment(RowPages):
    row_name = "fragment"
    row_related = ("current",)

    def get_urls(self) -> list[Any]:
        cases = self.admin_site.admin_view(require_POST(self.cases_view))
        return [path("<uuid:fragment>/cases/<uuid:prompt>/", cases, name="conversations_fragment_cases"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A POST with another text asks first; with `_publish` it is published."""
        if request.method == "POST" and "_publish" not in request.POST and self._is_id(object_id):
            fragment: Fragment = self.row(request, UUID(object_id))
            form = self._form(request, fragment)
            if form.is_valid() and form.has_other_text:
                return self._confirmation(request, fragment, form.cleaned_data)
        return super().change_view(request, object_id, form_url, extra_context)

    def cases_view(self, request: HttpRequest, fragment: UUID, prompt: UUID) -> HttpResponse:
        """Plans a run of what is live of the prompt, with the fragment as it is and with the text that was sent."""
        found: Fragment = self.row(request, fragment)
        form = self._form(request, found)
        if not rights.may_evaluate(request.user):
            raise PermissionDenied
        tried = get_object_or_404(SystemPrompt.objects.select_related("published"), pk=prompt)
        cases = list(tried.cases.all())
        if not (form.is_valid() and tried.published and cases):
            messages.error(request, "It can’t be run like this: the text, the prompt or its cases have changed meanwhile.")
            return redirect("admin:conversations_fragment_change", found.pk)
        live = Candidate.of(tried.published, f"version {tried.published.number}, live")
        text, label = form.cleaned_data["text"], f"{live.label}, with the new text of “{found.name}”"
        changed = replace(live, label=label, fragments={found.name: text}, digest="")
        judge = estimating.other_model([live.wording["model"]])
        run = runs.make(tried, [live, changed], cases, 1, CAP, judge, cast("User", request.user))
        return redirect("admin:conversations_run_change", run.pk)

    def _form(self, request: HttpRequest, fragment: Fragment) -> Any:
        """Raises PermissionDenied."""
        if not self.has_change_permission(request, fragment):
            raise PermissionDenied
        return self.get_form(request, fragment, change=True)(request.POST, instance=fragment)

    def _confirmation(self, request: HttpRequest, fragment: Fragment, said: dict[str, Any]) -> HttpResponse:
        assert fragment.current
        uses = [use for use in fragment_uses.uses(fragment.name) if use.follows]
        library: Library = {(fragment.name, None): Found(0, said["text"])}
        may_evaluate = rights.may_evaluate(request.user)
        changed = [
            {
                "prompt": use.prompt,
                "where": use.where,
                "problems": sendable.problems(use.wording, library),
                "cases": use.prompt.cases.count() if may_evaluate and use.where == "live" else 0,
            }
            for use in uses
        ]
        return self.row_page(
            request,
            "publish",
            fragment,
            f"Publish the next version of “{fragment.name}”",
            lines=compare(fragment.current.text, said["text"]),
            changed=changed,
            live=sum(use.where in fragment_uses.SERVED for use in uses),
            said={**said, "opened": fragment.current.number},
        )

    @staticmethod
    def _is_id(text: str) -> bool:
        try:
            UUID(text)
        except ValueError:
            return False
        return True
