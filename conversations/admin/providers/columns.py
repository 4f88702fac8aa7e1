"""The columns of the list of providers."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.contrib import admin
from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.admin.base.permissions import may
from conversations.admin.keys.states import summary
from conversations.models import ApiKey, Model, Provider


class ProviderColumns(admin.ModelAdmin):
    def get_queryset(self, request: HttpRequest) -> QuerySet[Provider]:
        models = Model.objects.filter(provider=OuterRef("pk")).order_by().values("provider").annotate(number=Count("*"))
        keys = Prefetch("keys", ApiKey.objects.order_by("label"))
        return super().get_queryset(request).prefetch_related(keys).annotate(_models=Coalesce(Subquery(models.values("number")), 0))

    def get_list_display(self, request: HttpRequest) -> Any:
        names = super().get_list_display(request)
        return ["keys_link" if name == "keys_state" and may(request.user, "view", "apikey") else name for name in names]

    @admin.display(description="origin", ordering="origin")
    def came_from(self, provider: Provider) -> str:
        return provider.get_origin_display()

    @admin.display(description="host", ordering="base_url")
    def host(self, provider: Provider) -> str:
        return urlsplit(provider.base_url).netloc or "this machine"

    @admin.display(description="keys")
    def keys_state(self, provider: Provider) -> str | SafeString:
        found = summary(provider)
        if found is None:
            return "none"
        return found.html()

    @admin.display(description="keys")
    def keys_link(self, provider: Provider) -> str | SafeString:
        """The same, for those who may see the keys."""
        url = reverse("admin:conversations_apikey_changelist")
        found = self.keys_state(provider)
        return format_html('<a href="{}?provider__id__exact={}">{}</a>', url, provider.pk, found) if found != "none" else found

    @admin.display(description="models", ordering="_models")
    def model_count(self, provider: Provider) -> SafeString:
        number = provider._models  # type: ignore[attr-defined]
        url = reverse("admin:conversations_model_changelist")
        return format_html('<a href="{}?provider__id__exact={}">{}</a>', url, provider.pk, f"{number:,}")
