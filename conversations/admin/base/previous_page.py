"""The page of this site whose button was pressed, where an action may be started from several."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def previous_page(request: HttpRequest) -> str:
    """As the button's form names it in `next`; empty where it names none, or one elsewhere."""
    wanted = str(request.POST.get("next", ""))
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()) else ""
