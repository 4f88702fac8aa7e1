from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.scripted_openai import ScriptedOpenAI
from tests.support.serving import Served, Serving


@pytest.fixture(scope="module")
def serve_with(lasting_provider: ScriptedOpenAI) -> Iterator[Callable[..., Served]]:
    """Starts an impatient server, with such limits."""
    serving = Serving(("-m", "tests.support.impatient_serve"))
    given: dict[str, Any] = {"OPENAI_API": "chat_completions", "DATABASE_URL": "", "REDIS_URL": ""}
    yield lambda **limits: serving(lasting_provider.base_url, **given, **limits)
    serving.end()
