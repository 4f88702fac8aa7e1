"""What a model refuses is remembered for all processes, be it a parameter of a prompt or an optional field of ours."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async

from conversations.models import RejectedParameter, User
from conversations.routing import catalog
from tests.support.scripted_openai import Answer, Request, ScriptedOpenAI, failure
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)


async def test_an_optional_field_is_sent_once_and_noted(alice: User, openai: ScriptedOpenAI) -> None:
    usual = openai.answer_with

    def old(request: Request) -> Answer | None:
        if "stream_options" in request.body:
            return failure(400, "Unknown field: stream_options")
        return usual(request) if usual else None

    openai.answer_with = old
    async with Socket(alice) as socket:
        first = await socket.answer("One")
        async with asyncio.timeout(15):
            while not await RejectedParameter.objects.aexists():  # noqa: ASYNC110  (a thread writes it)
                await asyncio.sleep(0.01)
        second = await socket.answer("Two", first["conversation"])
        assert (first["status"], second["status"]) == ("complete", "complete")
    asked = ["stream_options" in request.body for request in openai.streams if request.question in ("One", "Two")]
    assert asked == [True, False, False]
    noted = await RejectedParameter.objects.aget()
    assert (noted.model, noted.parameter) == ("scripted-model", "stream_options")


async def test_what_is_deleted_is_tried_again(alice: User, openai: ScriptedOpenAI) -> None:
    row = await RejectedParameter.objects.acreate(base_url=openai.base_url, model="scripted-model", parameter="stream_options")
    async with Socket(alice) as socket:
        first = await socket.answer("One")
        await row.adelete()
        await sync_to_async(catalog.forget)()
        await socket.answer("Two", first["conversation"])
    asked = ["stream_options" in request.body for request in openai.streams if request.question in ("One", "Two")]
    assert asked == [False, True]
