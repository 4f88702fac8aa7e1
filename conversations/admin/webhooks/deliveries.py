"""The log of what was sent to webhooks, and sending it again."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from conversations.admin.base.permissions import may
from conversations.admin.base.shown import NOTHING, ago
from conversations.models import DeliveryState, WebhookDelivery
from conversations.webhooks import delivery as deliveries


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(admin.ModelAdmin):
    list_display = ("event", "webhook", "in_state", "status", "took", "tries", "made")
    list_filter = ("state", "webhook", "event")
    list_select_related = ("webhook", "job")
    list_per_page = 50
    show_full_result_count = False
    sortable_by = ()
    search_fields = ("webhook__name", "body")
    search_help_text = "Searches webhooks’ names and what was sent, such as a prompt’s slug."
    actions = ("send_again",)
    fields = (
        *("webhook", "event", "in_state", "why", "status", "took", "tries"),
        *("made", "last_tried", "next_try", "identifier", "sent", "answered"),
    )
    readonly_fields = fields
    change_form_template = "admin/conversations/webhookdelivery/change_form.html"

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request.user, "view", "webhook")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # Django's permission to change a webhook means sending again

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # they go by themselves after thirty days

    def has_send_permission(self, request: HttpRequest) -> bool:
        return may(request.user, "change", "webhook")

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        return super().get_queryset(request).select_related("webhook", "job")

    def get_urls(self) -> list[Any]:
        again = self.admin_site.admin_view(require_POST(self.again_view))
        return [path("<uuid:pk>/again/", again, name="conversations_webhookdelivery_again"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "may_send": self.has_send_permission(request)})

    # Sending again

    @admin.action(description="Send selected deliveries again", permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        self._send(request, list(queryset))

    def again_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        if not self.has_send_permission(request):
            raise PermissionDenied
        self._send(request, [get_object_or_404(WebhookDelivery.objects.select_related("webhook"), pk=pk)])
        return redirect("admin:conversations_webhookdelivery_change", pk)

    def _send(self, request: HttpRequest, chosen: list[WebhookDelivery]) -> None:
        sent = [one for one in chosen if deliveries.send_again(one.pk)]
        for one in sent:
            self.log_change(request, one.webhook, f"Sent {one.event} ({one.message_id}) again.")
        if sent:
            messages.success(request, f"{len(sent)} to be sent again. Reload the page to see what came of it.")
        if len(sent) < len(chosen):
            messages.info(request, f"{len(chosen) - len(sent)} left alone: being sent just now.")

    # Columns

    @admin.display(description="state", ordering="state")
    def in_state(self, one: WebhookDelivery) -> str:
        if one.is_stuck:
            return "not sent: its background job was cancelled or failed"
        if one.state == DeliveryState.WAITING and one.attempts:
            return "waits for the next attempt"
        return str(one.get_state_display())

    @admin.display(description="why")
    def why(self, one: WebhookDelivery) -> str:
        return one.error or NOTHING

    @admin.display(description="took")
    def took(self, one: WebhookDelivery) -> str:
        return NOTHING if one.duration_ms is None else f"{one.duration_ms:,} ms"

    @admin.display(description="attempts")
    def tries(self, one: WebhookDelivery) -> str:
        return str(one.attempts)

    @admin.display(description="made")
    def made(self, one: WebhookDelivery) -> Any:
        return ago(one.created)

    @admin.display(description="last attempt")
    def last_tried(self, one: WebhookDelivery) -> Any:
        return ago(one.tried)

    @admin.display(description="next attempt")
    def next_try(self, one: WebhookDelivery) -> Any:
        waits = one.state == DeliveryState.WAITING and not one.is_stuck
        return ago(one.job.due) if waits and one.job else NOTHING

    @admin.display(description="webhook-id")
    def identifier(self, one: WebhookDelivery) -> str:
        return one.message_id

    @admin.display(description="sent")
    def sent(self, one: WebhookDelivery) -> Any:
        return format_html('<pre class="prompt-text">{}</pre>', json.dumps(json.loads(one.body), indent=2, ensure_ascii=False))

    @admin.display(description="beginning of the answer")
    def answered(self, one: WebhookDelivery) -> Any:
        return format_html('<pre class="prompt-text">{}</pre>', one.answer) if one.answer else NOTHING
