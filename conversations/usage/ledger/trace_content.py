"""What was said in an attempt, for traces: only where an administrator has set TRACING_CONTENT."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from django.conf import settings

from conversations.providers.request import Turn

MOST_CHARACTERS = 32_000
"""Of what was asked, the newest, and of the answer, its beginning: services refuse spans that are much longer."""


class Content:
    """Of one attempt. `said` is the answer's text so far, in pieces. Files, reasoning and calls of tools are left out."""

    def __init__(self, system: str, turns: Sequence[Turn]) -> None:
        self._system, self._turns = system, turns
        self.said: list[str] = []

    def attributes(self) -> dict[str, str]:
        """As the GenAI conventions have it, and as the service that TRACING names does."""
        system, asked, said = self._cut()
        found = {
            "gen_ai.input.messages": _json([{"role": role, "parts": _parts(text)} for role, text in asked]),
            "gen_ai.output.messages": _json([{"role": "assistant", "parts": _parts(said)}]),
            **({"gen_ai.system_instructions": _json(_parts(system))} if system else {}),
        }
        plain = [{"role": role, "content": text} for role, text in _with_system(system, asked)]
        if settings.TRACING == "langfuse":
            found |= {"langfuse.observation.input": _json(plain), "langfuse.observation.output": said}
        elif settings.TRACING == "langsmith":
            answer = [{"role": "assistant", "content": said}]
            found |= {"gen_ai.prompt": _json({"messages": plain}), "gen_ai.completion": _json({"messages": answer})}
        return found

    def numbered(self) -> dict[str, str]:
        """As OpenLLMetry has it, which Helicone reads."""
        system, asked, said = self._cut()
        messages = [("prompt", *one) for one in enumerate(_with_system(system, asked))] + [("completion", 0, ("assistant", said))]
        return {
            f"gen_ai.{kind}.{number}.{field}": value
            for kind, number, message in messages
            for field, value in zip(("role", "content"), message, strict=True)
        }

    def _cut(self) -> tuple[str, list[tuple[str, str]], str]:
        """Instructions, what was asked, and the answer, as far as they are sent."""
        return self._system[:MOST_CHARACTERS], self._asked(), "".join(self.said)[:MOST_CHARACTERS]

    def _asked(self) -> list[tuple[str, str]]:
        """Roles and texts, of which the newest count where they are too long together."""
        kept: list[tuple[str, str]] = []
        left = MOST_CHARACTERS
        for turn in reversed(self._turns):
            if left <= 0:
                break
            kept.append(("tool" if turn.call_id else turn.role, turn.text[:left]))
            left -= len(turn.text)
        return kept[::-1]


def _with_system(system: str, asked: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("system", system), *asked] if system else asked


def _parts(text: str) -> list[dict[str, Any]]:
    return [{"type": "text", "content": text}]


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
