"""What is reserved for an answer goes by the same window as its request: a long document fills it."""

from __future__ import annotations

import pytest

from conversations.generation import estimates
from conversations.models import Model, Provider
from conversations.routing import catalog, routes

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("own", [None, 50_000])
def test_a_model_s_window_is_the_same_for_both(own: int | None) -> None:
    provider = Provider.objects.create(name="OpenAI", base_url="https://api.openai.com/v1")
    Model.objects.create(provider=provider, name="gpt-4.1", window=own)
    catalog.forget()
    (source,) = (one for one in catalog.read().sources if one.name == "OpenAI")
    offer = source.offer("gpt-4.1")
    assert offer is not None
    endpoint = routes._route(source, offer, None, False).endpoint
    assert endpoint is not None
    assert estimates._window(source, offer) == endpoint.context_window
    assert endpoint.context_window == (own or 1_000_000)
