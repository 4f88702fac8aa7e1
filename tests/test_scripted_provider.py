"""What a test had the scripted provider say is said in no other test, and no connection to it is left open behind one."""

from __future__ import annotations

import contextlib
import gc
import random
import socket
import threading
import time

import httpx2
import pytest

from tests.support.scripted_openai import Answer, ScriptedOpenAI
from tests.support.wire import Wire


@pytest.mark.parametrize("test", ["one", "another"])
def test_what_was_not_asked_for_is_forgotten(lasting_provider: ScriptedOpenAI, test: str) -> None:
    question = {"model": "m", "messages": [{"role": "user", "content": test}], "stream": True}
    assert f"You said: {test}".split()[-1] in httpx2.post(f"{lasting_provider.base_url}/chat/completions", json=question).text
    lasting_provider.queue(Answer(body="Left behind"))


@pytest.mark.parametrize("through", [False, True], ids=["the provider", "a wire"])
def test_what_connects_in_its_last_moment_is_closed(lasting_provider: ScriptedOpenAI, through: bool) -> None:
    """A connection that is forgotten would fail the test that runs when its garbage is collected."""
    moments = random.Random(1)

    def connect(port: int, seconds: float) -> None:
        time.sleep(seconds)
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()

    for _ in range(50):
        with Wire(lasting_provider.port) if through else ScriptedOpenAI.in_thread() as server:
            clients = [threading.Thread(target=connect, args=(server.port, moments.uniform(0, 0.002))) for _ in range(4)]
            for client in clients:
                client.start()
            time.sleep(moments.uniform(0, 0.002))
        for client in clients:
            client.join(10)
    gc.collect()
