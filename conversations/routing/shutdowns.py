"""The days on which models are shut down: read from the providers' lists of models every day, and asked by a model's name."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from conversations.jobs.tasks import task
from conversations.models import Origin, Provider
from conversations.providers.errors import ProviderError
from conversations.providers.offer import Offer

from . import catalog

log = logging.getLogger(__name__)

KEPT = timedelta(days=365)
"""So long a day that is past is known, although the provider's list has the model no more."""


def of(model: str) -> date | None:
    """The day from which on no provider will have the model ("": the default one). None where one is to keep it, or that is unknown."""
    known = catalog.read()
    offers = [(source, offer) for source in known.sources if (offer := source.offer(model)) is not None]
    if not offers:
        return known.known_shutdown_dates.get(model)
    named = [offer for source, offer in offers if offer in source.offers or not source.takes_any_model or offer.shutdown_date]
    days = [offer.shutdown_date for offer in named or [offer for _, offer in offers]]
    return max((day for day in days if day is not None), default=None) if None not in days else None


@transaction.atomic
def note(provider: Provider, offers: Iterable[Offer]) -> None:
    """Keep what the provider's list says. Days of models that are not in it any more stay."""
    row = Provider.objects.select_for_update().get(pk=provider.pk)
    told = dict(row.told_shutdown_dates)
    for offer in offers:
        told.pop(offer.name, None)
        if day := offer.shutdown_date:
            told[offer.name] = day.isoformat()
    oldest = (timezone.localdate() - KEPT).isoformat()
    told = {name: day for name, day in told.items() if day >= oldest}
    if told != row.told_shutdown_dates:
        Provider.objects.filter(pk=row.pk).update(told_shutdown_dates=told)
        transaction.on_commit(catalog.forget)


@task(title="Read when models are shut down")
def read_shutdown_dates() -> str:
    """Asks every enabled provider for its list. One that can't be asked is asked the next day."""
    from . import connection_test  # here, for the SDK takes long to load; see `serve`

    read, missed = [], []
    for provider in Provider.objects.filter(enabled=True).exclude(origin=Origin.BUILT_IN):
        try:
            note(provider, connection_test.offers(provider))
            read.append(provider.name)
        except ProviderError as error:
            log.info("%s told no list of models: %s", provider.name, error.kind)
            missed.append(provider.name)
    said = [f"Read the lists of {', '.join(read)}."] if read else []
    said += [f"No list came from {', '.join(missed)}."] if missed else []
    return " ".join(said) or "No provider is set up."
