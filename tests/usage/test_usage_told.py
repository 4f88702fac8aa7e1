"""What a provider counts is believed where it can be true; what can't be is estimated, and said to be, so that budgets hold."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from conversations.generation.tally import Tally
from conversations.generation.token_usage import LARGEST_WINDOW, checked
from conversations.models import Attempt, Message, User
from conversations.providers.parts import Usage
from tests.support.idle import until_idle
from tests.support.limits import limit, spending
from tests.support.scripted_openai import Finish, Hangup, ScriptedOpenAI, Text
from tests.support.socket_client import Socket

MOST = 2**31 - 1
SAID = "x" * 400

USAGES: dict[str, tuple[Any, Any, bool, bool]] = {
    "strings": ("12", "7", True, True),
    "negative": (-12, -7, True, True),
    "lists": ([1], [2], True, True),
    "truths": (True, True, True, True),
    "infinite": (float("inf"), float("inf"), True, True),
    "one of two": (12, -7, False, True),
    "the other": (-12, 7, True, False),
    "absurd": (MOST, MOST, True, True),
    "absurd by some": (200_000, 200_000, True, True),
    "nothing for something": (12, 0, False, True),
    "true": (12, 7, False, False),
    "much, unseen": (100_000, 100_000, False, False),
}
"""Tokens read and written as the provider says them, and which of them are estimated instead."""


@pytest.mark.parametrize(
    ("openai", "names"), [("chat_completions", [*USAGES]), ("responses", ["strings", "absurd", "true"])], indirect=["openai"]
)
@pytest.mark.django_db(transaction=True)
async def test_what_cannot_be_used_or_cannot_be_true_is_estimated(alice: User, openai: ScriptedOpenAI, names: list[str]) -> None:
    await sync_to_async(limit)(person=alice, monthly_tokens=100_000_000)
    took = 0
    async with Socket(alice) as socket:
        for name in names:
            read, wrote, *_ = USAGES[name]
            usage: Any = {"input_tokens": read, "cached_tokens": 5, "output_tokens": wrote, "reasoning_tokens": 6}
            openai.script(Text(SAID), Finish("stop", usage))
            finished = await socket.answer(f"Hello, {name}")
            assert finished["status"] == "complete"
            took += await _seen_as(name, finished["message"])
    await until_idle()  # titles are counted, too
    took += sum([(row.input_tokens or 0) + (row.output_tokens or 0) async for row in Attempt.objects.filter(purpose="title")])
    assert (await sync_to_async(spending)(f"user:{alice.pk}"))[2] == took, "The budget has all of it."


async def _seen_as(name: str, reply: str) -> int:
    """The tokens that count, in the ledger as at the message."""
    read, wrote, is_read_estimated, is_written_estimated = USAGES[name]
    row = await Attempt.objects.aget(reply=uuid.UUID(reply))
    assert row.input_tokens is not None, name
    assert 3 < row.input_tokens < 2_000 if is_read_estimated else row.input_tokens == read, name
    assert row.output_tokens == (len(SAID) // 4 if is_written_estimated else wrote), name
    assert row.cached_tokens == (None if is_read_estimated else 5), name
    assert row.reasoning_tokens == (None if is_written_estimated else 6), name
    assert row.estimated is (is_read_estimated or is_written_estimated), name
    saved = await Message.objects.aget(pk=reply)
    told = {"input": row.input_tokens, "cached": row.cached_tokens, "output": row.output_tokens, "reasoning": row.reasoning_tokens}
    assert saved.usage == {**{f"{kind}_tokens": tokens for kind, tokens in told.items()}, "estimated": row.estimated}, name
    return row.input_tokens + (row.output_tokens or 0)


def test_what_may_be_true_grows_with_what_was_said_and_with_the_window() -> None:
    def is_estimated(usage: Usage, prompt_tokens: int, characters: int, window: int) -> bool:
        return checked(usage, prompt_tokens=prompt_tokens, characters=characters, window=window)[1]

    much = Usage(1_000_000, None, 1_000_000, None)
    assert is_estimated(much, 100, 100, 8_192)
    assert not is_estimated(much, 100, 100, 1_000_000)
    assert not is_estimated(much, 250_000, 250_000, 8_192)
    assert is_estimated(Usage(MOST, None, 1, None), 100, 100, MOST), "A provider's list is no better than its counts."
    assert not is_estimated(Usage(LARGEST_WINDOW, None, 1, None), 100, 100, MOST)


@pytest.mark.parametrize("openai", ["responses"], indirect=True)
@pytest.mark.parametrize("usage", [None, -1], ids=["missing", "negative"])
@pytest.mark.django_db(transaction=True)
async def test_what_was_said_before_a_stream_was_taken_up_counts_too(
    alice: User, openai: ScriptedOpenAI, settings: Any, usage: int | None
) -> None:
    settings.OPENAI_RESUME = "background"
    told = None if usage is None else {"input_tokens": usage, "cached_tokens": 0, "output_tokens": usage, "reasoning_tokens": 0}
    openai.script(Text(SAID), Hangup(), Text("y" * 40), Finish("stop", told))
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
        assert finished["status"] == "complete"
    rows = [row async for row in Attempt.objects.filter(reply=finished["message"]).order_by("id")]
    assert [(row.estimated, row.output_tokens) for row in rows] == [(False, None), (True, 110)]
    assert (await Message.objects.aget(pk=finished["message"])).usage["output_tokens"] == 110


def test_an_estimate_for_a_reply_that_another_process_began_covers_all_of_it() -> None:
    tally = Tally(None, 400)
    tally.covers_all()
    tally.prompt_tokens = 20
    counts = tally.total(None, 440)
    assert counts is not None
    assert (counts["input_tokens"], counts["output_tokens"], counts["estimated"]) == (20, 110, True)
