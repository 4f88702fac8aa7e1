"""What a provider's page can do: test the connection, and fetch the list of models to add some of them."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path

from conversations.admin.base.routed import RoutedAdmin, changed
from conversations.admin.models.known import dollars, words
from conversations.models import Model, Origin, Provider
from conversations.providers import capabilities, checkup
from conversations.providers.capabilities import Capabilities
from conversations.providers.errors import ProviderError
from conversations.providers.findings import IN_ADMIN, IN_SETTINGS, failed
from conversations.providers.model_list import Offer
from conversations.routing import circuits, examination
from conversations.usage.ledger import prices

NAME_LENGTH = 200


class Row(NamedTuple):
    """One model in the list of what the server offers."""

    name: str
    window: str
    images: str
    tools: str
    efforts: str
    price: str
    added: bool
    for_chat: bool


class ProviderPages(RoutedAdmin):
    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<uuid:provider>/test/", view(self.test_view), name="conversations_provider_test"),
            path("<uuid:provider>/fetch/", view(self.fetch_view), name="conversations_provider_fetch"),
            *super().get_urls(),
        ]

    def may_test(self, request: HttpRequest) -> bool:
        return super().has_change_permission(request)

    def may_fetch(self, request: HttpRequest, provider: Provider) -> bool:
        """A list is asked for with the provider's key, so looking at it takes the same right as a test."""
        may_add = request.user.has_perm("conversations.add_model")
        return self.may_test(request) and may_add and provider.origin != Origin.BUILT_IN

    def test_view(self, request: HttpRequest, provider: UUID) -> HttpResponse:
        found = self._provider(request, provider)
        if not self.may_test(request):
            raise PermissionDenied
        if request.method != "POST":  # it asks the server, which may cost something
            return redirect("admin:conversations_provider_change", found.pk)
        findings = examination.examine(found, checkup.SECONDS)
        well = sum(finding.is_well for finding in findings)
        wrong = sum(bool(finding.mend) for finding in findings)
        if well and not wrong:
            circuits.close(str(found.pk))  # whoever mends a provider should not have to wait until it is tried again
        self.log_change(request, found, f"Tested the connection: {well} ok, {wrong} wrong.")
        context = {"findings": findings, "wrong": wrong, "seconds": int(checkup.SECONDS)}
        return self._page(request, "test", found, f"Connection to “{found.name}”", **context)

    def fetch_view(self, request: HttpRequest, provider: UUID) -> HttpResponse:
        """POST asks the server and shows the list; with `add`, the names that were ticked in it, those are added."""
        found = self._provider(request, provider)
        if not self.may_fetch(request, found):
            raise PermissionDenied
        if request.method != "POST":
            return redirect("admin:conversations_provider_change", found.pk)
        title = f"Models of “{found.name}”"
        try:
            offers = [offer for offer in examination.offers(found) if len(offer.name) <= NAME_LENGTH]
        except ProviderError as error:
            self.log_change(request, found, "Tried to fetch the list of models; it did not come.")
            mends = IN_ADMIN if found.is_ours_to_change else IN_SETTINGS
            return self._page(request, "fetch", found, title, failure=failed("Models", error, mends))
        if chosen := set(request.POST.getlist("add")):
            return self._add(request, found, [offer for offer in offers if offer.name in chosen])
        self.log_change(request, found, f"Fetched the list of models: {len(offers)}.")
        present = {name for names in found.models.values_list("name", "name_there") for name in names if name}
        rows = sorted((_row(offer, found, present) for offer in offers), key=lambda row: not row.for_chat)
        return self._page(request, "fetch", found, title, rows=rows, asked_to_add="chosen" in request.POST)

    def _add(self, request: HttpRequest, provider: Provider, offers: list[Offer]) -> HttpResponse:
        present = {name for names in provider.models.values_list("name", "name_there") for name in names if name}
        new = [_model(offer, provider) for offer in offers if offer.name not in present]
        Model.objects.bulk_create(new, ignore_conflicts=True)  # somebody else may add the same one at this moment
        changed()
        if new:
            names = ", ".join(model.name for model in new[:10]) + (f" and {len(new) - 10} more" if len(new) > 10 else "")
            self.log_change(request, provider, f"Added {len(new)} model{'s' if len(new) != 1 else ''}: {names}.")
            messages.success(request, f"Added {names}.")
        else:
            messages.info(request, "All of these were there already.")
        return redirect("admin:conversations_provider_change", provider.pk)

    def _provider(self, request: HttpRequest, pk: UUID) -> Provider:
        provider = Provider.objects.filter(pk=pk).first()
        if not self.has_view_or_change_permission(request, provider):
            raise PermissionDenied
        if provider is None:
            raise Http404
        return provider

    def _page(self, request: HttpRequest, name: str, provider: Provider, title: str, **context: Any) -> HttpResponse:
        request.current_app = self.admin_site.name
        whole = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, "provider": provider, **context}
        return TemplateResponse(request, f"admin/conversations/provider/{name}.html", whole)


def _can(offer: Offer, provider: Provider) -> Capabilities:
    return capabilities.told(offer).or_else(capabilities.known(offer.name, provider.base_url, provider.price_list))


def _row(offer: Offer, provider: Provider, present: set[str]) -> Row:
    price = prices.known(offer.name, provider.base_url, provider.price_list)
    can = _can(offer, provider)
    return Row(
        name=offer.name,
        window=words(can.window),
        images=words(can.takes_images),
        tools=words(can.takes_tools),
        efforts=words(can.efforts),
        price=dollars(price) if price else "",
        added=offer.name in present,
        for_chat=offer.is_for_chat,
    )


def _model(offer: Offer, provider: Provider) -> Model:
    can = _can(offer, provider)
    return Model(
        provider=provider,
        name=offer.name,
        window=can.window,
        takes_images=can.takes_images,
        takes_tools=can.takes_tools,
        takes_temperature=can.takes_temperature,
        efforts=None if can.efforts is None else list(can.efforts),
    )
