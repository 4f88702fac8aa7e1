"""Testing the connection to a provider."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from conversations.admin.base.routed import RoutedAdmin
from conversations.admin.base.row_pages import RowPages
from conversations.admin.keys import states
from conversations.models import Origin, Provider
from conversations.providers.findings import Finding
from conversations.routing import circuits

TESTED = "Tested the connection: "
NOTHING_WRONG = " ok, 0 wrong."


class ConnectionTest(RowPages, RoutedAdmin):
    row_name = "provider"

    def get_urls(self) -> list[Any]:
        test = self.admin_site.admin_view(self.test_view)
        return [path("<uuid:provider>/test/", test, name="conversations_provider_test"), *super().get_urls()]

    def may_test(self, request: HttpRequest) -> bool:
        return super().has_change_permission(request)

    def may_fetch(self, request: HttpRequest, provider: Provider) -> bool:
        """A list is asked for with the provider's key, so looking at it takes the same right as a test."""
        may_add = request.user.has_perm("conversations.add_model")
        return self.may_test(request) and may_add and provider.origin != Origin.BUILT_IN

    def test_view(self, request: HttpRequest, provider: UUID) -> HttpResponse:
        found: Provider = self.row(request, provider)
        if not self.may_test(request):
            raise PermissionDenied
        if request.method != "POST":  # it asks the server, which may cost something
            return redirect("admin:conversations_provider_change", found.pk)
        from conversations.providers import endpoint_check  # here, for the SDK takes long to load; see `serve`
        from conversations.routing import connection_test

        findings = [_with_hindrance(finding, found) for finding in connection_test.examine(found, endpoint_check.SECONDS)]
        well = sum(finding.is_well for finding in findings)
        wrong = sum(bool(finding.advice) for finding in findings)
        if well and not wrong:
            circuits.close(str(found.pk))  # who repairs a provider should not have to wait until it is tried again
        self.log_change(request, found, f"{TESTED}{well} ok, {wrong} wrong.")
        title = f"Connection to “{found.name}”"
        is_offered = bool(well) and not wrong and not found.enabled and self.has_change_permission(request, found)
        context = {"findings": findings, "wrong": wrong, "seconds": int(endpoint_check.SECONDS), "may_enable": is_offered}
        lists_models = any(finding.lists_models for finding in findings)
        lacks_models = lists_models and found.is_ours_to_change and not found.models.exists() and self.may_fetch(request, found)
        return self.row_page(request, "test", found, title, lacks_models=lacks_models, **context)


def _with_hindrance(finding: Finding, provider: Provider) -> Finding:
    """Nothing is well with a key that still isn't used, whatever the provider says of it."""
    if finding.key is None or finding.advice:
        return finding
    key = provider.keys.filter(enabled=True, **({"label": finding.key} if finding.key else {})).first()
    if key is None or not (hindrance := states.state(key, provider)).can_be_used_again:
        return finding
    return finding._replace(words=f"{finding.words} But it is {hindrance.words}.", advice="Choose “Use again” on the key’s page, or wait.")


def passed_last_test() -> set[str]:
    """Ids of providers whose last test, by the admin log, found nothing wrong."""
    tests = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(Provider), change_message__startswith=TESTED)
    last = dict(tests.order_by("pk").values_list("object_id", "change_message"))
    return {str(provider) for provider, found in last.items() if found.endswith(NOTHING_WRONG) and not found.startswith(f"{TESTED}0 ok")}
