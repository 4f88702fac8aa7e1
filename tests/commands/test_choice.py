"""Where a prompt allows it, users choose the model and the effort of its answers; the choice holds for the conversation, and for nothing else."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from conversations.models import (
    Attempt,
    Conversation,
    Limit,
    Message,
    Model,
    ModelChoice,
    Provider,
    Role,
    Status,
    SystemPrompt,
    User,
    text_part,
)
from conversations.routing import catalog
from conversations.usage.limits import in_force
from tests.support.limits import limit
from tests.support.scripted_openai import Finish, Text
from tests.support.socket_client import Socket
from tests.support.two_providers import MODEL, Providers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def models(providers: Providers) -> Providers:
    """The far provider also has a big model, whose efforts are known, a small one, and one that is hidden."""
    for name, fields in (
        ("big", {"efforts": ["low", "high"], "input_price": 1000, "output_price": 2000}),
        ("small", {"efforts": []}),
        ("hidden", {"hidden": True}),
    ):
        await Model.objects.acreate(provider=providers.far_row, name=name, **fields)
    catalog.forget()
    return providers


async def allow(choice: str, *, listed: str = "", effort: bool = False) -> None:
    await SystemPrompt.objects.filter(is_default=True).aupdate(model_choice=choice, listed_models=listed, effort_choice=effort)


async def refused(socket: Socket, **fields: Any) -> str:
    """Why a message with this choice is refused."""
    await socket.command("send", text="Hello", conversation=fields.pop("conversation", None), **fields)
    error = await socket.next_error()
    assert error["code"] == "invalid"
    return error["detail"]


async def entry(conversation: str) -> tuple[str, str]:
    saved = await Conversation.objects.aget(pk=conversation)
    return saved.model, saved.effort


def asked(models: Providers) -> list[tuple[str, Any]]:
    """The model and effort of all requests for answers, those of the near provider first."""
    bodies = [request.body for server in (models.near, models.far) for request in server.streams if "title" not in request.system.lower()]
    return [(body["model"], body.get("reasoning_effort")) for body in bodies]


async def test_nothing_can_be_chosen_unless_an_administrator_allows_it(alice: User, models: Providers) -> None:
    async with Socket(alice) as socket:
        assert await refused(socket, model="big") == "This assistant answers with its own model: another one can’t be chosen."
        assert await refused(socket, effort="low") == "The reasoning effort of this assistant can’t be chosen."
        assert not await Conversation.objects.aexists()
        finished = await socket.answer("Hello", model=MODEL, effort="")  # its own may be named
        await allow(ModelChoice.LISTED, listed="big\nhidden\nmissing")
        for model in ("small", "hidden", "missing"):
            assert await refused(socket, model=model) == f"“{model}” can’t be chosen for this assistant. Choose another model."
        await socket.command("regenerate", message=finished["message"], model="small")
        assert (await socket.next_error())["code"] == "invalid"
        await allow(ModelChoice.ANY)
        for model in ("hidden", "missing"):
            await refused(socket, model=model)
        assert "can’t be chosen" in await refused(socket, model="big", effort="low")
    assert asked(models) == [(MODEL, None)]


async def test_a_choice_counts_from_the_next_answer_on(alice: User, models: Providers) -> None:
    await allow(ModelChoice.ANY, effort=True)
    async with Socket(alice) as socket:
        first = await socket.send("One", model="big", effort="high")
        conversation = first["conversation"]
        row = await socket.until("conversation")
        assert (row["model"], row["effort"]) == ("big", "high")
        assert (await socket.until("finished"))["model"] == "big"
        await socket.answer("Two", conversation)  # by a client that says nothing
        await socket.command("regenerate", message=first["reply"])
        await socket.until("finished")
        assert asked(models) == [("big", "high")] * 3

        request = await socket.command("edit", message=first["message"], text="Other words", model="small")
        edited = await socket.until("accepted", id=request)
        await socket.until("finished", message=edited["reply"])
        assert asked(models)[3:] == [("small", None)]  # which takes no effort
        assert await entry(conversation) == ("small", "high")
        assert "takes none" in await refused(socket, conversation=conversation, effort="low")
        assert "takes these: low, high" in await refused(socket, conversation=conversation, model="big", effort="medium")

        await socket.answer("Three", conversation, model="", effort="")
        assert asked(models)[0] == (MODEL, None)
        assert await entry(conversation) == ("", "")
        again = await socket.command("send", id=first["id"], text="One", conversation=None, model="missing")
        assert (await socket.until("accepted", id=again))["reply"] == first["reply"]  # carried out before
    replies = Message.objects.filter(role=Role.ASSISTANT).order_by("pk").values_list("model", flat=True)
    assert [model async for model in replies] == ["big", "big", "big", "small", MODEL]


async def test_an_effort_of_the_prompt_is_not_sent_to_a_model_that_does_not_take_it(alice: User, models: Providers) -> None:
    await Model.objects.filter(name=MODEL).aupdate(efforts=["medium"])
    prompt = await SystemPrompt.objects.aget(is_default=True)
    await sync_to_async(prompt.publish)(text="Be brief.", parameters={"reasoning_effort": "medium", "max_output_tokens": 50})
    await allow(ModelChoice.LISTED, listed="big")
    catalog.forget()
    async with Socket(alice) as socket:
        await socket.answer("One")
        await socket.answer("Two", model="big")
    assert asked(models) == [(MODEL, "medium"), ("big", None)]
    assert next(request.body for request in models.far.streams if request.question == "Two")["max_tokens"] == 50


async def test_a_chosen_model_that_leaves_gives_way_to_the_prompt_s_own_and_the_user_is_told(alice: User, models: Providers) -> None:
    await allow(ModelChoice.ANY)
    async with Socket(alice) as socket:
        first = await socket.send("One", model="big")
        await socket.until("finished")
        await Model.objects.filter(name="big").aupdate(hidden=True)
        catalog.forget()
        told = await socket.send("Two", first["conversation"])
        assert told["notice"] == "“big” can’t be chosen any more, so the assistant’s own model answers."
        assert (await socket.until("conversation"))["model"] is None
        assert (await socket.until("finished"))["model"] == MODEL
        await Model.objects.filter(name="big").aupdate(hidden=False)
        assert "notice" not in await socket.send("Three", first["conversation"])
        await socket.until("finished")


async def test_a_continued_answer_stays_with_its_model(alice: User, models: Providers) -> None:
    await allow(ModelChoice.ANY)
    models.far.script(Text("Half of "), Finish("length"))
    async with Socket(alice) as socket:
        first = await socket.answer("One", model="big")
        await Conversation.objects.aupdate(model="")
        await allow(ModelChoice.NONE)
        models.far.script(Text("it"), Finish())
        await socket.command("continue", message=first["message"])
        await socket.until("finished", status="complete")
    assert asked(models) == [("big", None), ("big", None)]


async def test_so_does_one_that_is_taken_over(alice: User, models: Providers) -> None:
    await Provider.objects.filter(pk=models.far_row.pk).aupdate(resume="prefix")
    catalog.forget()
    conversation = await Conversation.objects.acreate(owner=alice, updated=timezone.now())
    shared: dict[str, Any] = {"conversation": conversation, "owner": alice}
    question = await Message.objects.acreate(role=Role.USER, parts=[text_part("One")], **shared)
    await Message.objects.acreate(
        parent=question,
        role=Role.ASSISTANT,
        status=Status.STREAMING,
        parts=[text_part("Half of ")],
        model="big",
        parameters={"reasoning_effort": "low"},
        lease_holder=uuid.uuid4(),
        lease_until=timezone.now() - timedelta(minutes=1),
        **shared,
    )
    models.far.script(Text("it"), Finish())
    async with Socket(alice) as socket:
        await socket.command("watch", conversation=conversation.pk)
        await socket.until("finished", status="complete")
    assert asked(models) == [("big", "low")]


async def test_prices_and_budgets_are_those_of_the_chosen_model(alice: User, models: Providers) -> None:
    await allow(ModelChoice.ANY)
    budget = await sync_to_async(limit)(monthly_cost=Decimal("0.1"))
    async with Socket(alice) as socket:
        await socket.command("send", text="One", conversation=None, model="big")
        assert (await socket.next_error())["code"] == "limit"  # its price is a thousand times that of the prompt's
        await socket.answer("One")
        await Limit.objects.filter(pk=budget.pk).aupdate(monthly_cost=1000)
        in_force.forget()
        await socket.answer("Two", model="big")
    costs = Attempt.objects.filter(purpose="answer").order_by("pk").values_list("cost", flat=True)
    cheap, dear = [cost or 0 async for cost in costs]
    assert dear > 900 * cheap > 0


async def test_the_page_gets_what_may_be_chosen(alice: User, models: Providers, client: Client) -> None:
    def page() -> Any:
        client.force_login(alice)
        return client.get("/").context["page"]

    shown = await sync_to_async(page)()
    assert (shown["prompts"][0]["choice"], shown["efforts"], shown["sees"]) == (None, {}, {})
    assert shown["prompts"][0]["sees"] is None
    await Model.objects.filter(name__in=("big", MODEL)).aupdate(takes_images=True)
    await Model.objects.filter(name="small").aupdate(takes_images=False)
    catalog.forget()
    await allow(ModelChoice.ANY, effort=True)
    shown = await sync_to_async(page)()
    assert shown["prompts"][0]["choice"] == {"own": MODEL, "models": [MODEL, "big", "small"], "effort": True}
    assert shown["efforts"] == {"big": ["low", "high"]}
    assert (shown["prompts"][0]["sees"], shown["sees"]) == (True, {"big": True, "small": False, MODEL: True})
