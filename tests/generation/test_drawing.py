"""An assistant that draws, because its user asks for it in words: where it may, what is shown and stored, and what it costs."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils import timezone

from conversations.generation import admission, title_suggestion
from conversations.models import Attempt, File, Limit, Message, Model, Provider, Reservation, SystemPrompt, User
from conversations.processes import recovery
from conversations.processes.registry import Registry
from conversations.routing import catalog
from conversations.usage.limits import in_force
from tests.support.limits import limit
from tests.support.pictures import DRAWER, picture
from tests.support.scripted_openai import (
    Answer,
    DrawingBegins,
    DrawingEnds,
    Event,
    Finish,
    Gate,
    Hangup,
    Hold,
    ScriptedOpenAI,
    Step,
    Text,
    failure,
)
from tests.support.socket_client import Socket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.parametrize("openai", ["responses"], indirect=True)]
TOOL = {"type": "image_generation", "model": DRAWER, "partial_images": 2}
USED = {"input_tokens": 40, "output_tokens": 1056, "total_tokens": 1096, "input_tokens_details": {"text_tokens": 30, "image_tokens": 10}}
COST_OF_PICTURE = 40 * 5_000 + 1056 * 30_000
TEAL, GRAY = picture("teal"), picture("gray")


def set_up(base_url: str, **provider: Any) -> None:
    fields = {"api": "responses", "priority": 0, **provider}
    row = Provider.objects.create(name="Draws", base_url=base_url, **fields)
    Model.objects.create(provider=row, name="scripted-model", draws_in_answers=True, takes_images=True, input_price=1, output_price=2)
    Model.objects.create(provider=row, name=DRAWER, input_price=5, output_price=30)
    SystemPrompt.objects.filter(is_default=True).update(draws=True)
    catalog.forget()


def draws_too() -> None:
    """The settings' provider as well, which is asked next."""
    catalog.read()
    Model.objects.create(provider=Provider.objects.get(origin="environment"), name="scripted-model", draws_in_answers=True)
    catalog.forget()


@pytest.fixture
async def drawer(openai: ScriptedOpenAI) -> ScriptedOpenAI:
    await sync_to_async(set_up)(openai.base_url)
    return openai


def drawn(*after: Step, data: bytes = TEAL, **more: Any) -> tuple[Step, ...]:
    return DrawingBegins(), DrawingEnds(data, more=more), *after


END = Finish(tool_usage={"image_gen": USED, "web_search": {"num_requests": 0}})


async def reply_of(accepted: dict[str, Any]) -> Message:
    return await Message.objects.aget(pk=accepted["reply"])


async def asked(alice: User, text: str = "Draw a field", status: str = "complete") -> Message:
    async with Socket(alice) as socket:
        accepted = await socket.send(text)
        await socket.until("finished", message=accepted["reply"], status=status)
    return await reply_of(accepted)


def kinds(reply: Message) -> list[str]:
    return [part["type"] for part in reply.parts]


def answers(server: ScriptedOpenAI) -> list[Any]:
    found = [one for one in server.streams if one.question.startswith("Draw") or "broke off" in one.question]
    return [one for one in found if one.system != title_suggestion.INSTRUCTIONS]


@pytest.mark.every_database
async def test_a_picture_is_drawn_amid_the_answer_shown_stored_and_counted(alice: User, drawer: ScriptedOpenAI) -> None:
    """Where it stands among the text, half done before, once for a second tab and after a reload, and with its own model's price."""
    gate = Gate()
    drawer.script(
        Text("Here it is:"),
        DrawingBegins(partials=(GRAY,)),
        Hold(gate),
        DrawingEnds(TEAL, more={"revised_prompt": "A teal field"}),
        Text("Do you like it?"),
        END,
    )
    async with Socket(alice) as socket:
        accepted = await socket.send("Draw a field")
        preview = await socket.until("preview", message=accepted["reply"])
        assert preview["image"].startswith("data:image/webp;base64,UklGR")
        async with Socket(alice) as tab:
            await tab.command("watch", conversation=accepted["conversation"])
            await tab.until("snapshot", message=accepted["reply"])
            catalog.forget()  # as it gets old while a picture is made: it isn't read again on the event loop
            gate.open()
            await tab.until("finished", message=accepted["reply"], status="complete")
        ended = await socket.until("finished", message=accepted["reply"], status="complete")
    reply = await reply_of(accepted)
    assert [part.get("text") or part["alt"] for part in reply.parts] == ["Here it is:", "A teal field", "Do you like it?"]
    assert kinds(reply) == ["text", "image", "text"]
    file = await File.objects.aget(owner=alice)
    with await sync_to_async(file.original.open)() as original:
        assert original.read() == TEAL
    (asked,) = answers(drawer)
    assert (asked.body["tools"], asked.body["max_tool_calls"]) == ([TOOL], 1)
    rows = {one.purpose: one async for one in Attempt.objects.filter(reply=reply)}
    drawing, answer = rows["image"], rows["answer"]
    assert (drawing.kind, drawing.pictures, answer.kind, answer.pictures) == ("pictures", 1, "text", None)
    assert (drawing.model, drawing.input_tokens, drawing.output_tokens, drawing.estimated, drawing.cost) == (
        DRAWER,
        40,
        1056,
        False,
        COST_OF_PICTURE,
    )
    assert (answer.final, drawing.final, drawing.number) == (True, False, answer.number)
    assert reply.cost is not None
    assert int(reply.cost * 1_000_000_000) // 1000 == (COST_OF_PICTURE + (answer.cost or 0)) // 1000
    assert ended["usage"]["output_tokens"] == 7, "What the answer says; the picture has a line of its own in the ledger."


