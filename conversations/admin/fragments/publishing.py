"""Publishing the draft of a fragment: what it changes is shown first, and the cases of prompts that follow it can be run with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from conversations.evaluation import estimating, runs
from conversations.evaluation.candidate import Candidate
from conversations.models import NANO, Fragment, FragmentDraft, SystemPrompt, User
from conversations.rendering.fragments import Found, Library
from conversations.studio import fragment_drafts, fragment_uses, rights, sendable
from conversations.studio.bounds import MAX_NOTE_CHARACTERS
from conversations.studio.text_difference import compare

from .drafting import FragmentDrafting

CAP = NANO
"""A dollar; who plans a run elsewhere enters it."""


class PublishFragment(FragmentDrafting):
    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        publish, cases = view(require_http_methods(["GET", "POST"])(self.publish_view)), view(require_POST(self.cases_view))
        return [
            path("<uuid:fragment>/publish/", publish, name="conversations_fragment_publish"),
            path("<uuid:fragment>/cases/<uuid:prompt>/", cases, name="conversations_fragment_cases"),
            *super().get_urls(),
        ]

    def may_publish(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and request.user.has_perm(rights.PUBLISH)

    @transaction.atomic
    def publish_view(self, request: HttpRequest, fragment: UUID) -> HttpResponse:
        """GET shows what the draft changes; POST makes it the next version, if it is still the one that was shown."""
        found: Fragment = self.row(request, fragment)
        if request.method == "POST" and not self.may_publish(request):
            raise PermissionDenied
        found = fragment_drafts.locked(found)
        draft = fragment_drafts.of(found)
        if draft is None:
            messages.info(request, "There is no draft to publish.")
            return redirect("admin:conversations_fragment_change", found.pk)
        problems = fragment_uses.problems(found.name, draft.text, cast("User", request.user))
        if request.method == "POST" and not problems:
            try:
                return self._published(request, found)
            except fragment_drafts.DraftChanged:
                messages.error(request, "It was changed in the meantime. Look at it again before you publish it.")
        return self._shown(request, found, draft, problems)

    def _published(self, request: HttpRequest, fragment: Fragment) -> HttpResponse:
        before, note = fragment.current, request.POST.get("note", "").replace("\0", "")[:MAX_NOTE_CHARACTERS]
        made = fragment_drafts.publish(fragment, request.POST.get("opened", ""), cast("User", request.user), note=note)
        self.log_change(request, fragment, f"Published version {made.number} (before: {f'version {before.number}' if before else 'none'}).")
        self.tell_published(request, fragment)
        return redirect("admin:conversations_fragment_change", fragment.pk)

    def tell_published(self, request: HttpRequest, fragment: Fragment) -> None:
        following = [use.prompt.name for use in fragment_uses.uses(fragment.name) if use.follows and use.where == "live"]
        told = f"Used in {', '.join(following)}: with the next answer." if following else "No live prompt uses it."
        if fragment_uses.policy_reaches(fragment.name):
            told = "It is part of the site policy: all prompts get it with the next answer."
        messages.success(request, f"Version {fragment.current.number if fragment.current else 0} of “{fragment.name}” is current. {told}")

    def cases_view(self, request: HttpRequest, fragment: UUID, prompt: UUID) -> HttpResponse:
        """Plans a run of what is live of the prompt, with the fragment as it is and with the draft."""
        found: Fragment = self.row(request, fragment)
        if not (rights.may_evaluate(request.user) and self.has_change_permission(request, found)):
            raise PermissionDenied
        tried = get_object_or_404(SystemPrompt.objects.select_related("published"), pk=prompt)
        cases, draft = list(tried.cases.all()), fragment_drafts.of(found)
        if not (draft and tried.published and cases):
            messages.error(request, "It can’t be run like this: the draft, the prompt or its cases have changed meanwhile.")
            return redirect("admin:conversations_fragment_change", found.pk)
        live = Candidate.of(tried.published, f"version {tried.published.number}, live")
        label = f"{live.label}, with the new text of “{found.name}”"
        changed = replace(live, label=label, fragments={found.name: draft.text}, digest="")
        judge = estimating.other_model([live.wording["model"]])
        run = runs.make(tried, [live, changed], cases, 1, CAP, judge, cast("User", request.user))
        return redirect("admin:conversations_run_change", run.pk)

    def _shown(self, request: HttpRequest, fragment: Fragment, draft: FragmentDraft, problems: list[str]) -> HttpResponse:
        uses = [use for use in fragment_uses.uses(fragment.name) if use.follows]
        library: Library = {(fragment.name, None): Found(0, draft.text)}
        may_run = rights.may_evaluate(request.user) and self.has_change_permission(request, fragment)
        changed = [
            {
                "prompt": use.prompt,
                "where": use.where,
                "problems": [] if use.by_policy else sendable.problems(use.wording, library),
                "by_policy": use.by_policy,
                "cases": use.prompt.cases.count() if may_run and use.where == "live" else 0,
            }
            for use in uses
        ]
        return self.row_page(
            request,
            "publish",
            fragment,
            f"Publish the next version of “{fragment.name}”",
            draft=draft,
            opened=fragment_drafts.state_of(fragment),
            problems=problems,
            lines=compare(fragment.current.text if fragment.current else "", draft.text),
            changed=changed,
            live=sum(use.where in fragment_uses.SERVED for use in uses),
            may_publish=self.may_publish(request),
            may_edit=self.has_change_permission(request, fragment),
            note_length=MAX_NOTE_CHARACTERS,
        )
