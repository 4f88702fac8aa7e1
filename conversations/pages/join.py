"""The page of an invitation's link: it makes an account."""

from __future__ import annotations

from allauth.decorators import rate_limit
from django.contrib.auth import login
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from conversations.models import Invitation, InvitationState, User
from conversations.models.invitations import digest

from .account_forms import SignupForm


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@rate_limit(action="signup")
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Make an account and sign the new user in. A link that is no longer open says why, and what to do."""
    invitation = Invitation.objects.select_related("made_by").filter(digest=digest(token)).first()
    if invitation is None:
        return _unknown(request)
    if request.user.is_authenticated:
        return render(request, "join.html", {"state": "signed in", "invitation": invitation})
    if invitation.state != InvitationState.OPEN:
        return _closed(request, invitation)
    form = SignupForm(request.POST if request.method == "POST" else None, initial={"email": invitation.email})
    if not form.is_valid():
        return _shown(request, invitation, form)
    try:
        user = _accept(request, invitation, form)
    except IntegrityError:  # another request took the name since it was looked for; the form finds it now
        form = SignupForm(request.POST)
        return _shown(request, invitation, form)
    if user is None:
        return _closed(request, Invitation.objects.select_related("made_by").get(pk=invitation.pk))
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("new_chat")


def _shown(request: HttpRequest, invitation: Invitation, form: SignupForm) -> HttpResponse:
    return render(request, "join.html", {"state": InvitationState.OPEN, "invitation": invitation, "form": form})


def _accept(request: HttpRequest, invitation: Invitation, form: SignupForm) -> User | None:
    """The new user, or None where the last use was taken meanwhile."""
    with transaction.atomic():
        if not invitation.take():
            return None
        user = form.make(request)
        invitation.users.add(user)
        groups = list(invitation.groups.all())
        user.groups.set(groups)
        if Permission.objects.filter(group__in=groups).exists():  # which count in the administration only, and that is for staff
            user.is_staff = True
            user.save(update_fields=["is_staff"])
        return user


def _closed(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    return render(request, "join.html", {"state": invitation.state, "invitation": invitation}, status=410)


@rate_limit(action="unknown_invitation", limit_get=True)
def _unknown(request: HttpRequest) -> HttpResponse:
    return render(request, "join.html", {"state": "unknown"}, status=404)
