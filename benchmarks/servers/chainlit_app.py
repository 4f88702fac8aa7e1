"""The peer: what Chainlit's own guide has for streaming an answer. It keeps nothing.

OPENAI_BASE_URL=… python -m chainlit run benchmarks/servers/chainlit_app.py --headless --port 9000

Runs in an environment of its own, where Chainlit is installed and none of our packages need be.
"""

from typing import Any

import chainlit
from openai import AsyncOpenAI

client = AsyncOpenAI(api_key="unused", max_retries=0, timeout=600)


@chainlit.on_message
async def answer(question: chainlit.Message) -> None:
    said = chainlit.Message(content="")
    messages: list[Any] = [{"role": "user", "content": question.content}]
    async for chunk in await client.chat.completions.create(model="bench", messages=messages, stream=True):
        if chunk.choices and (token := chunk.choices[0].delta.content):
            await said.stream_token(token)
    await said.update()
