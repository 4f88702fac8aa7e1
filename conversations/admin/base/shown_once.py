"""The page of a link, a token or a secret that was just made, which shows it once and is kept by no browser."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import Model
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers


def page(admin: ModelAdmin[Any], request: HttpRequest, template: str, title: str, made: Model, **shown: Any) -> TemplateResponse:
    """`template` extends shown_once.html; `made` is the row that it belongs to."""
    context = {**admin.admin_site.each_context(request), "title": title, "opts": admin.opts, "made": made, **shown}
    response = TemplateResponse(request, f"admin/conversations/{template}", context)
    add_never_cache_headers(response)
    return response
