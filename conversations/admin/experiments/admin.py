"""Experiments: their list, and starting one."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.admin.base.shown import ago
from conversations.evaluation.experiments import running
from conversations.models import Experiment, SystemPrompt, User

from .form import MAX_SHARE, StartForm
from .pages import ExperimentPages


@admin.register(Experiment)
class ExperimentAdmin(ExperimentPages):
    list_display = ("what", "prompt", "state", "share_shown", "taking_part", "begun", "over")
    list_display_links = ("what",)
    list_filter = ("prompt",)
    list_select_related = ("prompt", "live", "candidate")
    list_per_page = 50
    sortable_by = ()
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Experiment]:
        return super().get_queryset(request).annotate(_conversations=Count("conversations"))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Asks for the prompt first, then for all else. A POST starts the experiment."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        prompt = _prompt(request.GET.get("prompt", ""))
        if prompt is None:
            prompts = SystemPrompt.objects.annotate(number=Count("versions")).order_by("name")
            return self._start_page(request, "Experiment: with which prompt?", prompts=prompts)
        if prompt.experiment_id:
            messages.info(request, "An experiment with this prompt runs already.")
            return redirect("admin:conversations_experiment_change", prompt.experiment_id)
        form = StartForm(request.POST if request.method == "POST" else None, prompt, request.GET.get("candidate", ""))
        if request.method == "POST" and form.is_valid():
            try:
                made = running.start(prompt, form.candidate_version, cast("User", request.user), **form.planned)
            except running.NotPossible as obstacle:
                form.add_error(None, str(obstacle))
            else:
                messages.success(request, f"The experiment runs: {made.share} % of new conversations get version {made.candidate.number}.")
                return redirect("admin:conversations_experiment_change", made.pk)
        return self._start_page(request, f"Start an experiment with “{prompt}”", form=form, prompt=prompt, max_share=MAX_SHARE)

    def _start_page(self, request: HttpRequest, title: str, **context: Any) -> HttpResponse:
        request.current_app = self.admin_site.name
        known = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        return TemplateResponse(request, "admin/conversations/experiment/start.html", {**known, **context})

    # The list

    @admin.display(description="experiment")
    def what(self, experiment: Experiment) -> str:
        return str(experiment)

    @admin.display(description="state")
    def state(self, experiment: Experiment) -> SafeString:
        kind, words = ("default", "running") if experiment.is_running else ("label", experiment.get_ending_display())
        return format_html('<span class="state state-{}">{}</span>', kind, words)

    @admin.display(description="share")
    def share_shown(self, experiment: Experiment) -> str:
        return f"{experiment.share} %"

    @admin.display(description="conversations")
    def taking_part(self, experiment: Experiment) -> str:
        return f"{experiment._conversations:,}"  # type: ignore[attr-defined]

    @admin.display(description="started")
    def begun(self, experiment: Experiment) -> str:
        return ago(experiment.started)

    @admin.display(description="ended")
    def over(self, experiment: Experiment) -> str:
        return ago(experiment.ended)


def _prompt(pk: str) -> SystemPrompt | None:
    try:
        key = uuid.UUID(pk)
    except ValueError:
        return None
    return get_object_or_404(SystemPrompt.objects.select_related("published"), pk=key)
