"""A response as an object: https://platform.openai.com/docs/api-reference/responses/object."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from conversations.api import failures
from conversations.generation.unstored_answer import Ended
from conversations.models import Status
from conversations.providers import finish_reasons
from conversations.providers.errors import ProviderError

from . import output_items
from .output_items import ItemStatus, Part

ECHOED = (
    *("instructions", "max_output_tokens", "metadata", "parallel_tool_calls", "previous_response_id", "reasoning", "safety_identifier"),
    *("temperature", "text", "tool_choice", "tools", "top_p", "user"),
)
"""Fields of the request that the response repeats."""
_USUAL: Mapping[str, Any] = {
    **dict.fromkeys(("instructions", "max_output_tokens", "previous_response_id", "temperature", "top_p")),
    "metadata": {},
    "parallel_tool_calls": True,
    "reasoning": {"effort": None, "summary": None},
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
}


_CODES = {
    **dict.fromkeys(("rate_limit", "quota"), "rate_limit_exceeded"),
    **dict.fromkeys(("context", "request", "parameter", "content_filter"), "invalid_prompt"),
    "images": "invalid_image",
}
"""By kinds of errors; all others are the server's."""


class Document:
    """One response's object as its answer goes on."""

    def __init__(
        self, model: str, asked: Mapping[str, Any], response_id: str = "", created: datetime | None = None, conversation: str = ""
    ) -> None:
        """`conversation`: the id of that which holds a response that is stored."""
        self.id = response_id or f"resp_{uuid.uuid4().hex}"
        echoed = {name: asked[name] for name in ECHOED if asked.get(name) is not None}
        self._head = {
            "id": self.id,
            "object": "response",
            "created_at": int(created.timestamp() if created else time.time()),
            "model": model,
            **_USUAL,
            **echoed,
        }
        self._head |= {
            "background": bool(asked.get("background")),
            "store": False,
            "truncation": "disabled",
            "error": None,
            "incomplete_details": None,
        }
        if conversation:
            self._head |= {"store": True, "conversation": {"id": f"conv_{conversation}"}}

    def in_progress(self, parts: Sequence[Part] = ()) -> dict[str, Any]:
        """`parts`: what was said so far."""
        output = output_items.all_of(self.id, parts, "in_progress")
        return {**self._head, "status": "in_progress", "output": output, "usage": None}

    def whole(self, ended: Ended, parts: Sequence[Part]) -> dict[str, Any]:
        """`parts`: what was said."""
        status, item_status = status_of(ended), item_status_of(ended)
        more: dict[str, Any] = {}
        if ended.error is not None:
            more["error"] = error_of(ended.error)
        elif status == "incomplete":
            more["incomplete_details"] = {"reason": _why(ended)}
        output = output_items.all_of(self.id, parts, item_status)
        return {**self._head, "status": status, "output": output, "usage": usage(ended), **more}


def status_of(ended: Ended) -> str:
    if ended.error is not None:
        return "failed"
    if ended.status == Status.STOPPED:
        return "cancelled"
    is_whole = ended.status == Status.COMPLETE and not finish_reasons.is_cut_off(ended.finish_reason)
    return "completed" if is_whole else "incomplete"


def item_status_of(ended: Ended) -> ItemStatus:
    return "completed" if status_of(ended) == "completed" else "incomplete"


def error_of(error: ProviderError) -> dict[str, Any]:
    """Its codes are those that OpenAI's clients know of responses, which are fewer than those of requests."""
    return {"code": _CODES.get(error.kind, "server_error"), "message": failures.of(error).message}


def usage(ended: Ended) -> dict[str, Any]:
    counted = ended.usage or {}
    read, written = counted.get("input_tokens") or 0, counted.get("output_tokens") or 0
    return {
        "input_tokens": read,
        "input_tokens_details": {"cached_tokens": counted.get("cached_tokens") or 0, "cache_write_tokens": 0},
        "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": counted.get("reasoning_tokens") or 0},
        "total_tokens": read + written,
    }


def _why(ended: Ended) -> str:
    return "content_filter" if ended.finish_reason == finish_reasons.CONTENT_FILTER else "max_output_tokens"
