"""The page of a user's own pictures."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from conversations.files import gallery

from .json_requests import user_of

ON_A_PAGE = 30


@never_cache
@login_required
@require_GET
def pictures(request: HttpRequest) -> HttpResponse:
    """Those that models made for the user, the newest first."""
    user = user_of(request)
    page = Paginator(gallery.pictures_of(user), ON_A_PAGE).get_page(request.GET.get("page"))
    shown = gallery.shown(user, list(page))
    return render(request, "pictures.html", {"page": page, "pictures": shown, "parts": [one.part for one in shown]})
