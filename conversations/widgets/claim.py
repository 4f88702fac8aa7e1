"""The page of a handed-over conversation's link: a user of this site takes the conversation along, and goes on in the whole page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from conversations.commands.refusals import Refused
from conversations.pages.json_requests import user_of

from . import handover


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def claim(request: HttpRequest, token: str) -> HttpResponse:
    """GET says what the button does, which POSTs: a link alone must put nothing into an account."""
    if request.method == "POST":
        try:
            taken = handover.take(token, user_of(request))
        except Refused as refused:
            return render(request, "claim.html", {"conversation": handover.offered(token), "problem": refused.detail}, status=409)
        if taken is not None:
            return redirect("conversation", taken.pk)
    conversation = handover.offered(token)
    return render(request, "claim.html", {"conversation": conversation}, status=200 if conversation else 404)
