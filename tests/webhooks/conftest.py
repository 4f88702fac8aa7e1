from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conversations.models import Webhook
from conversations.webhooks import signing
from conversations.webhooks.events import EVENTS

from .receiver import Receiver


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def address(receiver: Receiver, settings: Any) -> Iterator[str]:
    """Of the receiver, which is on this machine."""
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
    with receiver.running() as address:
        yield address


@pytest.fixture
def webhook(address: str) -> Webhook:
    """Which is told of everything."""
    webhook = Webhook(name="CI", url=f"{address}/hook?key=1", events=list(EVENTS))
    webhook.take(signing.new_secret())
    webhook.save()
    return webhook
