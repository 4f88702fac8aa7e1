"""What models can do, as their rows say or else their names: filtered by, and counted by provider. Each is one line of `ABILITIES`."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from conversations.models import Api, Model
from conversations.routing import sources

ABILITIES = {
    "takes_images": "see images",
    "takes_documents": "take PDFs",
    "hears": "hear recordings",
    "draws": "draw and change pictures",
    "draws_in_answers": "draw in answers",
    "transcribes": "transcribe",
    "speaks": "read aloud",
    "speech_to_speech": "answer speech in speech",
    "embeds": "embed",
    "takes_tools": "use tools",
}
"""By the column of a model, which is also the name of what is known of it."""


def can(model: Model, ability: str) -> bool:
    """Whether it can where it is. Only the Responses API has a tool that draws in answers."""
    if ability == "draws_in_answers" and model.provider.api != Api.RESPONSES:
        return False
    return sources.can(model.upstream_name, ability, getattr(model, ability))


class AbilityFilter(admin.SimpleListFilter):
    title = "what they can do"
    parameter_name = "can"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(ABILITIES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        ability = self.value()
        if ability not in ABILITIES:
            return queryset
        return queryset.filter(pk__in=[model.pk for model in queryset.select_related("provider") if can(model, ability)])


class Cell(NamedTuple):
    number: int
    link: str


class OfProvider(NamedTuple):
    name: str
    cells: list[Cell]


def by_provider() -> list[OfProvider]:
    """How many enabled models of each enabled provider can do what, in the order of `ABILITIES`."""
    counts: dict[Any, Counter[str]] = {}
    names = {}
    for model in Model.objects.filter(enabled=True, provider__enabled=True).select_related("provider").order_by("provider__priority", "pk"):
        names[model.provider_id] = model.provider.name
        found = counts.setdefault(model.provider_id, Counter())
        found.update(ability for ability in ABILITIES if can(model, ability))
    address = reverse("admin:conversations_model_changelist")
    return [
        OfProvider(
            names[key],
            [Cell(found[ability], f"{address}?provider__id__exact={key}&can={ability}&enabled__exact=1") for ability in ABILITIES],
        )
        for key, found in counts.items()
    ]
