"""Invitations: made, shown once, listed with what became of them, and revoked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone

from conversations.admin.base import shown_once
from conversations.admin.base.permissions import may
from conversations.mail import has_mail
from conversations.models import Invitation, InvitationState
from conversations.pages import mail

from .columns import InvitationColumns
from .form import InvitationForm


@admin.register(Invitation)
class InvitationAdmin(InvitationColumns):
    form = InvitationForm
    list_display = ("recipient", "in_state", "used_by", "in_groups", "until", "maker")
    search_fields = ("note", "email", "users__username")
    search_hint = "Searches whom they are for, addresses, and names of users who joined."
    actions = ("revoke",)
    change_form_template = "admin/conversations/invitation/change_form.html"
    add_fieldsets = (
        (None, {"fields": ("note", "email")}),
        ("What the link gives", {"fields": ("groups", "max_uses", "lifetime")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        if obj is not None:
            return [(None, {"fields": ("recipient", "email", "in_state", "used_by", "in_groups", "until", "maker", "created")})]
        if request.user.is_superuser:
            return self.add_fieldsets
        return [(name, {"fields": tuple(field for field in group["fields"] if field != "groups")}) for name, group in self.add_fieldsets]

    def get_readonly_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        return () if obj is None else self.get_fieldsets(request, obj)[0][1]["fields"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name == "groups":
            field.widget.can_add_related = False  # Django's window for a new group would not add it to boxes
            field.help_text = (
                "New users become members. A group with permissions lets them into the administration, as far as its permissions go."
            )
        return field

    def has_view_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return super().has_view_permission(request, obj) and may(request.user, "view", "user")  # users' names are on it

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False  # what was told of a link stays true; Django's permission to change it means revoking

    def has_delete_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False  # the list says who came by which

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return may(request.user, "change", "invitation")

    # Made

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        obj.made_by = request.user  # type: ignore[assignment]
        obj.token = obj.draw_token()  # type: ignore[attr-defined]  # for the response
        super().save_model(request, obj, form, change)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().add_view(request, form_url, {"title": "Invite people", **(extra_context or {})})
        made = getattr(response, "context_data", {}).get("made")
        if made and made.email and has_mail():  # outside the transaction: a mail server may take its time
            response.context_data["is_sent"] = self._send(request, made, response.context_data["link"])  # type: ignore[attr-defined]
        return response

    def response_add(self, request: HttpRequest, obj: Invitation, post_url_continue: str | None = None) -> HttpResponse:
        """The only page that ever shows the link."""
        link = mail.link(request, reverse("join", args=[obj.token]))  # type: ignore[attr-defined]
        groups = ", ".join(group.name for group in obj.groups.all())
        return shown_once.page(self, request, "invitation/made.html", "Invitation link", obj, link=link, groups=groups)

    def _send(self, request: HttpRequest, invitation: Invitation, link: str) -> bool:
        try:
            get_adapter().send_mail("account/email/invitation", invitation.email, {"link": link, "invitation": invitation})
        except OSError as error:  # smtplib's errors, too
            messages.error(request, f"The mail to {invitation.email} could not be sent: {error}. Give the link to the new user yourself.")
            return False
        return True

    # Revoked

    def get_urls(self) -> list[Any]:
        revoke = self.admin_site.admin_view(self.revoke_view)
        return [path("<uuid:pk>/revoke/", revoke, name="conversations_invitation_revoke"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        invitation = self.get_object(request, object_id)
        may_revoke = bool(invitation and invitation.state == InvitationState.OPEN and self.has_revoke_permission(request))
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "may_revoke": may_revoke})

    def revoke_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        if not self.has_revoke_permission(request):
            raise PermissionDenied
        found = get_object_or_404(Invitation, pk=pk)
        if request.method == "POST":
            self._revoke(request, [found])
        return redirect("admin:conversations_invitation_changelist")

    @admin.action(description="Revoke selected invitations", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        self._revoke(request, list(queryset))

    def _revoke(self, request: HttpRequest, invitations: list[Invitation]) -> None:
        revoked = [one for one in invitations if Invitation.objects.filter(pk=one.pk, revoked=None).update(revoked=timezone.now())]
        for one in revoked:
            self.log_change(request, one, "Revoked.")
        names = ", ".join(str(one) for one in revoked)
        messages.success(request, f"Revoked: {names}." if revoked else "These were revoked already.")
