"""Roll up the days of the ledger that are over. The server does so by itself every night."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from conversations.usage.reports import rollups


class Command(BaseCommand):
    help = "Adds up the attempts of past days for the reports. The server does so by itself every night."

    def handle(self, *args: Any, **options: Any) -> None:
        done = len(rollups.roll_up_waiting())
        self.stdout.write(f"{done} day{'' if done == 1 else 's'} rolled up." if done else "Every day that is over is rolled up already.")
