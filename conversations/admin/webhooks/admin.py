"""Webhooks: entered, tried and switched off; their secrets are shown once."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from conversations.admin.base import deletion, shown_once
from conversations.admin.base.row_pages import RowPages
from conversations.admin.base.shown import NOTHING, ago
from conversations.models import User, Webhook, WebhookDelivery
from conversations.webhooks import events, mailing, signing
from conversations.webhooks.events import EVENTS

from .form import WebhookForm

SHOWN_DELIVERIES = 10


@admin.register(Webhook)
class WebhookAdmin(RowPages):
    row_name = "webhook"
    form = WebhookForm
    fields = ("name", "url", "events", "active", "opened")
    list_display = ("name", "url", "told", "active", "last")
    list_filter = ("active",)
    search_fields = ("name", "url")

    class Media:
        css = {"all": ["css/admin/rights.css"]}  # noqa: RUF012  (Django's own way)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<uuid:pk>/test/", view(require_POST(self.test_view)), name="conversations_webhook_test"),
            path("<uuid:pk>/secret/", view(self.secret_view), name="conversations_webhook_secret"),
            *super().get_urls(),
        ]

    # The secret

    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: bool) -> None:
        if not change:
            self._draw(request, obj)
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Webhook, post_url_continue: str | None = None) -> HttpResponse:
        if mailing.is_mail(obj.url):  # mails aren't signed
            return super().response_add(request, obj, post_url_continue)
        return self._secret_page(request, obj, "Webhook added")

    def secret_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        webhook: Webhook = self.row_to_change(request, pk)
        if request.method != "POST":
            return self.row_page(request, "new_secret", webhook, f"New secret for {webhook}")
        self._draw(request, webhook)
        webhook.save(update_fields=["sealed"])
        self.log_change(request, webhook, "Drew a new secret; messages are no longer signed with the one before.")
        return self._secret_page(request, webhook, "New secret")

    @sensitive_variables("secret")
    def _draw(self, request: HttpRequest, webhook: Webhook) -> None:
        secret = signing.new_secret()
        webhook.take(secret)
        request.drawn_secret = secret  # type: ignore[attr-defined]  # for the response

    def _secret_page(self, request: HttpRequest, webhook: Webhook, title: str) -> HttpResponse:
        """The only page that ever shows it, and never again."""
        secret = request.drawn_secret  # type: ignore[attr-defined]
        return shown_once.page(self, request, "webhook/secret.html", title, webhook, secret=secret)

    # Trying it

    def test_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        webhook: Webhook = self.row_to_change(request, pk)
        sent = events.send_test(webhook, cast("User", request.user))
        self.log_change(request, webhook, "Sent a test.")
        messages.info(request, "A test is being sent. Reload this page to see what came of it.")
        return redirect("admin:conversations_webhookdelivery_change", sent.pk)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"may_change": self.has_change_permission(request), "deliveries": _latest(object_id)}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    # Lists

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        found = list(objs)
        return deletion.summary(found, {WebhookDelivery: WebhookDelivery.objects.filter(webhook__in=found).count()})

    @admin.display(description="events")
    def told(self, webhook: Webhook) -> str:
        return ", ".join(event for event in EVENTS if event in webhook.events) or NOTHING

    @admin.display(description="last delivery")
    def last(self, webhook: Webhook) -> Any:
        found = webhook.deliveries.exclude(tried=None).first()
        return ago(found.tried) if found else NOTHING


def _latest(object_id: str) -> list[WebhookDelivery]:
    try:
        pk = UUID(object_id)
    except ValueError:
        return []
    return list(WebhookDelivery.objects.filter(webhook=pk).select_related("job")[:SHOWN_DELIVERIES])
