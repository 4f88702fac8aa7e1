"""Builds the SDK's requests that differ only in their body from the first of them."""

import json
from collections.abc import Callable
from typing import Any, Final

import httpx2
from openai._models import FinalRequestOptions

MOST_KINDS: Final = 32
_json: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode  # as the SDK does


class RepeatedRequests:
    """Takes the place of a client's `_build_request`: a POST of JSON comes out as the SDK's own, to the byte, for a fraction of the time.

    What the SDK made of address, headers and timeouts is kept from the first request of a kind, so a new version of it has its say.
    """

    def __init__(self, build: Callable[..., httpx2.Request]) -> None:
        self._build = build
        self._built: dict[tuple[object, ...], httpx2.Request] = {}

    def __call__(self, options: FinalRequestOptions, *, retries_taken: int = 0) -> httpx2.Request:
        if retries_taken or type(options.json_data) is not dict or (kind := _kind(options)) is None:
            return self._build(options, retries_taken=retries_taken)
        return _copied(self._first(kind, options), options.json_data)

    def again(self, options: FinalRequestOptions, body: dict[str, Any]) -> httpx2.Request | None:
        """One like an earlier one with the same options, which the SDK hasn't seen yet; None where there was none."""
        kind = _kind(options)
        first = self._built.get(kind) if kind is not None else None
        return None if first is None else _copied(first, body)

    def with_stream(self, options: FinalRequestOptions, body: httpx2.AsyncByteStream, size: int) -> httpx2.Request:
        """One whose JSON comes from this stream of so many bytes."""
        kind = _kind(options)
        assert kind is not None
        first = self._first(kind, options)
        extensions = {**first.extensions, "timeout": {**first.extensions["timeout"]}}
        request = httpx2.Request(first.method, first.url, headers=first.headers, stream=body, extensions=extensions)
        request.headers["Content-Length"] = str(size)
        return request

    def _first(self, kind: tuple[object, ...], options: FinalRequestOptions) -> httpx2.Request:
        if (first := self._built.get(kind)) is None:
            if len(self._built) >= MOST_KINDS:  # timeouts were changed again and again
                self._built.clear()
            first = self._built[kind] = self._build(options.model_copy(update={"json_data": {}}))
        return first


def encoded(body: dict[str, Any]) -> bytes:
    return _json(body).encode()


def _copied(first: httpx2.Request, body: dict[str, Any]) -> httpx2.Request:
    """The request with another body."""
    content = encoded(body)
    extensions = {**first.extensions, "timeout": {**first.extensions["timeout"]}}
    request = httpx2.Request(first.method, first.url, headers=first.headers, stream=httpx2.ByteStream(content), extensions=extensions)
    request.headers["Content-Length"] = str(len(content))
    request.read()  # as if it had been built from these bytes; the transport asks for them
    return request


def _kind(options: FinalRequestOptions) -> tuple[object, ...] | None:
    """All that a client's request was built from but its body; None where that isn't simple, or rare. Its key is always the client's."""
    timeout, headers = options.timeout, options.headers
    if options.method != "post" or not isinstance(timeout, httpx2.Timeout):
        return None
    if options.params or options.files or options.content or options.extra_json or not isinstance(headers, dict):
        return None
    sent = [item for item in headers.items() if item[0] != "Authorization"]
    return options.url, timeout.connect, timeout.read, timeout.write, timeout.pool, *sent
