"""Rebuild the search index."""

from __future__ import annotations

from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand

from conversations.search import rebuilding


class Command(BaseCommand):
    help = "Rebuilds the search index while it is in use."

    def handle(self, *args: Any, **options: Any) -> None:
        began = monotonic()
        written = rebuilding.rebuild()
        self.stdout.write(f"The search index is rebuilt: {rebuilding.in_words(written)} ({monotonic() - began:.0f} seconds).")
