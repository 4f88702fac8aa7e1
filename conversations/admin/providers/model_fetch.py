"""Fetching the list of models that a provider's server offers, and adding some of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from conversations.admin.base.routed import changed
from conversations.models import Model, Provider
from conversations.providers.errors import ProviderError
from conversations.providers.findings import IN_ADMIN, IN_SETTINGS, failed
from conversations.providers.offer import Offer
from conversations.routing import shutdowns

from .connection_test import ConnectionTest
from .offers import new_model, row

NAME_LENGTH = 200


class ModelFetch(ConnectionTest):
    def get_urls(self) -> list[Any]:
        fetch = self.admin_site.admin_view(self.fetch_view)
        return [path("<uuid:provider>/fetch/", fetch, name="conversations_provider_fetch"), *super().get_urls()]

    def fetch_view(self, request: HttpRequest, provider: UUID) -> HttpResponse:
        """POST asks the server and shows the list; with `add`, the names that were ticked in it, those are added."""
        found: Provider = self.row(request, provider)
        if not self.may_fetch(request, found):
            raise PermissionDenied
        if request.method != "POST":
            return redirect("admin:conversations_provider_change", found.pk)
        from conversations.routing import connection_test  # here, for the SDK takes long to load; see `serve`

        title = f"Models of “{found.name}”"
        try:
            offers = [offer for offer in connection_test.offers(found) if len(offer.name) <= NAME_LENGTH]
        except ProviderError as error:
            self.log_change(request, found, "Tried to fetch the list of models; it did not come.")
            failure = failed("Models", error, IN_ADMIN if found.is_ours_to_change else IN_SETTINGS)
            return self.row_page(request, "fetch_failed", found, title, findings=[failure])
        shutdowns.note(found, offers)
        if chosen := set(request.POST.getlist("add")):
            return self._add(request, found, [offer for offer in offers if offer.name in chosen])
        self.log_change(request, found, f"Fetched the list of models: {len(offers)}.")
        present = _present(found)
        rows = sorted((row(offer, found, present) for offer in offers), key=lambda row: not row.for_chat)
        return self.row_page(request, "fetch", found, title, rows=rows, asked_to_add="chosen" in request.POST)

    def _add(self, request: HttpRequest, provider: Provider, offers: list[Offer]) -> HttpResponse:
        present = _present(provider)
        new = [new_model(offer, provider) for offer in offers if offer.name not in present]
        Model.objects.bulk_create(new, ignore_conflicts=True)  # another administrator may add the same one at this moment
        changed()
        if new:
            names = ", ".join(model.name for model in new[:10]) + (f" and {len(new) - 10} more" if len(new) > 10 else "")
            self.log_change(request, provider, f"Added {len(new)} model{'s' if len(new) != 1 else ''}: {names}.")
            messages.success(request, f"Added {names}.")
        else:
            messages.info(request, "All of these were there already.")
        return redirect("admin:conversations_provider_change", provider.pk)


def _present(provider: Provider) -> set[str]:
    """Names of models that were added, ours and the server's."""
    return {name for names in provider.models.values_list("name", "name_there") for name in names if name}
