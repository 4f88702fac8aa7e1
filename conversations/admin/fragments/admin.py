"""Fragments: texts that several prompts include. Who may publish prompts edits them, for what is saved is sent with the next answer."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from conversations.admin.base import deletion
from conversations.admin.base.permissions import may
from conversations.admin.base.shown import NOTHING, ago
from conversations.models import Fragment, FragmentVersion, User
from conversations.studio import fragment_uses

from .form import FragmentForm
from .publishing import PublishFragment

SHOWN_VERSIONS = 50


@admin.register(Fragment)
class FragmentAdmin(PublishFragment):
    form = FragmentForm
    fields = ("name", "description", "text", "note", "opened")
    list_display = ("name", "description", "version", "changed")
    list_select_related = ("current",)
    search_fields: ClassVar = ["name", "description", "versions__text"]

    class Media:
        css = {"all": ["css/admin/prompt-versions.css"]}  # noqa: RUF012  (Django's own way)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(may(request.user, "view", "systemprompt"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request) and request.user.has_perm("conversations.publish_systemprompt")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request) and bool(may(request.user, "delete", "systemprompt"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Fragment]:
        return super().get_queryset(request).select_related("current")

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
        obj.save()
        text, before = form.cleaned_data["text"], obj.current
        if before and before.text == text:
            return
        made = obj.publish(text, author=cast("User", request.user), note=form.cleaned_data["note"])
        following = [use.prompt.name for use in fragment_uses.uses(obj.name) if use.follows and use.where == "live"]
        if before:
            self.log_change(request, obj, f"Published version {made.number} (before: version {before.number}).")
        told = f"Used in {', '.join(following)}: with the next answer." if following else "No live prompt uses it."
        messages.success(request, f"Version {made.number} of “{obj.name}” is current. {told}")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], add: bool = False, change: bool = False, form_url: str = "", obj: Any = None
    ) -> HttpResponse:
        if obj:
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
        return deletion.summary(found, {FragmentVersion: FragmentVersion.objects.filter(fragment__in=found).count()}, kept)

    @admin.display(description="version")
    def version(self, fragment: Fragment) -> str:
        return str(fragment.current.number) if fragment.current else NOTHING

    @admin.display(description="changed", ordering="current__created")
    def changed(self, fragment: Fragment) -> str:
        return ago(fragment.current.created) if fragment.current else NOTHING
