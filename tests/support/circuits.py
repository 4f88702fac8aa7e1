"""Circuits as tests need them: opened by as many failures as it takes, and past their break."""

from __future__ import annotations

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db.models import F

from conversations.models import OpenCircuit
from conversations.routing import catalog, circuits
from conversations.routing.catalog import Circuit


async def opened(circuit: Circuit) -> None:
    """However lately the provider answered."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(circuits, "LAST_SUCCESS_SECONDS", 0.0)
        for _ in range(circuits.OPENS_AFTER):
            await sync_to_async(circuits.failed)(circuit)


open_now = async_to_sync(opened)


async def let_time_pass(hours: float = 1.0) -> None:
    """Every break is over."""
    await OpenCircuit.objects.aupdate(open_until=F("open_until") - timedelta(hours=hours))
    catalog.forget()
    await sync_to_async(catalog.read)()
