"""The page of an experiment, and what can be done there."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from conversations.admin.base.permissions import may
from conversations.admin.base.row_pages import RowPages
from conversations.evaluation.experiments import ending, running, words
from conversations.models import Ending, Experiment, User
from conversations.studio import drafts, rights, scheduling

from .figures import shown
from .form import GuardsForm


class ExperimentPages(RowPages):
    row_name = "experiment"
    row_related = ("prompt", "live", "candidate", "started_by", "ended_by")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        named = (
            ("<uuid:experiment>/end/", self.end_view, "end"),
            ("<uuid:experiment>/publish/", require_POST(self.publish_view), "publish"),
            ("<uuid:experiment>/guards/", self.guards_view, "guards"),
        )
        return [*(path(place, view(page), name=f"conversations_experiment_{name}") for place, page, name in named), *super().get_urls()]

    # They have no permissions of their own: who sees prompts sees them

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request.user, "view", "systemprompt")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request.user, "view", "systemprompt")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and request.user.has_perm(running.RIGHT)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # but for its guards and its planned end

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # it goes with its prompt

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            experiment: Experiment = self.row(request, UUID(object_id))
        except ValueError:
            return redirect("admin:conversations_experiment_changelist")
        may_run = self.has_add_permission(request)
        is_comparable = experiment.prompt.published_id == experiment.live_id
        return self.row_page(
            request,
            "experiment",
            experiment,
            f"Experiment with “{experiment.prompt}”",
            shown=shown(experiment),
            plan=words.plan(experiment),
            scheduled=scheduling.waiting(experiment.prompt) if experiment.is_running else None,
            may_end=may_run and experiment.is_running,
            may_change=may_run and experiment.is_running and rights.may_move_live(_user(request), experiment.prompt),
            may_publish=is_comparable and rights.may_move_live(_user(request), experiment.prompt),
            may_see_users=may(request.user, "view", "user"),
        )

    @transaction.atomic
    def end_view(self, request: HttpRequest, experiment: UUID) -> HttpResponse:
        """GET asks, with what would end; POST ends it."""
        found = self._to_run(request, experiment)
        if request.method != "POST" and found.is_running:
            return self.row_page(request, "end", found, f"End the experiment with “{found.prompt}”", number=found.conversations.count())
        drafts.locked(found.prompt)
        if ending.end(found, Ending.BY_HAND, "It was ended by hand.", _user(request)):
            messages.success(request, "The experiment has ended. All conversations follow what is live with their next answer.")
        else:
            messages.info(request, "The experiment had ended already.")
        return redirect("admin:conversations_experiment_change", found.pk)

    def publish_view(self, request: HttpRequest, experiment: UUID) -> HttpResponse:
        """Makes the candidate live, as “Make live” on its version's page does."""
        found: Experiment = self.row(request, experiment)
        if not rights.may_move_live(_user(request), found.prompt):
            raise PermissionDenied
        try:
            messages.success(request, running.publish(found, _user(request)))
        except running.NotPossible as obstacle:
            messages.error(request, str(obstacle))
        else:
            if scheduled := scheduling.waiting(found.prompt):
                then = f"Version {scheduled.version.number} still becomes live on {scheduling.time_of(scheduled)}"
                messages.warning(request, f"{then}, unless you cancel it on the prompt’s page.")
        return redirect("admin:conversations_experiment_change", found.pk)

    def guards_view(self, request: HttpRequest, experiment: UUID) -> HttpResponse:
        found = self._to_run(request, experiment)
        form = GuardsForm.of(found, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                running.change(found, _user(request), **form.planned)
            except running.NotPossible as obstacle:
                messages.error(request, str(obstacle))
            else:
                messages.success(request, "The change holds from now on.")
            return redirect("admin:conversations_experiment_change", found.pk)
        return self.row_page(request, "guards", found, "Guards and planned end", form=form)

    def _to_run(self, request: HttpRequest, pk: UUID) -> Experiment:
        found: Experiment = self.row(request, pk)
        if not self.has_add_permission(request):
            raise PermissionDenied
        return found


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)
