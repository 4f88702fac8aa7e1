"""What the site, or an assistant, does not let programs do, see `conversations.models.switches`."""

from __future__ import annotations

from conversations.models import SystemPrompt, switches

from .errors import ApiError


def require_on(name: str, prompt: SystemPrompt | None = None) -> None:
    """Raises ApiError where it is switched off."""
    if refusal := switches.refusal(name, prompt):
        raise ApiError(403, refusal, code="switched_off")
