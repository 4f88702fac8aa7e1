"""From the day on which a model is shut down, the model that an administrator chose answers once no provider has the old one any more."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from conversations.generation import fallbacks
from conversations.generation.attempt_loop import AttemptLoop
from conversations.generation.output import Output
from conversations.generation.throttle import Throttle
from conversations.models import FileKind, Message, Model, Provider, SystemPrompt, User
from conversations.processes import supervisor
from conversations.providers.parts import Delta
from conversations.routing import catalog
from tests.support.files import stored_file
from tests.support.limits import limit
from tests.support.scripted_openai import Answer, Finish, Gate, Hold, Text, failure
from tests.support.socket_client import Socket
from tests.support.two_providers import MODEL, Providers

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = Answer(steps=(Text("From here"), Finish()))
GONE = failure(404, "The model does not exist", code="model_not_found")


def day(days: int) -> date:
    """So many days from now: a run can last past midnight."""
    return timezone.localdate() + timedelta(days=days)


@sync_to_async
def set_up(providers: Providers, days: int, prompts: str = "", models: str = "", **fields: Any) -> None:
    """The prompt's model is shut down in so many days. These models are to answer then: the prompt's fallback, and the model's own."""
    Model.objects.filter(name=MODEL).update(shutdown_date=day(days), fallback_model=models, **fields)
    for name in ("other", "another"):
        Model.objects.create(provider=providers.far_row, name=name)
    prompt = SystemPrompt.objects.get(slug="assistant")
    prompt.publish(text="Be kind.", model=MODEL)
    SystemPrompt.objects.filter(pk=prompt.pk).update(fallback_model=prompts)
    catalog.forget()


def note(model: str, days: int) -> str:
    return f"{model} answered, for {MODEL} was shut down on {day(days):%-d %B %Y}."


@pytest.mark.parametrize(
    ("prompts", "models", "answers"), [("other", "", "other"), ("", "another", "another"), ("other", "another", "other")]
)
async def test_the_fallback_answers_with_a_note(alice: User, providers: Providers, prompts: str, models: str, answers: str) -> None:
    await set_up(providers, -1, prompts, models)
    providers.near.queue(GONE)
    providers.far.queue(GONE, GOOD, GOOD)
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
        assert (finished["status"], finished["model"], finished["note"]) == ("complete", answers, note(answers, -1))
        assert socket.text(finished["message"]) == "From here"
        assert [row[0::3] for row in await providers.ledger()] == [("Near", "model"), ("Far", "model"), ("Far", "ok")]
        again = await socket.answer("And now?", finished["conversation"])
        assert (again["model"], again["note"]) == (answers, note(answers, -1))
    assert providers.asked == (1, 3), "What was refused a moment ago isn't asked for again."


async def test_on_the_day_itself(alice: User, providers: Providers) -> None:
    await set_up(providers, 0, "other")
    providers.near.queue(GONE)
    providers.far.queue(GONE, GOOD)
    async with Socket(alice) as socket:
        assert (await socket.answer("Hello"))["model"] == "other"


@pytest.mark.parametrize(("days", "fallback"), [(1, "other"), (-1, ""), (-1, "made-up"), (-1, MODEL)])
async def test_before_the_day_or_without_a_fallback_it_fails_as_ever(alice: User, providers: Providers, days: int, fallback: str) -> None:
    await set_up(providers, days, fallback)
    providers.near.queue(GONE)
    providers.far.queue(GONE)
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
        assert (finished["status"], finished["error"]["kind"], finished["note"]) == ("failed", "model", None)
    assert providers.asked == (1, 1)


async def test_what_is_still_served_answers(alice: User, providers: Providers) -> None:
    """Days are announced, and put off."""
    await set_up(providers, -5, "other")
    providers.near.queue(GONE)
    providers.far.queue(GOOD)
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
        assert (finished["status"], finished["model"], finished["note"]) == ("complete", MODEL, None)


async def test_other_trouble_has_no_fallback(alice: User, providers: Providers) -> None:
    await set_up(providers, -5, "other")
    providers.near.queue(GONE)
    providers.far.queue(failure(403, "Not in your region"), GOOD)
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
        assert (finished["status"], finished["error"]["kind"]) == ("failed", "permission")
    assert providers.asked == (1, 1)


