"""When a provider that failed is asked again, and how long that waits."""

from __future__ import annotations

import random
from typing import Final

from .errors import ProviderError

WIRE_TROUBLE: Final = frozenset({"network", "interrupted", "timeout", "provider"})
"""The same request may succeed in a moment."""
KEY_TROUBLE: Final = frozenset({"rate_limit", "quota", "key"})
"""Another key may be accepted."""
PROVIDER_TROUBLE: Final = frozenset({"permission", "model", "images", "address", "proxy", "unavailable"})
"""Another provider may do it; this one won't."""

MOST_TRIES: Final = 10
"""Attempts at one answer, whichever providers and keys they went to."""
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 8.0
LONGEST_SPREAD_SECONDS = 2.0
COOL_DOWN_SECONDS: Final = {"rate_limit": 10.0, "quota": 600.0}
"""Where the provider doesn't say for how long. A used-up quota isn't filled by waiting a moment."""
LONGEST_COOL_DOWN_SECONDS: Final = 3600.0


def is_worth_another_try(error: ProviderError) -> bool:
    return error.kind in WIRE_TROUBLE or error.kind in KEY_TROUBLE or error.kind in PROVIDER_TROUBLE


def pause(number: int) -> float:
    """Seconds before the `number`th time that a provider is asked again: twice as long each time, with jitter."""
    return min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (number - 1)) * random.uniform(0.5, 1)  # noqa: S311


def spread(number: int) -> float:
    """Seconds to add to a wait whose end many answers await, for the `number`th time: so that not all of them ask at once."""
    return min(LONGEST_SPREAD_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (number - 1)) * random.uniform(0, 1)  # noqa: S311


def cool_down(error: ProviderError) -> float:
    """Seconds for which the key that met this error is not used."""
    seconds = error.retry_after
    if seconds is None or error.kind == "quota":
        seconds = max(COOL_DOWN_SECONDS[error.kind], seconds or 0.0)
    return min(LONGEST_COOL_DOWN_SECONDS, seconds)


def blames_the_provider(error: ProviderError) -> bool:
    """Whether it says that the provider doesn't work. A refusal of what we sent says that it is alive."""
    return error.kind in WIRE_TROUBLE
