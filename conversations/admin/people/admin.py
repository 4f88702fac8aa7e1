"""Users: Django's user admin, which also closes the open sockets of a user who loses a right."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest, HttpResponse

from conversations.admin.base import deletion
from conversations.admin.base.rights import RightsField
from conversations.commands import deletion as conversation_deletion
from conversations.files import deletion as files_deletion
from conversations.live import authentication
from conversations.models import Conversation, Message, User

from . import last_superuser
from .columns import PersonColumns, limit_link
from .form import RIGHTS, NewPersonForm, PersonForm, PersonPasswordForm

IDENTITY = ("username", "email")
"""A link for a new password goes to the address, and both sign in: with them an account is taken over."""


@admin.register(User)
class PersonAdmin(PersonColumns):
    form = PersonForm
    add_form = NewPersonForm
    add_form_template = "admin/conversations/user/add_form.html"
    change_password_form = PersonPasswordForm
    add_fieldsets = ((None, {"fields": ("username", "email", "password1", "password2")}),)
    list_display = ("username", "email", "is_active", "is_staff", "conversations", "last_seen")
    filter_horizontal = ()
    change_form_template = "admin/conversations/user/change_form.html"
    readonly_fields = ("rights", "password_state", "conversations", "attempts", "used_this_month", "last_seen", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Personal info", {"fields": ("first_name", "last_name", "email")}),
        ("Usage", {"fields": ("conversations", "used_this_month", "last_seen", "last_login", "date_joined")}),
        ("Permissions", {"fields": ("is_active", *RIGHTS)}),
    )

    class Media:
        css = {"all": ["css/admin/rights.css"]}  # noqa: RUF012  (Django's own way)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        more = {"Usage": "attempts"} if obj is not None and request.user.has_perm("conversations.view_attempt") else {}
        if obj is not None and obj.pk == request.user.pk and request.user.is_superuser:
            more["Permissions"] = "own_rights"
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None and not request.user.is_superuser:
            fieldsets = [(name, {**group, "fields": _seen_by_others(group["fields"])}) for name, group in fieldsets]
        return [(name, {**group, "fields": (*group["fields"], more[name])} if name in more else group) for name, group in fieldsets]

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"administrator": request.user}) if obj is not None else form

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user_permissions":
            kwargs |= {"form_class": RightsField, "widget": CheckboxSelectMultiple, "label": "Own permissions"}
        elif db_field.name == "groups":
            kwargs["widget"] = CheckboxSelectMultiple
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name == "groups":
            field.widget.can_add_related = False  # Django's window for a new group would not add it to boxes
        return field

    # Who may change whom: with Django, every administrator who may change users can make superusers and set any password, and so
    # read what they may not.

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        if request.user.is_superuser:
            return super().get_readonly_fields(request, obj)
        return [*super().get_readonly_fields(request, obj), *RIGHTS, *(IDENTITY if obj is not None else ())]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and super().has_change_permission(request)  # Django's page asks for both

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._within_reach(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self._within_reach(request, obj)

    def _within_reach(self, request: HttpRequest, user: User | None) -> bool:
        if user is None or request.user.is_superuser or user.pk == request.user.pk:
            return True
        return not (user.is_superuser or user.is_staff)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "limit_link": limit_link(request, object_id)})

    # Sockets: after every save, the user's open ones are checked again.

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        authentication.recheck(form.instance.pk)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002  (Django's name)
        if not request.user.is_superuser:
            raise PermissionDenied
        response = super().user_change_password(request, id, form_url)
        user = self.get_object(request, id) if request.method == "POST" else None
        if user:
            authentication.recheck(user.pk)
        return response

    # Deleting

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        if last_superuser.is_last([obj.pk]):
            raise PermissionDenied(last_superuser.REFUSAL)
        self._end_presence([obj])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        with transaction.atomic():
            users = list(queryset)
            if not all(self.has_delete_permission(request, user) for user in users):
                raise PermissionDenied
            if last_superuser.is_last([user.pk for user in users]):
                raise PermissionDenied(last_superuser.REFUSAL)
            self._end_presence(users)
            super().delete_queryset(request, queryset)

    def _end_presence(self, users: list[User]) -> None:
        conversation_deletion.announce(Conversation.objects.filter(owner__in=users).only("id", "owner"))
        files_deletion.forget(users)
        for user in users:
            authentication.recheck(user.pk)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        users = list(objs)
        related = {
            Conversation: Conversation.objects.filter(owner__in=users).count(),
            Message: Message.objects.filter(owner__in=users).count(),
        }
        logged = LogEntry.objects.filter(user__in=users).count()
        kept = [f"{logged} entries of the admin log, which must stay. Deactivate the user instead."] if logged else []
        with transaction.atomic():
            if request.user.is_superuser and last_superuser.is_last([user.pk for user in users]):
                kept.append(last_superuser.REFUSAL)
        return deletion.summary(users, related, kept)


def _seen_by_others(fields: Any) -> tuple[str, ...]:
    """What staff who are no superusers see: no button for a new password, which would refuse them, and permissions in words."""
    return tuple({"user_permissions": "rights", "password": "password_state"}.get(field, field) for field in fields)
