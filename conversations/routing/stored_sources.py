"""What the rows of a provider, its keys and its models say, as a source that can be asked."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date

from django.conf import settings

from conversations.models import ApiKey, Model, Origin, Provider
from conversations.models.sealed import Unreadable
from conversations.providers.endpoint import Endpoint, configured
from conversations.usage.ledger.prices import own_price

from . import endpoints, settings_rows
from .sources import Key, Offer, Source, can

log = logging.getLogger(__name__)


def of(row: Provider) -> Source:
    """With its keys and models, which were read along; without what of them is disabled."""
    models = list(row.models.all())
    keys = list(row.keys.all())
    told = {name: date.fromisoformat(day) for name, day in row.told_shutdown_dates.items()}
    is_admins = row.origin == Origin.ADMIN
    endpoint: Endpoint | None = endpoints.of(row, "", "") if is_admins else None
    if row.origin == Origin.ENVIRONMENT:
        endpoint = configured()
    return Source(
        id=row.pk,
        name=row.name,
        origin=row.origin,
        base_url=row.base_url,
        price_list=row.price_list,
        endpoint=endpoint and replace(endpoint, api_key="") if is_admins else endpoint,
        default_model=row.default_model,
        keys=tuple(key for key in (_key(key, row) for key in keys if key.enabled) if key is not None),
        keys_needed=bool(keys) and not (row.origin == Origin.ENVIRONMENT and not settings.OPENAI_API_KEY),
        offers=tuple(_offer(model, row) for model in models if model.enabled),
        switched_off=frozenset(model.name for model in models if not model.enabled),
        told_shutdown_dates=told,
        reconnects=row.reconnects,
    )


def _key(row: ApiKey, provider: Provider) -> Key | None:
    try:
        secret = settings_rows.secret_of(row, provider)
    except Unreadable:
        log.error("The key “%s” of %s can't be opened: it was sealed with another KEY_SECRET", row.label, provider.name)
        return None
    return Key(row.pk, row.label, secret, row.cooling_until, row.refused is not None, row.trouble)


def _offer(row: Model, provider: Provider) -> Offer:
    return Offer(
        row.name,
        row.upstream_name,
        row.hidden,
        row.window,
        row.takes_temperature,
        None if row.efforts is None else tuple(row.efforts),
        own_price(row),
        shutdown_date(row, provider),
        row.takes_images,
        row.takes_documents,
        row.hears,
        row.draws,
        row.draws_in_answers,
        can(row.upstream_name, "transcribes", row.transcribes),
        can(row.upstream_name, "embeds", row.embeds),
        can(row.upstream_name, "speaks", row.speaks),
        can(row.upstream_name, "speech_to_speech", row.speech_to_speech),
    )


def shutdown_date(row: Model, provider: Provider) -> date | None:
    told = provider.told_shutdown_dates.get(row.upstream_name)
    return row.shutdown_date or (date.fromisoformat(told) if told else None)
