"""The admin's own site: its names, its sign-in, its first page and its Content-Security-Policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csp.constants import NONCE, SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList, ChangeListSearchForm
from django.core.validators import MaxLengthValidator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path

from conversations.admin.overview.page import overview
from conversations.admin.reports.page import urls as report_urls

View = Callable[..., HttpResponseBase]

MAX_SEARCH_LENGTH = 200

# Django's admin writes script tags without a nonce. It has no inline script, so naming our own origin is all it needs.
POLICY = {"script-src": [SELF, NONCE]}
ORDER = (
    "SystemPrompt",
    "Provider",
    "Model",
    "ApiKey",
    "RejectedParameter",
    "Conversation",
    "Message",
    "Attempt",
    "User",
    "Limit",
    "Grant",
)


class BoundedSearchForm(ChangeListSearchForm):
    """Each word of a search is a condition, and a database takes only so many."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].validators.append(MaxLengthValidator(MAX_SEARCH_LENGTH))


ChangeList.search_form_class = BoundedSearchForm


class AdministrationSite(admin.AdminSite):
    site_header = f"{settings.SITE_NAME} administration"
    site_title = f"{settings.SITE_NAME} administration"
    index_title = "Overview"
    enable_nav_sidebar = True

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # type: ignore[override]
        return csp_replace(POLICY)(super().admin_view(view, cacheable))

    def get_urls(self) -> list[Any]:
        # Django's redirect to “view on site” takes no UUIDs, and nothing of ours is viewed by it.
        return [*report_urls(self), path("r/<path:rest>", _no_page), *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {**overview(request), **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Our own things before Django's and allauth's, in the order in which they are needed."""
        apps = super().get_app_list(request, app_label)
        apps.sort(key=lambda app: app["app_label"] != "conversations")
        for app in apps:
            app["models"].sort(key=lambda model: ORDER.index(model["object_name"]) if model["object_name"] in ORDER else len(ORDER))
        return apps

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """One sign-in page for all users, with its rate limits."""
        from allauth.account.decorators import secure_admin_login

        return secure_admin_login(super().login)(request, extra_context)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        from allauth.account.views import logout

        return logout(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("account_change_password")


def _no_page(request: HttpRequest, rest: str) -> HttpResponseBase:
    raise Http404
