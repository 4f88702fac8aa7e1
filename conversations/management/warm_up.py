"""What answers need and the first page doesn't: the built-in model, authorities, prices and traces. Loaded once the server listens."""

from __future__ import annotations

import contextlib
import gc
from types import ModuleType

YOUNG_OBJECTS = 10_000
"""So many more objects than before have the collector look for garbage. With Python's 700 it did so several times for each reply."""


def load() -> ModuleType:
    """Synchronous. Returns the module of the clients of providers, which are closed at the end."""
    import httpcore2  # noqa: F401  (the SDK's client loads it when it is first made)

    from conversations.providers import certificates, clients, embedded, model_data
    from conversations.routing import catalog, routes  # noqa: F401
    from conversations.usage.ledger import otlp_metrics, trace_export

    if catalog.latest().is_built_in and embedded.available():
        embedded.start()
    if any(model_data.whose("any", source.base_url, source.price_list) for source in catalog.latest().sources):
        import genai_prices  # noqa: F401  (takes a moment, and the end of the first answer needs it)
    with contextlib.suppress(OSError):  # a connection that needs them says what is wrong
        certificates.context()
    trace_export.begin()
    otlp_metrics.begin()
    freeze_garbage_collector()
    return clients


def freeze_garbage_collector() -> None:
    """What is loaded stays: have the collector skip it. What is new is mostly gone by itself before the collector looks for it."""
    gc.set_threshold(YOUNG_OBJECTS, 4, 1)
    gc.freeze()  # with the few objects that are garbage: looking for these takes a seventh of a second
    gc.collect()  # the collector waits for a quarter more objects than it found last, which was all that is frozen now
