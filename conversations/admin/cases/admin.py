"""Cases of prompts. Who may evaluate prompts edits them."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from conversations.admin.base.shown import NOTHING, ago
from conversations.models import Case, User

from .filters import TagFilter
from .form import CaseForm
from .making import MadeCases

MAX_CHOSEN = 200


@admin.register(Case)
class CaseAdmin(MadeCases):
    form = CaseForm
    fieldsets = (
        (None, {"fields": ("prompt", "name", "turns", "variables")}),
        ("How its answer is judged", {"fields": ("expected", "checks", "tags")}),
    )
    list_display = ("name", "prompt", "checked", "tag_names", "made")
    list_filter = ("prompt", TagFilter)
    list_select_related = ("prompt",)
    search_fields = ("name", "turns", "expected")
    actions = ("run_selected",)
    list_per_page = 50
    change_list_template = "admin/conversations/case/change_list.html"

    class Media:
        css = {"all": ["css/admin/cases.css"]}  # noqa: RUF012  (Django's own way)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        return super().get_queryset(request).select_related("prompt")

    def save_model(self, request: HttpRequest, obj: Case, form: Any, change: bool) -> None:
        if not change:
            obj.author = cast("User", request.user)
        super().save_model(request, obj, form, change)

    @admin.action(description="Run selected cases …")
    def run_selected(self, request: HttpRequest, queryset: QuerySet[Case]) -> HttpResponse | None:
        prompts = set(queryset.values_list("prompt", flat=True))
        if len(prompts) != 1:
            self.message_user(request, "Choose cases of one prompt: a run is of one.", "error")
            return None
        chosen = ",".join(str(pk) for pk in queryset.values_list("pk", flat=True)[:MAX_CHOSEN])
        return redirect(f"{reverse('admin:conversations_run_add')}?prompt={prompts.pop()}&cases={chosen}")

    @admin.display(description="checks")
    def checked(self, case: Case) -> str:
        return f"{len(case.checks)}" if case.checks else NOTHING

    @admin.display(description="tags")
    def tag_names(self, case: Case) -> str:
        return ", ".join(case.tags) or NOTHING

    @admin.display(description="made", ordering="created")
    def made(self, case: Case) -> str:
        return ago(case.created)