@pytest.mark.parametrize(
    "steps",
    [
        (DrawingBegins(), DrawingEnds(TEAL), DrawingEnds(TEAL)),
        (DrawingBegins(), DrawingEnds(TEAL, is_told=False)),
        (DrawingEnds(TEAL),),
        (DrawingBegins("one"), DrawingEnds(TEAL, "one"), DrawingBegins("other"), DrawingEnds(TEAL, "other")),
    ],
    ids=["told-twice", "told-at-the-end-only", "without-a-beginning", "twice-under-two-names"],
)
async def test_it_comes_once_however_the_provider_says_it(alice: User, drawer: ScriptedOpenAI, steps: tuple[Step, ...]) -> None:
    drawer.queue(Answer(steps=(*steps, Finish())))
    assert kinds(await asked(alice)) == ["image"]
    drawing = await Attempt.objects.aget(purpose="image")
    assert (drawing.estimated, drawing.output_tokens) == (True, len({getattr(step, "id", "") for step in steps}) * 2 * 1584)


@pytest.mark.parametrize(
    ("answer", "status", "kind"),
    [
        (
            Answer(steps=(*drawn(data=b"", error={"code": "moderation_blocked", "message": "No.", "type": "x"}), Finish())),
            "failed",
            "content_filter",
        ),
        (
            failure(400, "The tool image_generation was stopped by the safety system.", code="moderation_blocked"),
            "failed",
            "content_filter",
        ),
        (
            Answer(steps=(Event({"type": "error", "code": "moderation_blocked", "message": "image_generation: no."}),)),
            "failed",
            "content_filter",
        ),
        (Answer(steps=(*drawn(Text("I can’t draw that."), data=b""), Finish())), "complete", None),
    ],
    ids=["item", "status", "event", "in-the-model-s-words"],
)
async def test_a_refusal_is_told_in_words(alice: User, drawer: ScriptedOpenAI, answer: Answer, status: str, kind: str | None) -> None:
    drawer.queue(answer)
    reply = await asked(alice, status=status)
    assert (reply.error_kind or None, len(answers(drawer)), await File.objects.acount()) == (kind, 1, 0)


async def test_a_stream_that_is_cut_after_the_picture_loses_and_pays_nothing_again(alice: User, drawer: ScriptedOpenAI) -> None:
    """It is complete with its picture; where words followed, those go on, without the tool."""
    await sync_to_async(draws_too)()
    drawer.queue(Answer(steps=(Text("Here:"), *drawn(Hangup()))))
    reply = await asked(alice)
    assert (kinds(reply), reply.finish_reason, len(answers(drawer))) == (["text", "image"], "stop", 1)
    counted = [one async for one in Attempt.objects.filter(reply=reply).order_by("id").values_list("purpose", "outcome", "estimated")]
    assert counted[:2] == [("image", "ok", True), ("answer", "interrupted", True)]
    drawer.queue(Answer(steps=(*drawn(Text("It is teal, "), Hangup()),)), Answer(steps=(Text("It is teal, as you like it."), Finish())))
    reply = await asked(alice, "Draw another one")
    assert (kinds(reply), reply.parts[1]["text"]) == (["image", "text"], "It is teal, as you like it.")
    assert "tools" not in answers(drawer)[-1].body


async def test_stop_keeps_what_was_drawn_and_a_continued_answer_draws_no_second_one(alice: User, drawer: ScriptedOpenAI) -> None:
    gate = Gate()
    drawer.queue(Answer(steps=(*drawn(Hold(gate)),)))
    async with Socket(alice) as socket:
        accepted = await socket.send("Draw a field")
        await gate.reached()
        await socket.until("snapshot", message=accepted["reply"])
        await socket.command("stop", message=accepted["reply"])
        await socket.until("finished", message=accepted["reply"], status="stopped")
        await answers(drawer)[0].client_left()
        assert kinds(await reply_of(accepted)) == ["image"]
        await socket.command("continue", message=accepted["reply"])
        await socket.until("finished", message=accepted["reply"], status="complete")
        assert len(answers(drawer)) == 1
        drawer.queue(Answer(steps=(*drawn(data=GRAY), Finish())))
        again = await socket.until("accepted", id=await socket.command("regenerate", message=accepted["reply"]))
        await socket.until("finished", message=again["reply"], status="complete")
    assert (await reply_of(again)).parts[0]["file"] != (await reply_of(accepted)).parts[0]["file"]


