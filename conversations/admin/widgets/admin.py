"""Widgets: made, tried on a page of the admin, and put on another site with the tag that is shown here."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.debug import sensitive_variables

from conversations.admin.base import deletion, shown_once
from conversations.admin.base.row_pages import RowPages
from conversations.models import Conversation, User, Visitor, Visitors, Widget, sealed
from conversations.pages import mail
from conversations.usage.budgets import months, recounting, standing
from conversations.usage.ledger import amounts
from conversations.usage.limits import subject_names
from conversations.widgets import known, retention, signed_tokens
from conversations.widgets.signed_tokens import Claims

from .form import WidgetForm

SHOWN_CHARACTERS = 30
"""Of a site, in the list."""
SEEN: Any = ("Looks", {"fields": ("layout", "title", "greeting", "starters", "language", "theme", "accent")})
LIMITED: Any = {
    "fields": (
        *("messages_per_minute", "visitor_messages_per_day", "messages_per_day", "new_visitors_per_minute"),
        *("monthly_cost", "daily_cost", "visitor_daily_cost", "keep_days"),
    ),
    "description": "Limits for everyone count besides. A change counts within two seconds.",
}


@admin.register(Widget)
class WidgetAdmin(RowPages):
    row_name = "widget"
    row_related = ("prompt",)
    form = WidgetForm
    list_display = ("name", "prompt", "sites", "active", "visitors", "this_month")
    list_filter = ("active",)
    search_fields = ("name", "title")
    fieldsets = (
        (
            None,
            {"fields": ("name", "prompt", "prompt_label", "active", "origins", "visitors_are", "hands_over", "takes_pictures", "opened")},
        ),
        SEEN,
        ("Limits of its own", LIMITED),
    )

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<uuid:pk>/preview/", view(self.preview_view), name="conversations_widget_preview"),
            path("<uuid:pk>/secret/", view(self.secret_view), name="conversations_widget_secret"),
            *super().get_urls(),
        ]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name == "prompt":
            for can in ("can_add_related", "can_change_related", "can_view_related", "can_delete_related"):
                setattr(field.widget, can, False)
        return field

    # Saved and deleted

    def save_model(self, request: HttpRequest, obj: Widget, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        form.save_limits()
        transaction.on_commit(known.forget)

    def delete_model(self, request: HttpRequest, obj: Widget) -> None:
        with transaction.atomic():
            retention.delete_all(obj)
            super().delete_model(request, obj)
            Group.objects.filter(pk=obj.group_id).delete()  # and with it its limits
            transaction.on_commit(known.forget)
            transaction.on_commit(recounting.changed)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Widget]) -> None:
        for widget in queryset:
            self.delete_model(request, widget)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        found = list(objs)
        related = {
            Visitor: Visitor.objects.filter(widget__in=found).count(),
            Conversation: Conversation.objects.filter(owner__visitor__widget__in=found).count(),
        }
        return deletion.summary(found, related)

    # Put on a site, and tried

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        widget = self.get_object(request, object_id)
        more = {} if widget is None else {"tag": _tag(request, widget), "is_answering": known.is_answering(widget)}
        more |= {"may_change": self.has_change_permission(request), "needs_secret": _needs_secret(widget)}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def response_add(self, request: HttpRequest, obj: Widget, post_url_continue: str | None = None) -> HttpResponse:
        """Its page, where the tag is."""
        messages.success(request, f"“{obj}” is made. Put its tag on a page, or look at its preview.")
        return redirect("admin:conversations_widget_change", obj.pk)

    def preview_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        widget = self.row(request, pk)
        shown = {"source": reverse("widget_script", args=[widget.key]), "is_answering": known.is_answering(widget)}
        shown |= {"needs_secret": _needs_secret(widget), "token": _token(widget, cast("User", request.user))}
        return self.row_page(request, "preview", widget, f"Preview of {widget}", **shown)

    # The secret of the host's tokens

    @sensitive_variables("secret")
    def secret_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        widget: Widget = self.row_to_change(request, pk)
        if request.method != "POST":
            return self.row_page(request, "new_secret", widget, f"New secret for {widget}")
        secret = signed_tokens.new_secret()
        widget.take(secret)
        widget.save(update_fields=["sealed"])
        transaction.on_commit(known.forget)
        self.log_change(request, widget, "Drew a new secret; tokens that were signed with the one before are refused.")
        return shown_once.page(self, request, "widget/secret.html", "New secret", widget, secret=secret)

    # Lists

    def get_queryset(self, request: HttpRequest) -> QuerySet[Widget]:
        return super().get_queryset(request).select_related("prompt").annotate(_visitors=Count("visitors"))

    @admin.display(description="sites")
    def sites(self, widget: Widget) -> str:
        first, *others = [origin.partition("://")[2] for origin in widget.origins]
        shown = f"{first[:SHOWN_CHARACTERS]}…" if len(first) > SHOWN_CHARACTERS else first
        return f"{shown} and {len(others)} more" if others else shown

    @admin.display(ordering="_visitors")
    def visitors(self, widget: Widget) -> SafeString:
        url = reverse("admin:conversations_conversation_changelist")
        number = f"{widget._visitors:,}"  # type: ignore[attr-defined]
        return format_html('<a href="{}?owner__visitor__widget__id__exact={}">{}</a>', url, widget.pk, number)

    @admin.display(description="cost this month")
    def this_month(self, widget: Widget) -> str:
        return amounts.dollars(standing.of_subject(subject_names.of_group(widget.group_id), months.current()).cost)


def _tag(request: HttpRequest, widget: Widget) -> str:
    """What a host puts on its pages."""
    address = mail.link(request, reverse("widget_script", args=[widget.key]))
    return f'<script src="{address}" async></script>'


def _token(widget: Widget, user: User) -> str:
    """With which the administrator is a visitor of their own, where a host signs its users in; else empty."""
    if widget.visitors_are != Visitors.SIGNED or not widget.sealed:
        return ""
    try:
        return signed_tokens.sign(Claims(f"preview-of-{user.pk}", user.get_username()), widget.secret, widget.key)
    except sealed.Unreadable:
        return ""


def _needs_secret(widget: Widget | None) -> bool:
    return widget is not None and widget.visitors_are == Visitors.SIGNED and not widget.sealed
