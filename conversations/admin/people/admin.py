"""People: Django's user admin, which also closes the live sockets of whoever loses a right."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from conversations.admin.base import deletion
from conversations.admin.base.shown import ago
from conversations.admin.limits.admin import bar
from conversations.commands import deletion as conversation_deletion
from conversations.live import authentication
from conversations.models import Conversation, Message, User
from conversations.usage.budgets import standing

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(User)
class PersonAdmin(UserAdmin):
    list_display = ("username", "email", "is_active", "is_staff", "conversations", "last_seen")
    change_form_template = "admin/conversations/user/change_form.html"
    readonly_fields = ("conversations", "attempts", "used_this_month", "last_seen", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Personal info", {"fields": ("first_name", "last_name", "email")}),
        ("Use", {"fields": ("conversations", "used_this_month", "last_seen", "last_login", "date_joined")}),
        ("Permissions", {"fields": ("is_active", *RIGHTS)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        own = Conversation.objects.filter(owner=OuterRef("pk")).order_by().values("owner")
        return (
            super()
            .get_queryset(request)
            .annotate(
                _conversations=Coalesce(Subquery(own.annotate(number=Count("*")).values("number")), 0),
                _last_conversation=Subquery(own.annotate(last=Max("updated")).values("last")),
            )
        )

    @admin.display(ordering="_conversations")
    def conversations(self, person: User) -> SafeString:
        url = reverse("admin:conversations_conversation_changelist")
        return format_html('<a href="{}?owner__id__exact={}">{}</a>', url, person.pk, person._conversations)  # type: ignore[attr-defined]

    @admin.display(description="last seen", ordering="_last_conversation")
    def last_seen(self, person: User) -> str:
        """The later of the last sign-in and the last time a conversation went on."""
        times = [time for time in (person.last_login, person._last_conversation) if time]  # type: ignore[attr-defined]
        return ago(max(times, default=None), "never")

    @admin.display(description="attempts")
    def attempts(self, person: User) -> SafeString:
        url = reverse("admin:conversations_attempt_changelist")
        return format_html('<a href="{}?owner__id__exact={}">What was asked for them</a>', url, person.pk)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        groups = super().get_fieldsets(request, obj)
        if obj is None or not request.user.has_perm("conversations.view_attempt"):
            return groups
        return [(name, {**group, "fields": (*group["fields"], "attempts")} if name == "Use" else group) for name, group in groups]

    @admin.display(description="used this month")
    def used_this_month(self, person: User) -> str | SafeString:
        """Of every budget that counts the person."""
        lines = (
            (one.label, one.used_in_words, one.allowed_in_words, bar(one.used, one.allowed), f"anew on {one.resets_in_words}")
            for one in standing.of(person)
        )
        return format_html_join(mark_safe("<br>"), "{}: {} of {} {} ({})", lines) or "without a budget"

    # Who may change whom: Django lets everybody who may change users make superusers and set anybody's password, which would
    # let them read what they may not.

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        return [*super().get_readonly_fields(request, obj), *(() if request.user.is_superuser else RIGHTS)]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._within_reach(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self._within_reach(request, obj)

    def _within_reach(self, request: HttpRequest, person: User | None) -> bool:
        if person is None or request.user.is_superuser or person.pk == request.user.pk:
            return True
        return not (person.is_superuser or person.is_staff)

    # Sockets: whatever was saved, the person's open ones are looked at again.

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        authentication.recheck(form.instance.pk)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002  (Django's name)
        if not request.user.is_superuser:
            raise PermissionDenied
        response = super().user_change_password(request, id, form_url)
        person = self.get_object(request, id) if request.method == "POST" else None
        if person:
            authentication.recheck(person.pk)
        return response

    # Deleting

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        self._end_presence([obj])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        with transaction.atomic():
            people = list(queryset)
            if not all(self.has_delete_permission(request, person) for person in people):
                raise PermissionDenied
            self._end_presence(people)
            super().delete_queryset(request, queryset)

    def _end_presence(self, people: list[User]) -> None:
        conversation_deletion.announce(Conversation.objects.filter(owner__in=people).only("id", "owner"))
        for person in people:
            authentication.recheck(person.pk)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        people = list(objs)
        related = {
            Conversation: Conversation.objects.filter(owner__in=people).count(),
            Message: Message.objects.filter(owner__in=people).count(),
        }
        logged = LogEntry.objects.filter(user__in=people).count()
        kept = [f"{logged} entries of the admin log, which must stay. Deactivate the person instead."] if logged else []
        return deletion.summary(people, related, kept)
