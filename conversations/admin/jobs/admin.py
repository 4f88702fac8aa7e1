"""Background jobs: what runs, what failed, and cancelling and running it again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse

from conversations.admin.base.permissions import may
from conversations.admin.base.previous_page import previous_page
from conversations.jobs import tasks
from conversations.models import Job, JobState
from conversations.search.rebuilding import rebuild_search_index

from .columns import JobColumns, title
from .filters import KindFilter


@admin.register(Job)
class JobAdmin(JobColumns):
    list_display = ("what", "in_state", "progress", "begun", "took", "tries", "result")
    list_filter = ("state", KindFilter)
    list_per_page = 50
    show_full_result_count = False
    sortable_by = ()
    actions = ("cancel", "run_again")
    fields = ("in_state", "progress", "result", "tries", "made", "last_begun", "ended", "took", "given")
    readonly_fields = fields
    change_list_template = "admin/conversations/job/change_list.html"
    change_form_template = "admin/conversations/job/change_form.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # Django's permission to add one means having the search index rebuilt

    def has_change_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False  # Django's permission to change one means cancelling and running it again

    def has_delete_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False  # they go by themselves after thirty days

    def has_view_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return may(request.user, "view", "job")

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return may(request.user, "change", "job")

    # Pages

    def get_urls(self) -> list[Any]:
        cancel, again, rebuild = (self.admin_site.admin_view(view) for view in (self.cancel_view, self.again_view, self.rebuild_view))
        return [
            path("rebuild-search/", rebuild, name="conversations_job_rebuild_search"),
            path("<uuid:pk>/cancel/", cancel, name="conversations_job_cancel"),
            path("<uuid:pk>/again/", again, name="conversations_job_again"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "may_rebuild": may(request.user, "add", "job")})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "may_manage": self.has_manage_permission(request)}
        )

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        context["title"] = title(kwargs["obj"].kind)
        return super().render_change_form(request, context, *args, **kwargs)

    # What is done with them

    @admin.action(description="Cancel selected jobs", permissions=["manage"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._cancel(request, list(queryset))

    @admin.action(description="Run selected jobs again", permissions=["manage"])
    def run_again(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._run_again(request, list(queryset))

    def cancel_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._button(request, pk, self._cancel)

    def again_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._button(request, pk, self._run_again)

    def rebuild_view(self, request: HttpRequest) -> HttpResponse:
        if not may(request.user, "add", "job"):
            raise PermissionDenied
        page = reverse("admin:conversations_job_changelist")
        if request.method != "POST":
            return redirect(page)
        under_way = Job.objects.filter(kind=rebuild_search_index.kind, state__in=(JobState.WAITING, JobState.RUNNING)).first()
        if under_way is None:
            self.log_addition(request, job := rebuild_search_index.enqueue(), "Started.")
        else:
            job = under_way
            messages.info(request, "The search index is being rebuilt already.")
        return redirect("admin:conversations_job_change", job.pk) if self.has_view_permission(request) else redirect("admin:index")

    def _button(self, request: HttpRequest, pk: UUID, do: Any) -> HttpResponse:
        if not self.has_manage_permission(request):
            raise PermissionDenied
        job = get_object_or_404(Job, pk=pk)
        if request.method == "POST":
            do(request, [job])
        return redirect(previous_page(request) or reverse("admin:conversations_job_change", args=[pk]))

    def _cancel(self, request: HttpRequest, jobs: list[Job]) -> None:
        done = [job for job in jobs if tasks.cancel(job.pk)]
        self._say(request, done, "Cancelled", "None of these waits, runs or failed, so there was nothing to cancel.")

    def _run_again(self, request: HttpRequest, jobs: list[Job]) -> None:
        done = [job for job in jobs if tasks.run_again(job.pk)]
        self._say(request, done, "Run again", "None of these is over, so none was run again.")

    def _say(self, request: HttpRequest, done: list[Job], word: str, nothing: str) -> None:
        for job in done:
            self.log_change(request, job, f"{word}.")
        if done:
            messages.success(request, f"{word}: {', '.join(sorted({title(job.kind) for job in done}))}.")
        else:
            messages.info(request, nothing)
