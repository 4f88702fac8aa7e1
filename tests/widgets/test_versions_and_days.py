"""A widget answers with the version of its label, and within the budgets of a day."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from conversations.models import Attempt, PromptLabel, Reservation, User, Widget
from conversations.usage.budgets import months
from conversations.widgets import known
from tests.support import ledger, widget_visitors
from tests.support.limits import DOLLAR, price
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

    async def name(label: str) -> None:
        widget.prompt_label = label
        await widget.asave()
        known.forget()

    await name("beta")
    answer = (await visitor.shown())["messages"][-1]["id"]
    openai.script(Text("Yes."), Finish())
    await events(await visitor.post(f"answers/{answer}/regenerate", {"id": str(uuid.uuid4())}))  # it began with what is live
    await name("")
    await ask(visitor, openai, conversation)
    await name("beta")
    await ask(visitor, openai, conversation)
    await ask(Visitor(widget), openai)
    await PromptLabel.objects.all().adelete()
    await ask(visitor, openai, conversation)
    assert live.number == 1
    sold = ("shoes", "boots", "shoes", "boots", "boots", "shoes")
    assert [stream.system for stream in openai.streams] == [f"You sell {what}." for what in sold]


async def test_a_day_has_budgets_of_its_own(widget: Widget, openai: ScriptedOpenAI, alice: User) -> None:
    await sync_to_async(price)(dollars="10000")  # an answer of 18 tokens takes 18 cents
    widget.daily_cost, widget.visitor_daily_cost = Decimal("0.36"), Decimal("0.18")
    await widget.asave()
    known.forget()
    await ask(Visitor(await sync_to_async(widget_visitors.widget)(name="Other")), openai)
    await sync_to_async(ledger.attempt)(timezone.now(), owner=alice, cost=DOLLAR)
    first, second, third = (Visitor(widget) for _ in range(3))
    conversation = await ask(first, openai)

    async def refused(visitor: Visitor, conversation: str | None = None) -> str:
        response = await visitor.post("messages", {"id": str(uuid.uuid4()), "text": "Boots?", "conversation": conversation})
        assert response.status_code == 429 and 0 < int(response["Retry-After"]) <= 24 * 3600
        return str(response.json()["error"]["message"])

    assert "one visitor" in await refused(first, conversation)
    await ask(second, openai)
    assert "asked here in a day" in await refused(third)
    assert len(openai.streams) == 3
    async for attempt in Attempt.objects.all():  # that was yesterday
        attempt.recorded = attempt.recorded.replace(year=attempt.recorded.year - 1)
        await attempt.asave()
    user = await User.objects.aget(conversations=uuid.UUID(conversation))
    writing = {"reply": uuid.uuid4(), "owner": user.pk, "month": months.current(), "cost": DOLLAR, "tokens": 9}
    held = await Reservation.objects.acreate(**writing, subjects=[], created=timezone.now())
    assert "asked here in a day" in await refused(third)
    widget.daily_cost = None
    await widget.asave()
    known.forget()
    assert "one visitor" in await refused(first, conversation)
    await held.adelete()
    await ask(first, openai, conversation)
