"""Groups: a member has their permissions, so what they are is for superusers to say."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from conversations.admin.base.rights import all_in_words
from conversations.admin.base.shown import NOTHING
from conversations.admin.base.superusers import ChangedBySuperusers

from .form import GroupForm

admin.site.unregister(Group)


@admin.register(Group)
class RightsGroupAdmin(ChangedBySuperusers, GroupAdmin):
    form = GroupForm
    list_display = ("name", "members")
    filter_horizontal = ()

    class Media:
        css = {"all": ["css/admin/rights.css"]}  # noqa: RUF012  (Django's own way)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).annotate(_members=Count("user", distinct=True)).prefetch_related("permissions")

    def get_fields(self, request: HttpRequest, obj: Group | None = None) -> Any:
        if obj is None:
            return ("name", "permissions")
        return ("name", "permissions" if self.has_change_permission(request, obj) else "rights", "members")

    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> Any:
        return ("rights", "members")

    @admin.display(description="what members may do")
    def rights(self, group: Group) -> str | SafeString:
        return format_html_join("", "<div>{}</div>", ((words,) for words in all_in_words(group.permissions.all()))) or NOTHING

    @admin.display(description="members", ordering="_members")
    def members(self, group: Group) -> SafeString:
        url = reverse("admin:conversations_user_changelist")
        return format_html('<a href="{}?groups__id__exact={}">{}</a>', url, group.pk, group._members)  # type: ignore[attr-defined]
