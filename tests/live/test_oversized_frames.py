"""A frame of any size is answered, by a server whose memory doesn't grow with it; only one without bounds is closed, and says why."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from unittest.mock import Mock

import pytest
from websockets.exceptions import ConnectionClosed

from conversations.live import command_rate, token_bucket
from conversations.live.dispatch import carry_out
from conversations.management.oversized_message import MAX_SKIPPED_BYTES
from tests.support.scripted_openai import ScriptedOpenAI
from tests.support.serving import Served, Serving
from tests.support.tab import Tab
from tests.support.template import session_key

MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def served(lasting_provider: ScriptedOpenAI) -> Iterator[Served]:
    serving = Serving()
    yield serving(lasting_provider.base_url, OPENAI_API="chat_completions", DATABASE_URL="", REDIS_URL="")
    serving.end()


@pytest.fixture
def tab(served: Served) -> Iterator[Tab]:
    with Tab(session_key("alice"), served.address) as tab:
        yield tab


def command(size: int, *, id_first: bool = False) -> tuple[str, str]:
    """A `send` of about so many bytes, with an id that its text seems to have, too."""
    request_id = str(uuid.uuid4())
    fields = {"type": "send", "conversation": None, "text": '"id":"' + str(uuid.uuid4()) + '", ' + "x" * size}
    return request_id, json.dumps({"id": request_id, **fields} if id_first else {**fields, "id": request_id})


@pytest.mark.parametrize("size", [MEBIBYTE - 100, MEBIBYTE, 5 * MEBIBYTE])
@pytest.mark.parametrize("id_first", [False, True])
def test_it_is_answered_under_its_id_and_the_socket_lives(tab: Tab, size: int, id_first: bool) -> None:
    request_id, frame = command(size, id_first=id_first)
    tab.socket.send(frame)
    refused = tab.until("error", id=request_id)
    assert refused["code"] == "too_large"
    assert f"{len(frame) / 1024:,.0f} KiB" in refused["detail"]
    tab.until("pong", id=tab.command("ping"))


async def test_beyond_the_rate_of_commands_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_bucket, "monotonic", lambda: 1000.0)  # nothing is filled up again
    rate, sender = command_rate.CommandRate(), Mock()
    while rate.commands.take():
        pass
    request_id = uuid.uuid4()
    assert await carry_out(None, sender, rate, {"bytes": MEBIBYTE, "request_id": str(request_id)}) is None
    (refused,) = sender.send.call_args.args
    assert (refused["code"], refused["id"]) == ("too_many", request_id)


def test_in_pieces_too(tab: Tab) -> None:
    request_id, frame = command(3 * MEBIBYTE)
    tab.socket.send(frame[at : at + 100_000] for at in range(0, len(frame), 100_000))
    assert tab.until("error", id=request_id)["code"] == "too_large"
    tab.until("pong", id=tab.command("ping"))


def test_what_is_no_command_is_answered_without_an_id(tab: Tab) -> None:
    tab.socket.send("x" * 2 * MEBIBYTE)
    assert tab.until("error", id=None)["code"] == "too_large"
    tab.socket.send(b"x" * 2 * MEBIBYTE)
    assert tab.until("error", id=None)["code"] == "too_large"


def test_memory_does_not_grow_with_it(served: Served, tab: Tab) -> None:
    before = peak_kibibytes(served)
    request_id, frame = command(MAX_SKIPPED_BYTES - 10_000)
    tab.socket.send(frame)
    assert tab.until("error", id=request_id, seconds=60)["code"] == "too_large"
    assert peak_kibibytes(served) - before < 10 * 1024


def test_what_is_longer_still_is_closed_with_the_code_for_it(tab: Tab) -> None:
    with suppress(ConnectionClosed):
        tab.socket.send("x" * (MAX_SKIPPED_BYTES + 1))
    assert tab.close_code() == 1009


def peak_kibibytes(served: Served) -> int:
    """The most memory that the process has had."""
    status = Path(f"/proc/{served.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])
