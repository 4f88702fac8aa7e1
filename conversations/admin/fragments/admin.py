"""Fragments: texts that several prompts include. Who may change prompts edits their drafts, who may publish prompts publishes them."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.forms import Script
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from conversations.admin.base import deletion
from conversations.admin.base.permissions import may
from conversations.admin.base.shown import NOTHING, ago
from conversations.models import Fragment, FragmentVersion, User
from conversations.rendering import fragments
from conversations.studio import fragment_drafts, fragment_uses

from .form import FragmentForm
from .publishing import PublishFragment

SHOWN_VERSIONS = 50


@admin.register(Fragment)
class FragmentAdmin(PublishFragment):
    form = FragmentForm
    fields = ("name", "description", "site_policy", "text", "opened")
    list_display = ("name", "description", "version", "changed")
    list_select_related = ("current", "draft")
    search_fields: ClassVar = ["name", "description", "versions__text"]

    class Media:
        js = (Script("js/admin/autosave.js", type="module"),)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(may(request.user, "view", "systemprompt"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Of the draft, which no prompt gets."""
        return self.has_view_permission(request) and (self.may_publish(request) or bool(may(request.user, "change", "systemprompt")))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_publish(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_publish(request) and bool(may(request.user, "delete", "systemprompt"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Fragment]:
        return super().get_queryset(request).select_related("current", "draft")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Fragment | None:
        if request.method == "POST" and (found := super().get_object(request, object_id, from_field)):
            Fragment.objects.select_for_update().get(pk=found.pk)  # another save at the same time waits here, then reads again
        return super().get_object(request, object_id, from_field)

    def get_readonly_fields(self, request: HttpRequest, obj: Fragment | None = None) -> Any:
        return () if self.has_change_permission(request) else ("name", "description")

    def get_fields(self, request: HttpRequest, obj: Fragment | None = None) -> Any:
        return self.fields if self.has_change_permission(request) else ("name", "description")

    def get_form(self, request: HttpRequest, obj: Fragment | None = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.user = request.user
        return form

    def save_model(self, request: HttpRequest, obj: Fragment, form: FragmentForm, change: bool) -> None:
        is_policy, was_policy = form.cleaned_data["site_policy"], bool(obj.policy_since)
        if is_policy != was_policy:
            obj.policy_since = timezone.now() if is_policy else None
        obj.save()
        if is_policy != was_policy:
            transaction.on_commit(fragments.forget_served_policy)
            told = "Made it the site policy, before each prompt’s text." if is_policy else "Took it away as the site policy."
            self.log_change(request, obj, told)
            messages.success(request, f"{'Every' if is_policy else 'No'} prompt has it before its text, from the next answer on.")
        text, author = form.cleaned_data["text"], cast("User", request.user)
        if not change:
            obj.publish(text, author=author)
            self.tell_published(request, obj)
        elif fragment_drafts.edited(obj) != text and fragment_drafts.save(obj, text, author) and "_publish" not in request.POST:
            messages.info(request, "The draft is saved. Prompts don’t get it until it is published.")
            for problem in fragment_uses.problems(obj.name, text, author):
                messages.warning(request, f"It can’t be published yet. {problem}")

    def response_change(self, request: HttpRequest, obj: Fragment) -> HttpResponse:
        if "_publish" in request.POST:
            return redirect("admin:conversations_fragment_publish", obj.pk)
        return super().response_change(request, obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], add: bool = False, change: bool = False, form_url: str = "", obj: Any = None
    ) -> HttpResponse:
        if obj:
            form = context["adminform"].form
            context["draft"], context["may_publish"] = fragment_drafts.of(obj), self.may_publish(request)
            context["overtaken_by"], context["clashes"] = getattr(form, "overtaken_by", None), getattr(form, "clashes", [])
            context["uses"] = fragment_uses.uses(obj.name)
            context["versions"] = obj.versions.select_related("author")[:SHOWN_VERSIONS]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        found = list(objs)
        kept = [
            f"“{one.name}” is used in {', '.join(dict.fromkeys(use.prompt.name for use in used))}: take it out there first."
            for one in found
            if (used := fragment_uses.uses(one.name))
        ]
        kept += [f"“{one.name}” is in the site policy: take it out there first." for one in found if fragment_uses.policy_reaches(one.name)]
        return deletion.summary(found, {FragmentVersion: FragmentVersion.objects.filter(fragment__in=found).count()}, kept)

    @admin.display(description="version")
    def version(self, fragment: Fragment) -> str:
        number = str(fragment.current.number) if fragment.current else NOTHING
        marks = [*(["draft"] if hasattr(fragment, "draft") else []), *(["site policy"] if fragment.policy_since else [])]
        return ", ".join([number, *marks])

    @admin.display(description="changed", ordering="current__created")
    def changed(self, fragment: Fragment) -> str:
        return ago(fragment.current.created) if fragment.current else NOTHING
