"""Who may work with cases and runs: staff who may see prompts and evaluate them. They have no permissions of their own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from conversations.studio.rights import may_evaluate


class ByEvaluators(admin.ModelAdmin):
    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_evaluate(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_evaluate(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_evaluate(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_evaluate(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_evaluate(request.user)
