"""The baseline: a Channels consumer that relays the SDK's typed stream, a frame per token, and stores nothing.

OPENAI_BASE_URL=… python -m daphne --port 9000 benchmarks.servers.relay:application
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from django.conf import settings

settings.configure(CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}})

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter  # noqa: E402
from openai import AsyncOpenAI  # noqa: E402

client = AsyncOpenAI(api_key="unused", max_retries=0, timeout=600)


class Relay(AsyncWebsocketConsumer):
    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        self.task = asyncio.create_task(self.answer(json.loads(text_data or "")["text"]))

    async def answer(self, text: str) -> None:
        messages: list[Any] = [{"role": "user", "content": text}]
        async for chunk in await client.chat.completions.create(model="bench", messages=messages, stream=True):
            if chunk.choices and (said := chunk.choices[0].delta.content):
                await self.send(text_data=json.dumps({"type": "delta", "text": said}))
        await self.send(text_data=json.dumps({"type": "finished", "status": "complete"}))


application = ProtocolTypeRouter({"websocket": Relay.as_asgi()})