async def test_a_model_that_was_disabled_after_its_day(alice: User, providers: Providers) -> None:
    await set_up(providers, -5, "other", enabled=False)
    providers.far.queue(GOOD)
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
        assert (finished["model"], finished["note"]) == ("other", note("other", -5))
    assert providers.asked == (0, 1)


async def test_images_go_to_a_fallback_that_sees_and_words_stay_with_a_model_that_is_only_blind(alice: User, providers: Providers) -> None:
    await set_up(providers, -5, "other", takes_images=False)
    sun = await sync_to_async(stored_file)(alice, b"sun", kind=FileKind.IMAGE, content_type="image/png", width=1, height=1, text="")
    providers.far.queue(GOOD)
    async with Socket(alice) as socket:
        seen = await socket.answer("What is it?", attachments=[sun.pk])
        assert (seen["status"], seen["model"], providers.asked) == ("complete", "other", (0, 1))
        said = await socket.answer("What is a sun?")
        assert (said["status"], said["model"], providers.asked) == ("complete", MODEL, (1, 1))


async def test_after_a_while_the_model_is_asked_for_again(alice: User, providers: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    await set_up(providers, -5, "other")
    providers.near.queue(GONE, GOOD)
    providers.far.queue(GONE, GOOD)
    async with Socket(alice) as socket:
        assert (await socket.answer("Hello"))["model"] == "other"
        monkeypatch.setattr(fallbacks, "GONE_SECONDS", 0.0)
        assert (await socket.answer("Hello again"))["model"] == MODEL


async def test_a_prompt_without_versions_says_nothing_of_answers_without_a_prompt(alice: User, providers: Providers) -> None:
    await set_up(providers, -5, enabled=False)
    await SystemPrompt.objects.acreate(slug="empty", name="Empty", fallback_model="other")
    assert await sync_to_async(fallbacks.of)(Message(owner=alice, model=MODEL)) is None


async def test_another_process_goes_on_where_the_fallback_left_off(alice: User, providers: Providers) -> None:
    """From a stream that the provider keeps, whatever is chosen by then."""
    await Provider.objects.filter(pk=providers.far_row.pk).aupdate(api="responses", resume="background")
    await set_up(providers, -5, "other", enabled=False)
    gate = Gate()
    providers.far.queue(Answer(steps=(Text("From "), Hold(gate), Text("here"), Finish())))
    async with Socket(alice) as socket:
        accepted = await socket.send("Hello")
        await socket.until("delta", text="From ")
        (reply,) = supervisor.current().registry
        saved = await Message.objects.select_related("conversation", "prompt_version").aget(pk=accepted["reply"])
        saved.upstream, saved.parts = reply.upstream, reply.output.parts
        await SystemPrompt.objects.aupdate(fallback_model="another")
        output = Output(saved.parts)
        taken_up = AttemptLoop(saved, output, Throttle(lambda: 1))
        gate.open()
        async for step in taken_up.steps():
            if isinstance(step, Delta):
                output.append(step.kind, step.text)
        assert [part["text"] for part in output.parts] == ["From here"]
        assert (taken_up.model, taken_up.note) == ("other", note("other", -5))
        await socket.until("finished")
    assert providers.asked == (0, 1)


@pytest.mark.parametrize(("days", "begins"), [(1, True), (-5, False)])
async def test_budgets_hold_back_what_the_fallback_may_cost(alice: User, providers: Providers, days: int, begins: bool) -> None:
    """Which is more than is left here. Before the day nothing is held back for it."""
    await set_up(providers, days, "other", input_price=0, output_price=0)
    await Model.objects.filter(name="other").aupdate(input_price=1000, output_price=1000)
    await sync_to_async(limit)(monthly_cost="0.01")
    catalog.forget()
    providers.near.queue(GOOD)
    async with Socket(alice) as socket:
        await socket.command("send", text="Hello")
        answer = await (socket.until("finished") if begins else socket.next_error())
    assert (answer.get("model") or answer["code"]) == (MODEL if begins else "limit")
    assert providers.asked == (int(begins), 0)
