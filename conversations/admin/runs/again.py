"""Asking again what failed in a run, and judging it again: each is shown with its estimate first, and gets a cap of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from conversations.admin.base.evaluating import ByEvaluators
from conversations.admin.base.row_pages import RowPages
from conversations.evaluation import asking_again, runs
from conversations.evaluation.estimating import Estimate
from conversations.models import NANO, Run

from .figures import cost, estimated
from .form import cap_field


class Way(NamedTuple):
    title: str
    estimate: Callable[[Run], Estimate]
    start: Callable[[Run, int], None]
    done: str


WAYS = {
    "ask": Way("Ask again what failed", asking_again.of_asking, asking_again.ask, "Asked again what had failed."),
    "judge": Way("Judge again", asking_again.of_judging, asking_again.judge, "Had the answers judged again."),
}


class CapForm(forms.Form):
    cap = cap_field()


class AgainPages(RowPages, ByEvaluators):
    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        ways = [path(f"<uuid:run>/{name}/", view(self.again_view), {"way": name}, name=f"conversations_run_{name}") for name in WAYS]
        return [*ways, *super().get_urls()]

    def again_view(self, request: HttpRequest, run: UUID, way: str) -> HttpResponse:
        """GET says what it will cost; POST starts it with `cap`, where anything is to be paid."""
        found: Run = self.row(request, run)
        if not self.has_add_permission(request):
            raise PermissionDenied
        title, estimate, start, done = WAYS[way]
        if found.state in asking_again.RUNNING:
            return self._told(request, found, "It hasn’t ended yet.")
        expected = estimate(found)
        form = CapForm(request.POST if request.method == "POST" else None)
        costs = expected.cost is None or expected.cost > 0
        if request.method == "POST" and (not costs or form.is_valid()):
            try:
                start(found, int(form.cleaned_data["cap"] * NANO) if costs else 0)
            except runs.NotStartable:
                return self._told(request, found, "It was started meanwhile.")
            self.log_change(request, found, done)
            return redirect("admin:conversations_run_change", found.pk)
        shown = {"estimate": expected, "cost": estimated(expected.cost), "costs": costs, "spent": cost(found)}
        return self.row_page(request, "again", found, title, way=way, form=form, **shown)

    def _told(self, request: HttpRequest, run: Run, sentence: str) -> HttpResponse:
        messages.info(request, sentence)
        return redirect("admin:conversations_run_change", run.pk)
