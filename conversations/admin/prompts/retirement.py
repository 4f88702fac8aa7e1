"""The page of a prompt whose model is shut down: choosing a successor, which drafts it and plans a run of its cases."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from conversations.evaluation import choosing, estimating, runs
from conversations.evaluation.candidate import Candidate
from conversations.models import LIVE, NANO, SystemPrompt, User
from conversations.routing import offered, shutdowns
from conversations.studio import drafts, retirement, successors
from conversations.studio.rights import may_evaluate
from conversations.studio.wording import Wording, wording_of

from .moves import MovePages

USUAL_CAP = NANO
"""Of the run that compares both models: one US dollar."""
MOST_LISTED = 60


class RetirementPages(MovePages):
    def get_urls(self) -> list[Any]:
        retire = self.admin_site.admin_view(self.retire_view)
        return [path("<uuid:prompt>/retirement/", retire, name="conversations_systemprompt_retire"), *super().get_urls()]

    @transaction.atomic
    def retire_view(self, request: HttpRequest, prompt: UUID) -> HttpResponse:
        """GET shows what leaves and what could take its place; a POST with `successor` makes the draft with that model."""
        found: SystemPrompt = self.row(request, prompt)
        if request.method == "POST":
            return self._draft(request, self.row_to_change(request, prompt))
        leaving = retirement.leaving(found)
        wording = _begun_from(found)
        model = wording["model"]
        listed = successors.successors(model, shutdowns.of(model))
        return self.row_page(
            request,
            "retire",
            found,
            f"Retirement of the model of “{found.name}”",
            leaving=leaving,
            model=model or offered.default(),
            leaves=shutdowns.of(model),
            successors=[(one, successors.with_model(wording, one.name)[1]) for one in listed[:MOST_LISTED]],
            draft=drafts.of(found),
            cases=found.cases.count(),
            may_draft=self.has_change_permission(request, found),
            may_evaluate=may_evaluate(request.user),
        )

    def _draft(self, request: HttpRequest, prompt: SystemPrompt) -> HttpResponse:
        prompt = drafts.locked(prompt)
        wording = _begun_from(prompt)
        before, model = wording["model"] or offered.default(), request.POST.get("successor", "")
        if not offered.is_offered(model):
            messages.error(request, f"No provider offers “{model[:80]}” now. Choose another model." if model else "Choose a model.")
            return redirect("admin:conversations_systemprompt_retire", prompt.pk)
        named, left_out = successors.with_model(wording, model)
        drafts.save(prompt, named, cast("User", request.user))
        said = f"Drafted the successor of {before}: {model}."
        without = f" Taken out, for {model} refuses it: {', '.join(left_out)}." if left_out else ""
        self.log_change(request, prompt, said + without)
        messages.success(request, f"The draft names {model} now; chats go on with what is live.{without}")
        return self._to_compare(request, prompt) or redirect("admin:conversations_systemprompt_change", prompt.pk)

    def _to_compare(self, request: HttpRequest, prompt: SystemPrompt) -> HttpResponse | None:
        """Plans the run of the draft against what is live, which asks nothing before it is started there."""
        draft, cases = drafts.of(prompt), list(prompt.cases.all())
        if draft is None or prompt.published is None or not cases or not may_evaluate(request.user):
            return None
        available = choosing.available(prompt)
        candidates: list[Candidate] = [available[LIVE], available[choosing.DRAFT]]
        judge = estimating.other_model([one.wording["model"] for one in candidates])
        run = runs.make(prompt, candidates, cases, 1, USUAL_CAP, judge, cast("User", request.user))
        messages.info(request, "Its cases compare both models: see what that will cost, then start the run.")
        return redirect("admin:conversations_run_change", run.pk)


def _begun_from(prompt: SystemPrompt) -> Wording:
    """What the draft begins from: what an editor has, unless that names another model already and a label’s version is what leaves."""
    edited = drafts.edited(prompt)
    leaving = retirement.leaving(prompt)
    if drafts.of(prompt) is not None or not leaving or any(one.named == edited["model"] for one in leaving):
        return edited
    used = [label.version for label in prompt.labels.select_related("version") if label.version.model == leaving[0].named]
    return wording_of(used[0]) if used else edited
