"""The page of one's email addresses. Removing the only one is asked about: it is the only way to a new password."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.views import EmailView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render


class EmailAddressesView(EmailView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user
        if user.is_authenticated and user.email and not EmailAddress.objects.filter(user=user, primary=True).exists():
            # An administrator wrote it down with the account.
            EmailAddress.objects.update_or_create(user=user, email=user.email.lower(), defaults={"primary": True})
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        # Links for new passwords no longer go to a confirmed address while another one would do: allauth refuses it.
        return {**context, "has_confirmed": any(address.verified for address in context["emailaddresses"])}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "action_remove" in request.POST and "sure" not in request.POST:
            addresses = list(EmailAddress.objects.filter(user=request.user).values_list("email", flat=True))
            if addresses == [request.POST.get("email")]:
                return render(request, "account/email_remove.html", {"email": addresses[0]})
        return super().post(request, *args, **kwargs)


email_addresses = EmailAddressesView.as_view()
