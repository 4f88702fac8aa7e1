"""What the list of users and the page of one show of what they did."""

from __future__ import annotations

from uuid import UUID

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Count, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from conversations.admin.base.permissions import may
from conversations.admin.base.rights import all_in_words
from conversations.admin.base.share_bar import bar
from conversations.admin.base.shown import NOTHING, ago
from conversations.models import Conversation, Limit, User
from conversations.usage.budgets import standing

from .form import password_state

VISITORS_ASKED_FOR = ("is_visitor__exact", "groups__id__exact")


class PersonColumns(UserAdmin):
    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Lists leave out visitors of widgets, who may be many, unless they are asked for."""
        own = Conversation.objects.filter(owner=OuterRef("pk")).order_by().values("owner")
        users = super().get_queryset(request)
        if request.GET.keys().isdisjoint(VISITORS_ASKED_FOR) and not (request.resolver_match and request.resolver_match.kwargs):
            users = users.filter(is_visitor=False)
        return users.annotate(
            _conversations=Coalesce(Subquery(own.annotate(number=Count("*")).values("number")), 0),
            _last_conversation=Subquery(own.annotate(last=Max("updated")).values("last")),
        )

    @admin.display(ordering="_conversations")
    def conversations(self, user: User) -> SafeString:
        url = reverse("admin:conversations_conversation_changelist")
        return format_html('<a href="{}?owner__id__exact={}">{}</a>', url, user.pk, f"{user._conversations:,}")  # type: ignore[attr-defined]

    @admin.display(description="last seen", ordering="_last_conversation")
    def last_seen(self, user: User) -> str:
        """The later of the last sign-in and the last change of a conversation."""
        times = [time for time in (user.last_login, user._last_conversation) if time]  # type: ignore[attr-defined]
        return ago(max(times, default=None), "never")

    @admin.display(description="password")
    def password_state(self, user: User) -> str:
        return password_state(user.password)

    @admin.display(description="own permissions")
    def rights(self, user: User) -> str | SafeString:
        return format_html_join("", "<div>{}</div>", ((words,) for words in all_in_words(user.user_permissions.all()))) or NOTHING

    @admin.display(description="attempts")
    def attempts(self, user: User) -> SafeString:
        url = reverse("admin:conversations_attempt_changelist")
        return format_html('<a href="{}?owner__id__exact={}">This user’s attempts</a>', url, user.pk)

    @admin.display(description="used this month")
    def used_this_month(self, user: User) -> str | SafeString:
        """Of every budget that applies to the user."""
        lines = (
            (one.label, one.used_in_words, one.allowed_in_words, bar(one.used, one.allowed), f"resets on {one.resets_in_words}")
            for one in standing.of(user)
        )
        return format_html_join(mark_safe("<br>"), "{}: {} of {} {} ({})", lines) or "no budget"


def limit_link(request: HttpRequest, user_id: str) -> str:
    """To this user's own limit, or the form of a new one. Empty for those who may do neither."""
    try:
        limit = Limit.objects.filter(person=UUID(user_id)).first()
    except ValueError:  # such a page says that there is no such user
        return ""
    if limit is not None:
        return reverse("admin:conversations_limit_change", args=[limit.pk]) if may(request.user, "view", "limit") else ""
    return f"{reverse('admin:conversations_limit_add')}?person={user_id}" if may(request.user, "add", "limit") else ""