async def test_an_earlier_picture_goes_along_and_is_changed(alice: User, drawer: ScriptedOpenAI) -> None:
    drawer.queue(Answer(steps=(*drawn(), Finish())))
    async with Socket(alice) as socket:
        accepted = await socket.send("Draw a field")
        await socket.until("finished", message=accepted["reply"], status="complete")
        drawer.queue(Answer(steps=(*drawn(data=GRAY), Finish())))
        again = await socket.send("Draw it in gray", accepted["conversation"])
        await socket.until("finished", message=again["reply"], status="complete")
    last = answers(drawer)[-1].body["input"][-1]["content"]
    assert [part["type"] for part in last] == ["input_image", "input_text"]
    assert last[0]["image_url"].startswith("data:image/png;base64,")


async def test_only_what_may_and_can_draw_is_given_the_tool(alice: User, drawer: ScriptedOpenAI, settings: Any) -> None:
    """Not without the prompt's switch, the site's, a model that can, or the Responses API; a server that refuses it is asked without."""

    async def tools() -> Any:
        drawer.script(Text("In words."), Finish())
        await asked(alice)
        return answers(drawer)[-1].body.get("tools")

    assert await tools() == [TOOL]
    settings.PICTURES = False
    assert await tools() is None
    settings.PICTURES, settings.UNPRICED_MODELS = True, "refuse"
    assert await tools() == [TOOL], "Its price is known."
    await Model.objects.filter(name=DRAWER).aupdate(input_price=None, output_price=None, name_there="gpt-image-9")
    catalog.forget()
    assert await tools() is None, "It can’t be counted."
    settings.UNPRICED_MODELS = "allow"
    for row, fields in ((Model, {"draws_in_answers": None}), (Model, {"draws_in_answers": True}), (Provider, {"api": "chat_completions"})):
        await row.objects.filter(**({"name": "scripted-model"} if row is Model else {"name": "Draws"})).aupdate(**fields)
        catalog.forget()
        assert bool(await tools()) is (fields == {"draws_in_answers": True})
    await Provider.objects.filter(name="Draws").aupdate(api="responses")
    catalog.forget()
    drawer.queue(failure(400, "Hosted tool 'image_generation' is not supported with scripted-model.", param="tools"))
    assert await tools() is None


async def test_a_budget_has_room_for_the_picture_or_refuses(alice: User, drawer: ScriptedOpenAI) -> None:
    await sync_to_async(limit)(monthly_cost="0.05")
    async with Socket(alice) as socket:
        await socket.command("send", conversation=None, text="Draw a field")
        assert (await socket.next_error())["code"] == "limit", "A picture may take ten cents."
    await Limit.objects.aupdate(monthly_cost=1)
    in_force.forget()
    gate = Gate()
    drawer.queue(Answer(steps=(Hold(gate), *drawn(), END)))
    async with Socket(alice) as socket:
        accepted = await socket.send("Draw a field")
        held = await Reservation.objects.aget(reply=accepted["reply"])
        assert held.cost > 2 * 1584 * 30_000
        gate.open()
        await socket.until("finished", message=accepted["reply"], status="complete")
    assert not await Reservation.objects.filter(reply=accepted["reply"]).aexists()


@transaction.atomic
def held_back(reply: Message) -> None:
    """Hold back for it what its process did as it began."""
    limit(monthly_cost=1)
    begun = Message.objects.get(pk=reply.pk)
    begun.parts = []
    admission.require(begun)


async def test_what_a_lost_process_had_drawn_is_kept_and_counted(alice: User, drawer: ScriptedOpenAI) -> None:
    drawer.queue(Answer(steps=(Text("Here:"), *drawn(), Finish())))
    reply = await asked(alice)
    await Attempt.objects.all().adelete()
    await sync_to_async(held_back)(reply)
    held = await Reservation.objects.aget(reply=reply.pk)
    lost = {"status": "streaming", "lease_holder": uuid.uuid4(), "lease_until": timezone.now() - timedelta(seconds=1), "usage": None}
    await Message.objects.filter(pk=reply.pk).aupdate(**lost)
    (claimed,) = await sync_to_async(recovery.claim)(Registry(), [reply.pk])
    assert (claimed.status, kinds(claimed)) == ("interrupted", ["text", "image"])
    counted = {one.purpose: (one.model, one.output_tokens, one.cost) async for one in Attempt.objects.filter(outcome="lost")}
    assert counted["image"] == (DRAWER, 2 * 1584, 2 * 1584 * 30_000)
    assert counted["answer"][1] == 2
    read = (await Attempt.objects.aget(outcome="lost", purpose="answer")).input_tokens
    assert read == held.input_tokens - 1584, "What was held back for the picture is no question."


async def test_what_is_said_before_and_after_a_picture_is_not_run_together(alice: User, drawer: ScriptedOpenAI) -> None:
    drawer.queue(Answer(steps=(Text("Here it is:"), *drawn(), Text("Shall it"), Text(" be blue?"), END)))
    assert (await asked(alice)).answer == "Here it is:\n\nShall it be blue?"
