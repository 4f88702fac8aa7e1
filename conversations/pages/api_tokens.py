"""A user's own API tokens: listed, made where the site lets them, shown once, and revoked."""

from __future__ import annotations

import uuid

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from conversations.api import authentication
from conversations.commands.api_token_right import may_make
from conversations.models import ApiToken, User

from .api_token_form import ApiTokenForm
from .json_requests import user_of
from .mail import link

MOST = 50
"""Tokens of a user that aren't revoked."""


@never_cache
@login_required
@reauthentication_required(allow_get=True)  # a token outlives the session of an open browser
@require_http_methods(["GET", "POST"])
def api_tokens(request: HttpRequest) -> HttpResponse:
    """GET lists them, POST makes one and is the only page that shows it."""
    user = user_of(request)
    tokens = list(ApiToken.objects.of(user).filter(revoked=None).prefetch_related("prompts"))
    may = may_make(user)
    if not may and not tokens:
        raise Http404
    form = ApiTokenForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and may and form.is_valid():
        if len(tokens) < MOST:
            return _made(request, user, form)
        form.add_error(None, f"You have {MOST} tokens already. Revoke one that isn’t used any more.")
    return render(request, "account/api_tokens.html", {"tokens": tokens, "form": form if may else None, "now": timezone.now()})


@sensitive_variables("secret")
def _made(request: HttpRequest, user: User, form: ApiTokenForm) -> HttpResponse:
    token = form.token()
    secret = token.draw()
    with transaction.atomic():
        token.save()
        token.prompts.set(form.named)
    if user.email:
        get_adapter().send_notification_mail("account/email/api_token_made", user, {"token": token})
    return render(
        request,
        "account/api_token_made.html",
        {"token": token, "secret": secret, "base_url": link(request, reverse("api_models").removesuffix("/models"))},
    )


@login_required
@require_POST
def revoke(request: HttpRequest, token_id: uuid.UUID) -> HttpResponse:
    token = get_object_or_404(ApiToken.objects.of(user_of(request)), pk=token_id)
    if ApiToken.objects.filter(pk=token.pk, revoked=None).update(revoked=timezone.now()):
        authentication.forget()
        messages.success(request, f"“{token.name}” was revoked. Programs that use it are refused from now on.")
    return redirect("api_tokens" if may_make(user_of(request)) or _has_more(request) else "new_chat")


def _has_more(request: HttpRequest) -> bool:
    return ApiToken.objects.of(user_of(request)).filter(revoked=None).exists()
