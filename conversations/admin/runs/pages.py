"""The page of a run and of one case in it, and what can be done there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

from conversations.admin.base.permissions import may
from conversations.evaluation import exporting, runs, summary
from conversations.evaluation.results import overrule
from conversations.models import Case, Result, Run, User
from conversations.studio.text_difference import compare

from .again import AgainPages
from .figures import Figures, figures


class RunPages(AgainPages):
    row_name = "run"
    row_related = ("prompt", "job")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        named = (
            ("<uuid:run>/start/", require_POST(self.start_view), "start"),
            ("<uuid:run>/cancel/", require_POST(self.cancel_view), "cancel"),
            ("<uuid:run>/state/", require_GET(self.state_view), "state"),
            ("<uuid:run>/results.csv", require_GET(self.csv_view), "csv"),
            ("<uuid:run>/results.json", require_GET(self.promptfoo_view), "promptfoo"),
            ("<uuid:run>/cases/<uuid:case>/", self.case_view, "case"),
        )
        return [*(path(place, view(page), name=f"conversations_run_{name}") for place, page, name in named), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            run: Run = self.row(request, UUID(object_id))
        except ValueError:
            return redirect("admin:conversations_run_changelist")
        found = self._rows(run)
        return self.row_page(
            request,
            "run",
            run,
            str(run),
            rows=found,
            totals=list(zip([one["label"] for one in run.candidates], summary.totals(found, len(run.candidates)), strict=True)),
            figures=figures(run),
            labels=[one["label"] for one in run.candidates],
            may_start=self.has_add_permission(request),
            improvements=run.improvements.select_related("author"),
            judged=run.judged.select_related("run").first(),
            may_improve=may(request.user, "change", "systemprompt") and any(cell.has_any_failure for row in found for cell in row.cells),
        )

    def _rows(self, run: Run) -> list[summary.Row]:
        cases = [(case.pk, case) for case in run.cases.all()]
        results = run.results.defer("output", "findings")
        return summary.rows(cases, results, len(run.candidates), lambda result: result.case_id)

    def start_view(self, request: HttpRequest, run: UUID) -> HttpResponse:
        return self._do(request, run, runs.start, "Started the run.", "It runs, or ran already.")

    def cancel_view(self, request: HttpRequest, run: UUID) -> HttpResponse:
        return self._do(request, run, runs.cancel, "Cancelled the run.", "It doesn’t run any more.")

    def _do(self, request: HttpRequest, pk: UUID, do: Callable[[Run], None], said: str, otherwise: str) -> HttpResponse:
        run: Run = self.row(request, pk)
        if not self.has_add_permission(request):
            raise PermissionDenied
        try:
            do(run)
        except runs.NotStartable:
            messages.info(request, otherwise)
        else:
            self.log_change(request, run, said)
        return redirect("admin:conversations_run_change", run.pk)

    def state_view(self, request: HttpRequest, run: UUID) -> HttpResponse:
        """For the page that waits: JSON."""
        found: Run = self.row(request, run)
        told: Figures = figures(found)
        return JsonResponse({"state": found.state.value, "done": told.done, "total": told.total})

    def csv_view(self, request: HttpRequest, run: UUID) -> HttpResponse:
        found: Run = self.row(request, run)
        return _file(exporting.csv_of(found), "text/csv; charset=utf-8", f"run-{found.created:%Y-%m-%d-%H%M}.csv")

    def promptfoo_view(self, request: HttpRequest, run: UUID) -> HttpResponse:
        found: Run = self.row(request, run)
        return _file(exporting.promptfoo_of(found), "application/json", f"run-{found.created:%Y-%m-%d-%H%M}.json")

    def case_view(self, request: HttpRequest, run: UUID, case: UUID) -> HttpResponse:
        """The answers of all candidates to one case beside each other. A POST keeps a user's verdict on one of them."""
        found: Run = self.row(request, run)
        asked = get_object_or_404(Case, pk=case)
        if request.method == "POST":
            return self._judge(request, found, asked)
        results = list(found.results.filter(case=asked).select_related("judged_by").order_by("repeat", "candidate"))
        first = {one.repeat: one.output for one in results if one.candidate == 0}
        shown = [(one, found.candidates[one.candidate]["label"], _difference(first.get(one.repeat), one)) for one in results]
        return self.row_page(request, "case", found, asked.name, case=asked, shown=shown, columns=len(found.candidates))

    def _judge(self, request: HttpRequest, run: Run, case: Case) -> HttpResponse:
        pk, verdict = request.POST.get("result", ""), request.POST.get("verdict", "")
        try:
            result = get_object_or_404(run.results, pk=UUID(pk), case=case)
        except ValueError:
            return redirect("admin:conversations_run_case", run.pk, case.pk)
        by = cast("User", request.user)
        overrule(result, {"good": True, "bad": False}.get(verdict), request.POST.get("note", "")[:300], by)
        self.log_change(request, run, f"Judged an answer to {case}: {verdict or 'by its checks'}.")
        messages.success(request, "Your verdict is kept." if verdict else "The checks decide again.")
        return redirect("admin:conversations_run_case", run.pk, case.pk)


def _difference(first: str | None, result: Result) -> Any:
    return compare(first, result.output) if first is not None and result.candidate and result.output else None


def _file(content: str, kind: str, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
