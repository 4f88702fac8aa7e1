"""Forms that several clients post at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from django.db import connections
from django.test import Client


def post_at_once(path: str, forms: Sequence[dict[str, str]]) -> list[int]:
    """Each from a client and a thread of its own. Returns the statuses of the answers, sorted. Needs a test with real transactions."""
    together = threading.Barrier(len(forms))
    statuses: list[int] = []

    def post(form: dict[str, str]) -> None:
        client = Client()
        together.wait(10)
        try:
            statuses.append(client.post(path, form).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=post, args=(form,)) for form in forms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(statuses)
