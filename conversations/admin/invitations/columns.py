"""What the list and the page of an invitation show of it."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from conversations.admin.base.shown import NOTHING
from conversations.models import Invitation

MOST_NAMES = 5


class InvitationColumns(admin.ModelAdmin):
    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        return super().get_queryset(request).select_related("made_by").prefetch_related("users", "groups")

    @admin.display(description="for", ordering="note")
    def recipient(self, invitation: Invitation) -> str:
        return str(invitation)

    @admin.display(description="state")
    def in_state(self, invitation: Invitation) -> SafeString:
        state = invitation.state
        return format_html('<span class="invitation-{}">{}</span>', state.name.lower(), state.label)

    @admin.display(description="used")
    def used_by(self, invitation: Invitation) -> str | SafeString:
        count = f"{invitation.uses} of {'any number' if invitation.max_uses is None else invitation.max_uses}"
        users = list(invitation.users.all())
        links = ((reverse("admin:conversations_user_change", args=[user.pk]), user.get_username()) for user in users[:MOST_NAMES])
        more = f" and {len(users) - MOST_NAMES} more" if len(users) > MOST_NAMES else ""
        return format_html("{}{}{}{}", count, ": " if users else "", format_html_join(", ", '<a href="{}">{}</a>', links), more)

    @admin.display(description="groups")
    def in_groups(self, invitation: Invitation) -> str:
        return ", ".join(group.name for group in invitation.groups.all()) or NOTHING

    @admin.display(description="expires", ordering="expires")
    def until(self, invitation: Invitation) -> str:
        return date_format(timezone.localtime(invitation.expires), "j F Y, H:i")

    @admin.display(description="made by", ordering="made_by__username")
    def maker(self, invitation: Invitation) -> str:
        return str(invitation.made_by or NOTHING)
