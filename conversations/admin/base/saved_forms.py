"""Which forms were saved, for the browser, which keeps drafts of their long fields until then (static/js/admin/drafts.js)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

NAME = "saved_forms"
MOST = 20
MARK = "answers_a_save"


def noting(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view, noting in the session that what was posted to it was saved. Sign-in pages and refused forms are no such answer."""

    @wraps(view)
    def noted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if request.method == "POST" and request.user.is_authenticated and _was_saved(response):  # signing out leaves no session behind
            request.session[NAME] = [*request.session.get(NAME, []), request.path][-MOST:]
        return response

    return noted


def was_saved(response: HttpResponse) -> HttpResponse:
    """Mark a page that comes in answer to a save and is no redirect."""
    setattr(response, MARK, True)
    return response


def taken(request: HttpRequest) -> list[str]:
    """Paths of forms that were saved since the last page, told once."""
    saved: list[str] = request.session.pop(NAME, []) if request.session.get(NAME) else []
    return saved


def _was_saved(response: HttpResponseBase) -> bool:
    if response.status_code == 302:  # to the first page it leads where the row was deleted meanwhile
        return response.headers["Location"] != reverse("admin:index")
    return hasattr(response, MARK) or "popup_response" in str(getattr(response, "template_name", ""))
