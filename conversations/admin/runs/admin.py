"""Runs of cases: planned with an estimate, started, followed, and looked at with the worst first."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.admin.base.shown import ago
from conversations.evaluation import runs
from conversations.models import NANO, Run, SystemPrompt, User

from .figures import in_a_column
from .form import RunForm
from .improving import ImprovementPages

MAX_CHOSEN = 200


@admin.register(Run)
class RunAdmin(ImprovementPages):
    list_display = ("what", "prompt", "in_state", "candidate_labels", "answers", "cost", "made")
    list_display_links = ("what",)
    list_filter = ("prompt",)
    list_select_related = ("prompt", "job")
    list_per_page = 50
    sortable_by = ()
    change_list_template = "admin/conversations/run/change_list.html"
    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # it is what was run

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        costs = {
            "_cost": Coalesce(Sum("results__cost"), 0),
            "_judged": Coalesce(Sum("results__judge_cost"), 0),
            "_unpriced": Count("results", filter=Q(results__error="", results__cost=None)),
        }
        return super().get_queryset(request).select_related("prompt", "job").annotate(_answers=Count("results"), **costs)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Asks for the prompt first, then for all else. A POST plans the run, which asks nothing yet."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        prompt = _prompt(request.GET.get("prompt", ""))
        if prompt is None:
            prompts = SystemPrompt.objects.annotate(number=Count("cases")).order_by("-number", "name")
            return self._plan_page(request, "Run cases: of which prompt?", prompts=prompts)
        chosen = list(prompt.cases.filter(pk__in=_ids(request.GET.get("cases", ""))))
        if not prompt.cases.exists():
            messages.info(request, f"“{prompt}” has no cases yet.")
            return redirect("admin:conversations_case_changelist")
        form = RunForm(request.POST if request.method == "POST" else None, prompt, chosen)
        if request.method == "POST" and form.is_valid():
            run = self._made(request, prompt, form.cleaned_data)
            return redirect("admin:conversations_run_change", run.pk)
        return self._plan_page(request, f"Run cases of “{prompt}”", form=form, prompt=prompt)

    def _made(self, request: HttpRequest, prompt: SystemPrompt, asked: dict[str, Any]) -> Run:
        cap, by = int(asked["cap"] * NANO), cast("User", request.user)
        return runs.make(prompt, asked["made"], asked["cases"], asked["repeats"], cap, asked["judge_model"], by)

    def _plan_page(self, request: HttpRequest, title: str, **context: Any) -> HttpResponse:
        request.current_app = self.admin_site.name
        known = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        return TemplateResponse(request, "admin/conversations/run/plan.html", {**known, **context})

    # The list

    @admin.display(description="run")
    def what(self, run: Run) -> str:
        return f"{run.created:%-d %b %Y, %H:%M}"

    @admin.display(description="state")
    def in_state(self, run: Run) -> SafeString:
        return format_html('<span class="run-{}">{}</span>', run.state.value, run.state.label)

    @admin.display(description="candidates")
    def candidate_labels(self, run: Run) -> str:
        return "; ".join(one["label"] for one in run.candidates)

    @admin.display(description="answers")
    def answers(self, run: Run) -> str:
        return f"{run._answers:,}"  # type: ignore[attr-defined]

    @admin.display(description="cost")
    def cost(self, run: Run) -> str:
        return in_a_column(run._cost + run._judged, run._unpriced)  # type: ignore[attr-defined]

    @admin.display(description="made")
    def made(self, run: Run) -> str:
        return ago(run.created)


def _prompt(pk: str) -> SystemPrompt | None:
    known = _ids(pk)
    return get_object_or_404(SystemPrompt.objects.select_related("published"), pk=known[0]) if known else None


def _ids(text: str) -> list[uuid.UUID]:
    found = []
    for word in text.split(",")[:MAX_CHOSEN]:
        try:
            found.append(uuid.UUID(word))
        except ValueError:
            continue
    return found
