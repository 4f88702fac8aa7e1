"""What only superusers may change: with it, a staff user could get every permission, or take an account over."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class ChangedBySuperusers(admin.ModelAdmin):
    """Others see it where they have the permission to view it. Django's permissions to add, change and delete it give nothing."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)
