"""Rewrites of a prompt's text that a model proposes from a run: planned, started, taken piece by piece, and judged on other cases."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

from conversations.admin.base.permissions import may
from conversations.evaluation import improving, rewriting
from conversations.evaluation.improving import NotPossible
from conversations.models import NANO, Improvement, Run, User
from conversations.routing import offered
from conversations.studio import drafts, sendable
from conversations.studio.merging import merge
from conversations.studio.text_difference import Hunk, hunks, with_hunks

from .figures import shown_cost
from .pages import RunPages

USUAL_CAP = Decimal("1.00")
MAX_QUOTED_CHARACTERS = 120


class PlanForm(forms.Form):
    candidate = forms.TypedChoiceField(
        coerce=int, label="Text of", help_text="The candidate whose text is rewritten, from the cases that it failed."
    )
    model = forms.ChoiceField(required=False, label="Written by", help_text="A model that is good at writing; the prompt’s own by default.")
    cap = forms.DecimalField(
        min_value=Decimal("0.01"), max_value=Decimal(10_000), decimal_places=2, initial=USUAL_CAP, label="Cap", help_text="US dollars."
    )

    def __init__(self, data: Any, run: Run) -> None:
        failed = {number: len(improving.failing(run, number)) for number in range(len(run.candidates))}
        self.possible = [number for number, count in failed.items() if count]
        last = self.possible[-1] if self.possible else 0
        super().__init__(data, initial={"candidate": last, "model": run.candidates[last]["wording"]["model"]})
        labels = [(number, f"{run.candidates[number]['label']} ({failed[number]} failed)") for number in self.possible]
        for name, choices in (("candidate", labels), ("model", [("", "provider’s default"), *((name, name) for name in offered.names())])):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


class ImprovementPages(RunPages):
    def get_urls(self) -> list[Any]:
        view, here = self.admin_site.admin_view, "<uuid:run>/improvements/<uuid:pk>/"
        named = (
            ("<uuid:run>/improve/", self.improve_view, "improve"),
            (here, require_GET(self.improvement_view), "improvement"),
            (f"{here}start/", require_POST(self.start_improvement_view), "start_improvement"),
            (f"{here}cancel/", require_POST(self.cancel_improvement_view), "cancel_improvement"),
            (f"{here}take/", require_POST(self.take_view), "take_improvement"),
            (f"{here}state/", require_GET(self.improvement_state_view), "improvement_state"),
        )
        return [*(path(place, view(page), name=f"conversations_run_{name}") for place, page, name in named), *super().get_urls()]

    def improve_view(self, request: HttpRequest, run: UUID) -> HttpResponse:
        """A POST plans the proposal, which asks nothing yet."""
        found: Run = self._to_improve(request, run)
        form = PlanForm(request.POST if request.method == "POST" else None, found)
        if not found.finished or not form.possible:
            said = "No answer in this run failed." if found.finished else "The run isn’t over yet."
            messages.info(request, f"{said} A rewrite is proposed from answers that failed.")
            return redirect("admin:conversations_run_change", found.pk)
        if request.method == "POST" and form.is_valid():
            asked = form.cleaned_data
            try:
                made = improving.plan(found, asked["candidate"], asked["model"], int(asked["cap"] * NANO), _user(request))
            except NotPossible as reason:
                messages.error(request, str(reason))
                return redirect("admin:conversations_run_change", found.pk)
            return redirect("admin:conversations_run_improvement", found.pk, made.pk)
        return self.row_page(request, "improve", found, f"Propose a rewrite of “{found.prompt}”", form=form)

    def improvement_view(self, request: HttpRequest, run: UUID, pk: UUID) -> HttpResponse:
        found, improvement = self._found(request, run, pk)
        old = improving.old(improvement).wording["text"]
        proposed = hunks(old, improvement.proposal) if improvement.proposal else []
        new = improving.with_text(improvement, improvement.proposal)
        return self.row_page(
            request,
            "improvement",
            found,
            f"Rewrite of “{found.prompt}”",
            improvement=improvement,
            label=found.candidates[improvement.candidate]["label"],
            estimate=shown_cost(improvement.estimate),
            cap=shown_cost(improvement.cap),
            cost=shown_cost(improvement.cost),
            hunks=proposed,
            lost=rewriting.lost_names(old, improvement.proposal) if proposed else [],
            added=rewriting.added_names(old, improvement.proposal) if proposed else [],
            problems=sendable.problems(new.wording) if proposed else [],
            seen=improving.seen(improvement),
            held_out=improving.held_out(improvement),
            is_changed=drafts.edited(found.prompt)["text"] != old,
            may_improve=self._may_improve(request),
        )

    def start_improvement_view(self, request: HttpRequest, run: UUID, pk: UUID) -> HttpResponse:
        self._to_improve(request, run)
        return self._steer(request, run, pk, improving.start, "Had a rewrite proposed.")

    def cancel_improvement_view(self, request: HttpRequest, run: UUID, pk: UUID) -> HttpResponse:
        self._to_improve(request, run)
        return self._steer(request, run, pk, improving.cancel, "Cancelled the rewrite.")

    def improvement_state_view(self, request: HttpRequest, run: UUID, pk: UUID) -> HttpResponse:
        """For the page that waits: JSON."""
        return JsonResponse({"state": self._found(request, run, pk)[1].state.value})

    @transaction.atomic
    def take_view(self, request: HttpRequest, run: UUID, pk: UUID) -> HttpResponse:
        """Puts the pieces that were ticked into the draft or, with `judge`, plans a run of the text with them."""
        found, improvement = self._found(request, run, pk)
        here = redirect("admin:conversations_run_improvement", found.pk, improvement.pk)
        old = improving.old(improvement).wording["text"]
        taken = [hunk for number, hunk in enumerate(hunks(old, improvement.proposal)) if str(number) in request.POST.getlist("hunk")]
        if not improvement.proposal or not taken:
            messages.error(request, "Tick at least one change.")
            return here
        if "judge" in request.POST:
            try:
                made = improving.judge(improvement, with_hunks(old, taken), _user(request))
            except NotPossible as reason:
                messages.error(request, str(reason))
                return here
            return redirect("admin:conversations_run_change", made.pk)
        return self._take(request, improvement, taken) or here

    def _take(self, request: HttpRequest, improvement: Improvement, taken: list[Hunk]) -> HttpResponse | None:
        """None where the draft says something else in the same places, which is told."""
        if not self._may_improve(request):
            raise PermissionDenied
        prompt = drafts.locked(improvement.run.prompt)
        base, current = improving.old(improvement).wording, drafts.edited(prompt)
        ours = {**base, "text": with_hunks(base["text"], taken)}
        merged = merge(base, ours, current)
        clashes = [clash for clash in merged.clashes if clash.where == "Text"]
        if clashes and "anyway" not in request.POST:
            theirs = "; ".join(f"“{clash.theirs[:MAX_QUOTED_CHARACTERS] or '(removed)'}”" for clash in clashes)
            messages.error(request, f"Nothing was taken: where the rewrite changes something, the draft says by now {theirs}.")
            return None
        drafts.save(prompt, {**current, "text": merged.wording["text"]}, _user(request))
        number = f"{len(taken)} change{'' if len(taken) == 1 else 's'}"
        self.log_change(request, improvement.run, f"Took {number} of a proposed rewrite into the draft of “{prompt}”.")
        messages.success(request, f"The draft has {number} of the rewrite. Chats don’t use it until it is published.")
        return redirect("admin:conversations_systemprompt_change", prompt.pk)

    def _steer(self, request: HttpRequest, run: UUID, pk: UUID, do: Any, said: str) -> HttpResponse:
        found, improvement = self._found(request, run, pk)
        try:
            do(improvement)
        except NotPossible as reason:
            messages.error(request, str(reason))
        else:
            self.log_change(request, found, said)
        return redirect("admin:conversations_run_improvement", found.pk, improvement.pk)

    def _found(self, request: HttpRequest, run: UUID, pk: UUID) -> tuple[Run, Improvement]:
        found: Run = self.row(request, run)
        improvement = get_object_or_404(Improvement.objects.select_related("job", "judged_by"), pk=pk, run=found)
        improvement.run = found
        return found, improvement

    def _may_improve(self, request: HttpRequest) -> bool:
        return may(request.user, "change", "systemprompt")

    def _to_improve(self, request: HttpRequest, run: UUID) -> Run:
        found: Run = self.row(request, run)
        if not self._may_improve(request):
            raise PermissionDenied
        return found


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)
