"""The embedded model answers, restarts when it dies, and ends with the server."""

import asyncio
import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from conversations.providers import clients, embedded, embedded_server
from conversations.providers.errors import ProviderError
from conversations.providers.parts import Delta, Finish
from conversations.providers.request import Request, Turn
from tests.support.provider_stream import WIRES, batches, failure

QUESTION = Request(
    embedded_server.ALIAS, "You are brief.", [Turn("user", "Hi"), Turn("assistant", "Hello!"), Turn("user", "Count to nine.")]
)


@pytest.fixture(scope="module", autouse=True)
def _stopped() -> Iterator[None]:
    """Its start takes longer than most of what it is asked, so the tests share it."""
    yield
    embedded.stop()


@pytest.fixture(autouse=True)
async def _closed() -> AsyncIterator[None]:
    """Also after a test that failed: a client that is collected open fails another."""
    yield
    await clients.close_all()


@pytest.fixture
def not_running() -> Iterator[None]:
    embedded.stop()
    yield
    embedded.stop()


@pytest.mark.usefixtures("not_running")
async def test_a_waiter_that_gives_up_leaves_it_to_the_others() -> None:
    impatient, patient = asyncio.ensure_future(embedded.ready()), asyncio.ensure_future(embedded.ready())
    await asyncio.sleep(0.01)
    impatient.cancel()
    assert (await patient).model == "smollm2"


async def test_it_answers_over_both_wires() -> None:
    embedded.start()
    first, second = await asyncio.gather(embedded.ready(), embedded.ready())
    assert first == second
    for api in WIRES:
        answer = await batches(replace(first, api=api), QUESTION, parameters={"max_output_tokens": 8, "temperature": 0.0})
        text = "".join(part.text for batch in answer for part in batch if isinstance(part, Delta))
        assert len(text) > 5
        assert len(answer) > 3, "It came in one piece."
        assert isinstance(answer[-1][-1], Finish)
    long = await failure(first, QUESTION, system="word " * 3 * first.context_window)
    assert long.kind == "context"


async def test_it_goes_on_with_the_beginning_of_an_answer() -> None:
    endpoint = await embedded.ready()
    question = replace(QUESTION, system="", turns=[Turn("user", "What is the capital of France? Answer in a long sentence.")])
    for beginning in ("The capital of France is", "The capital of France is "):
        answer = await batches(endpoint, question, prefix=beginning, parameters={"max_output_tokens": 4, "temperature": 0.0})
        text = "".join(part.text for batch in answer for part in batch if isinstance(part, Delta))
        assert (beginning + text).startswith("The capital of France is Paris"), "With a single space, and nothing said twice."


async def test_it_comes_back_when_it_dies() -> None:
    before = await embedded.ready()
    assert embedded.model.process is not None
    embedded.model.process.send_signal(signal.SIGKILL)
    embedded.model.process.wait(5)
    assert (await embedded.ready()).base_url != before.base_url


def test_it_serves_one_event_loop_after_another() -> None:
    assert asyncio.run(embedded.ready()) == asyncio.run(embedded.ready())


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_it_dies_with_its_parent(sign: signal.Signals) -> None:
    script = "import asyncio; from conversations.providers import embedded; e = asyncio.run(embedded.ready())\n"
    script += "print(embedded.model.process.pid, flush=True); import time; time.sleep(60)"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2]), "DJANGO_SETTINGS_MODULE": "chatbot.settings"}
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    with parent.stdout:
        child = psutil.Process(int(parent.stdout.readline()))
    parent.send_signal(sign)
    parent.wait(5)
    end = time.monotonic() + 5
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end, "It outlived its parent."
        time.sleep(0.02)


@pytest.mark.usefixtures("not_running")
async def test_a_machine_that_no_wheel_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "xllamacpp" else find(name))
    assert not embedded.available()
    with pytest.raises(ProviderError, match="OPENAI_API_KEY") as caught:
        await embedded.ready()
    assert caught.value.kind == "unavailable"


@pytest.mark.usefixtures("not_running")
async def test_a_model_file_that_is_broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"not a model")
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(embedded, "_model_file", lambda: tmp_path / "broken.gguf")
    with pytest.raises(ProviderError, match=r"embedded_model\.log") as caught:
        await embedded.ready()
    assert caught.value.kind == "unavailable"
