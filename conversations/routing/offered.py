"""Which models people may pick."""

from __future__ import annotations

from dataclasses import replace

from channels.db import database_sync_to_async

from conversations.models import Origin
from conversations.providers import embedded, model_list
from conversations.providers.endpoint import PLACEHOLDER_KEY
from conversations.providers.errors import ProviderError

from . import catalog
from .catalog import Source


async def is_offered(model: str) -> bool:
    """Whether some provider has the model, and no administrator has hidden it. Raises ProviderError where that can't be found out."""
    sources = (await database_sync_to_async(catalog.read)()).sources
    failure: ProviderError | None = None
    for source in sources:
        row = next((offer for offer in source.offers if offer.name == model), None)
        if row is not None:
            if not row.hidden:
                return True
        elif source.origin != Origin.ADMIN and model not in source.switched_off:
            try:
                if model in await _listed(source):
                    return True
            except ProviderError as error:
                failure = error
    if failure is not None:
        raise failure
    return False


async def _listed(source: Source) -> list[str]:
    endpoint = source.endpoint
    if endpoint is None:
        endpoint = await embedded.ready()
    else:
        key = next((key.secret for key in source.keys), "")
        endpoint = replace(endpoint, api_key=key or endpoint.api_key or PLACEHOLDER_KEY)
    return await model_list.list_models(endpoint)
