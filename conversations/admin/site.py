"""The admin's own site: its names, its sign-in, its first page and its Content-Security-Policy."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

from csp.constants import NONCE, SELF
from csp.decorators import csp_replace
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList, ChangeListSearchForm
from django.core.exceptions import BadRequest
from django.core.validators import MaxLengthValidator
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst
from django.views.decorators.cache import cache_control

from conversations.admin.base import saved_forms, slug_scripts
from conversations.admin.base.shown import NOTHING
from conversations.admin.base.user_search import Suggestions
from conversations.admin.overview.page import overview
from conversations.admin.reports.page import urls as report_urls
from conversations.admin.reports.versions.page import urls as version_urls

View = Callable[..., HttpResponseBase]

MAX_SEARCH_LENGTH = 200
TEXTS_KEPT_SECONDS = 3600
"""Of Django's scripts, which change with Django alone."""

# Django's admin writes script tags without a nonce. It has no inline script, so naming our own origin is all it needs.
POLICY = {"script-src": [SELF, NONCE]}
# By what administrators do, machinery last. What is named nowhere is machinery, too.
GROUPS = {
    "Assistants": ("SystemPrompt", "Fragment", "Case", "Run", "Experiment", "Widget"),
    "Users": ("User", "Invitation", "ApiToken", "Limit", "Grant", "Group"),
    "Conversations": ("Conversation", "File", "ReviewItem", "Feedback"),
    "Providers": ("Provider", "Model", "ApiKey"),
    "Machinery": ("Attempt", "Message", "Job", "Webhook", "WebhookDelivery", "RejectedParameter", "EmailAddress"),
}
MACHINERY = "Machinery"
ORDER = [name for names in GROUPS.values() for name in names]


class BoundedSearchForm(ChangeListSearchForm):
    """Each word of a search is a condition, and a database takes only so many."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].validators.append(MaxLengthValidator(MAX_SEARCH_LENGTH))


ChangeList.search_form_class = BoundedSearchForm
slug_scripts.leave_out()


class AdministrationSite(admin.AdminSite):
    index_title = "Overview"
    enable_nav_sidebar = True
    empty_value_display = NOTHING

    @property
    def site_header(self) -> str:  # type: ignore[override]
        return f"{settings.SITE_NAME} administration"

    site_title = site_header

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # type: ignore[override]
        return csp_replace(POLICY)(super().admin_view(_storable(saved_forms.noting(view)), cacheable))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "saved_forms": json.dumps(saved_forms.taken(request))}

    def get_urls(self) -> list[Any]:
        # Django's redirect to “view on site” takes no UUIDs, and nothing of ours is viewed by it.
        return [*report_urls(self), *version_urls(self), path("r/<path:rest>", _no_page), *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {**overview(request), **(extra_context or {})})

    def autocomplete_view(self, request: HttpRequest) -> Any:
        return Suggestions.as_view(admin_site=self)(request)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Everything that is administered in groups of its purpose, or the models of one application, as templates of Django's read it.

        Each page has it, and Django's own, by application, asks for fifty addresses by name.
        """
        home, here = reverse("admin:index"), quote(request.path)
        grouped: dict[str, list[Any]] = {name: [] for name in GROUPS}
        for model, registered in sorted(self._registry.items(), key=lambda item: _place(item[0].__name__)):
            if app_label in (None, model._meta.app_label) and registered.has_module_permission(request):
                perms = registered.get_model_perms(request)
                if any(perms.values()):
                    grouped[_group(model.__name__)].append(_entry(model, perms, home, here))
        if app_label is not None:  # the page of one application
            models = [model for found in grouped.values() for model in found]
            return [{"name": apps.get_app_config(app_label).verbose_name, "app_label": app_label, "models": models}] if models else []
        return [{"name": name, "app_label": name.lower(), "models": found} for name, found in grouped.items() if found]

    def i18n_javascript(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """What Django's scripts say, for which nearly every page asks."""
        return cache_control(private=True, max_age=TEXTS_KEPT_SECONDS)(super().i18n_javascript)(request, extra_context)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """One sign-in page for all users, with its rate limits."""
        from allauth.account.decorators import secure_admin_login

        return secure_admin_login(super().login)(request, extra_context)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        from allauth.account.views import logout

        return logout(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("account_change_password")


def _storable(view: View) -> View:
    """Refuses a query string with a character that PostgreSQL compares with nothing, whichever filter would ask for it."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if any("\x00" in text for _, values in request.GET.lists() for text in values):
            raise BadRequest("The query string has a null character.")
        return view(request, *args, **kwargs)

    return checked


def _no_page(request: HttpRequest, rest: str) -> HttpResponseBase:
    raise Http404


def _entry(model: type[Model], perms: dict[str, bool], home: str, here: str) -> dict[str, Any]:
    """What the list says of a model; `home` is the address of the first page, `here` that of this one."""
    address = f"{home}{model._meta.app_label}/{model._meta.model_name}/"
    listed = perms["view"] or perms["change"]
    return {
        "name": capfirst(model._meta.verbose_name_plural),
        "object_name": model.__name__,
        "admin_url": address if listed else None,
        "add_url": f"{address}add/" if perms["add"] else None,
        "view_only": not perms["change"],
        "is_current": listed and address in here,
    }


def _place(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


def _group(name: str) -> str:
    return next((group for group, names in GROUPS.items() if name in names), MACHINERY)
