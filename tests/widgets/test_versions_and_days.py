"""A widget answers with the version of its label, and within the budgets of a day."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from asgiref.sync import sync_to_async

from conversations.models import Attempt, PromptLabel, Widget
from conversations.widgets import known
from tests.support import widget_visitors
from tests.support.limits import price
from tests.support.scripted_openai import Finish, ScriptedOpenAI, Text
from tests.support.widget_visitors import Visitor, events

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def widget(openai: ScriptedOpenAI) -> Widget:
    return await sync_to_async(widget_visitors.widget)()


async def ask(visitor: Visitor, openai: ScriptedOpenAI, conversation: str | None = None) -> str:
    """Returns the conversation."""
    openai.script(Text("Yes."), Finish())
    said = await events(await visitor.post("messages", {"id": str(uuid.uuid4()), "text": "Boots?", "conversation": conversation}))
    return str(said[0]["conversation"])


async def test_the_version_of_its_label_answers(widget: Widget, openai: ScriptedOpenAI) -> None:
    visitor, prompt = Visitor(widget), widget.prompt
    assert prompt is not None
    conversation = await ask(visitor, openai)
    live = await prompt.versions.aget()
    beta = await sync_to_async(prompt.publish)(text="You sell boots.")
    await sync_to_async(prompt.publish)(text="You sell shoes.")
    await PromptLabel.objects.acreate(prompt=prompt, name="beta", version=beta)
    widget.prompt_label = "beta"
    await widget.asave()
    known.forget()
    await ask(visitor, openai, conversation)  # which began with what is live
    await ask(Visitor(widget), openai)
    await PromptLabel.objects.all().adelete()
    await ask(visitor, openai, conversation)
    assert live.number == 1
    assert [stream.system for stream in openai.streams] == ["You sell shoes.", "You sell boots.", "You sell boots.", "You sell shoes."]


async def test_a_day_has_budgets_of_its_own(widget: Widget, openai: ScriptedOpenAI) -> None:
    await sync_to_async(price)(dollars="1000")  # an answer of 18 tokens takes 1.8 cents
    widget.daily_cost, widget.visitor_daily_cost = Decimal("0.03"), Decimal("0.01")
    await widget.asave()
    known.forget()
    first, second, third = (Visitor(widget) for _ in range(3))
    conversation = await ask(first, openai)

    async def refused(visitor: Visitor, conversation: str | None = None) -> str:
        response = await visitor.post("messages", {"id": str(uuid.uuid4()), "text": "Boots?", "conversation": conversation})
        assert response.status_code == 429 and 0 < int(response["Retry-After"]) <= 24 * 3600
        return str(response.json()["error"]["message"])

    assert "one visitor" in await refused(first, conversation)
    await ask(second, openai)
    assert "asked here in a day" in await refused(third)
    assert len(openai.streams) == 2
    async for attempt in Attempt.objects.all():  # that was yesterday
        attempt.recorded = attempt.recorded.replace(year=attempt.recorded.year - 1)
        await attempt.asave()
    await ask(first, openai, conversation)
