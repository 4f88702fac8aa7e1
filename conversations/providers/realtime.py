"""A connection to a provider's Realtime API by WebSocket, with plain events: https://platform.openai.com/docs/guides/realtime-websocket.

It is opened with aiohttp, as all requests are, through the same proxies and with the same certificates: OpenAI's client would want another
library for it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

import aiohttp
import orjson

from . import certificates, error_reading, proxies, wire_trouble
from .endpoint import Endpoint
from .errors import ProviderError
from .realtime_events import Event

PATH = "/realtime"
LARGEST_EVENT = 4 * 1024 * 1024
"""Bytes. A second of speech has 64 KB in Base64; the session that the server repeats has the instructions."""
LARGEST_REFUSAL = 64 * 1024
SENDING_SECONDS = 10.0
"""A provider that takes nothing for so long is gone."""
CLOSING_SECONDS = 1.0


class Connection:
    """An open session. `receive` is called by one task at a time, as is `send`."""

    def __init__(self, endpoint: Endpoint, client: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._endpoint, self._client, self._socket = endpoint, client, socket

    async def send(self, event: Event) -> None:
        """Raises ProviderError where the connection is lost."""
        try:
            async with asyncio.timeout(SENDING_SECONDS):
                await self._socket.send_str(orjson.dumps(event).decode())
        except wire_trouble.EXCEPTIONS as error:
            raise wire_trouble.from_exception(error, self._endpoint, streaming=True) from None

    async def receive(self) -> Event:
        """The next event that is one. Raises ProviderError where the connection is lost."""
        while True:
            try:
                message = await self._socket.receive()
            except wire_trouble.EXCEPTIONS as error:
                raise wire_trouble.from_exception(error, self._endpoint, streaming=True) from None
            if message.type is aiohttp.WSMsgType.TEXT:
                with contextlib.suppress(ValueError):
                    event = orjson.loads(message.data)
                    if isinstance(event, dict) and isinstance(event.get("type"), str):
                        return event
            elif message.type is not aiohttp.WSMsgType.BINARY:
                raise self._closed(message)

    def error_of(self, event: Event) -> ProviderError:
        """What an event of the type “error”, or a response that failed, says."""
        said = event.get("error") or event
        is_refusal = isinstance(said, dict) and said.get("type") == "invalid_request_error"  # as HTTP would say it
        return error_reading.from_error(said, self._endpoint, status=400 if is_refusal else None)

    async def close(self) -> None:
        try:
            with contextlib.suppress(*wire_trouble.EXCEPTIONS):
                async with asyncio.timeout(CLOSING_SECONDS):
                    await self._socket.close()
        finally:
            await self._client.close()

    def _closed(self, message: aiohttp.WSMessage) -> ProviderError:
        if message.type is aiohttp.WSMsgType.ERROR and isinstance(message.data, BaseException):
            return ProviderError("interrupted", f"{type(message.data).__name__}: {message.data}")
        reason = str(message.extra or "")[:200]
        if reason:
            said = error_reading.from_error({"message": reason}, self._endpoint)
            if said.kind not in ("request", "provider"):  # words that tell a key or a quota
                return said
        return ProviderError("interrupted", f"The provider closed the connection: {self._socket.close_code} {reason}".rstrip())


async def connect(endpoint: Endpoint, headers: Mapping[str, str]) -> Connection:
    """Open one for the endpoint's model. `headers`: those of this session alone. Raises ProviderError."""
    proxy = proxies.proxy_for(endpoint.base_url)
    is_encrypted = proxy is not None or not endpoint.base_url.startswith("http:")
    connector = aiohttp.TCPConnector(ssl=certificates.context() if is_encrypted else certificates.without_authorities(), limit=1)
    tracing = aiohttp.TraceConfig()
    tracing.on_request_redirect.append(_redirected)
    client = aiohttp.ClientSession(connector=connector, raise_for_status=_refusal, trust_env=False, trace_configs=[tracing])
    try:
        async with asyncio.timeout(endpoint.connect_seconds):
            socket = await client.ws_connect(
                f"{endpoint.base_url}{PATH}",
                params={"model": endpoint.model},
                headers={"Authorization": f"Bearer {endpoint.api_key}", **dict(endpoint.fixed_headers), **headers},
                proxy=proxy,
                max_msg_size=LARGEST_EVENT,
            )
    except _Refused as refused:
        await client.close()
        if refused.status < 400:
            raise ProviderError("address", f"HTTP {refused.status}: {refused.body}", status=refused.status) from None
        raise error_reading.from_error(refused.body, endpoint, status=refused.status, headers=refused.headers) from None
    except wire_trouble.EXCEPTIONS as error:
        await client.close()
        raise wire_trouble.from_exception(error, endpoint) from None
    except BaseException:
        await client.close()
        raise
    return Connection(endpoint, client, socket)


class _Refused(Exception):
    """An ordinary answer in place of a WebSocket."""

    def __init__(self, status: int, headers: Mapping[str, str], body: object) -> None:
        super().__init__(status)
        self.status, self.headers, self.body = status, headers, body


async def _redirected(session: object, context: object, redirect: aiohttp.TraceRequestRedirectParams) -> None:
    """A key is for the server that it was entered for, and so are extra headers; aiohttp would follow."""
    raise _Refused(redirect.response.status, redirect.response.headers, "The server redirects to another address.")


async def _refusal(response: aiohttp.ClientResponse) -> None:
    """Called for each answer: aiohttp itself would not read what a refusal says."""
    if response.status == 101:
        return
    if response.status < 400:
        raise _Refused(response.status, response.headers, "The server answers with something that is no WebSocket.")
    body = await response.content.read(LARGEST_REFUSAL)
    try:
        said: object = orjson.loads(body)
    except ValueError:
        said = body.decode("utf-8", "replace")
    raise _Refused(response.status, response.headers, said)
