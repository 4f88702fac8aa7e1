"""The first administrator, made through a link that the server prints when it is started."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth import login
from django.contrib.contenttypes.models import ContentType
from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from conversations.models import Invitation, User
from conversations.models.invitations import digest

from .account_forms import SignupForm

ONE_DAY = 24 * 3600
_signer = TimestampSigner(salt="conversations.pages.first_admin", sep=".")
_PURPOSE = "admin"


class FirstAdminForm(SignupForm):
    def make(self, request: HttpRequest) -> User:
        user = super().make(request)
        user.is_staff = user.is_superuser = True
        user.save(update_fields=["is_staff", "is_superuser"])
        return user


def path_for_first_admin() -> str | None:
    """The one-time link's path, or None when there is an admin already."""
    return None if _there_is_an_admin() else reverse("first_admin", args=[_signer.sign(_PURPOSE)])


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def first_admin(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first administrator and sign them in. A link that is used up, too old or forged shows the page without a form."""
    if not _is_valid(token) or _there_is_an_admin():
        return render(request, "first_admin.html", {"form": None}, status=410)
    form = FirstAdminForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "first_admin.html", {"form": form})
    with transaction.atomic():
        # Two requests may come at once: the one that holds this row looks first (SQLite has only one writer anyway).
        ContentType.objects.select_for_update().get(app_label=User._meta.app_label, model=User._meta.model_name)
        if _there_is_an_admin():
            return render(request, "first_admin.html", {"form": None}, status=410)
        user = form.make(request)
        _note_use(token, user)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("new_chat")


def _is_valid(token: str) -> bool:
    """Whether we signed it a day ago at most, and after the last use of such a link: each is used once, also where no administrator
    is left."""
    used = Invitation.objects.filter(is_first_admin=True).values_list("created", flat=True).order_by("created").last()
    max_age = min(timedelta(seconds=ONE_DAY), timezone.now() - used) if used else timedelta(seconds=ONE_DAY)
    try:
        return _signer.unsign(token, max_age=max_age) == _PURPOSE
    except BadSignature:  # too old is a kind of it
        return False


def _note_use(token: str, user: User) -> None:
    """Among the invitations, where administrators see it."""
    used = Invitation(
        note="The first administrator", is_first_admin=True, digest=digest(token), uses=1, expires=timezone.now(), made_by=user
    )
    used.save()
    used.users.add(user)


def has_no_admin() -> bool:
    """Whether the link that the server printed has yet to be followed."""
    return not _there_is_an_admin()


def _there_is_an_admin() -> bool:
    return User.objects.filter(is_superuser=True).exists()
