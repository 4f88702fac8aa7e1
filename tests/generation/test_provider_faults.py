"""The provider's fault matrix: each of its faults, at each moment of an answer, over both APIs.

The table says what the person reads and what is kept. Both are the same in every case, and nothing is left open: no lease, no
connection to a provider that would go on.
"""

from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from conversations.generation import waiting
from conversations.models import Message, User
from conversations.providers import connections, retries, streams
from conversations.providers.errors import reason, sentence
from conversations.routing import circuits
from tests.support.loop_clock import Lapse, LoopClock
from tests.support.scripted_openai import (
    Answer,
    Event,
    Finish,
    Gate,
    Hangup,
    Hold,
    Raw,
    Reasoning,
    Reset,
    ScriptedOpenAI,
    Stay,
    Step,
    Text,
    failure,
)
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)
WIRES = ("chat_completions", "responses")

PATIENCE_SECONDS = 5.0
MOST_SECONDS = 60.0
"""For a frame, by a clock that is put forward for each request that stalls."""

# Moments: what was said when it happened.

BEFORE_HEADERS = "before the headers"
BEFORE_TOKENS = "before the first token"
THINKING = "amid reasoning"
SPEAKING = "amid text"
ALL_SAID = "after the last word"
FINISHED = "after the finish"

THOUGHT = {"reasoning": "Let me see. "}
HALF = {"reasoning": "Let me see. ", "text": "Half an "}
WHOLE = {"text": "A whole answer"}

SAID: dict[str, dict[str, str]] = {BEFORE_TOKENS: {}, THINKING: THOUGHT, SPEAKING: HALF, ALL_SAID: WHOLE, FINISHED: WHOLE}

FINISH_WITHOUT_USAGE = Event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
TEXT_IS_DONE = Event({"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": "A whole answer"})

# Faults of a stream that has begun. A provider that stays on the line would say nothing more: we are to hang up.

BROKEN_STREAM: dict[str, tuple[Step, ...]] = {
    "reset": (Reset(),),
    "hang-up": (Hangup(),),
    "clean end": (),
    "end mark only": (Raw(b"data: [DONE]\n\n"), Stay()),
    "stall": (Stay(),),
    "error event": (Event({"type": "error", "error": {"message": "The GPU fell over", "type": "server_error"}}), Stay()),
    "rate limit event": (Event({"type": "error", "error": {"message": "Rate limit reached", "code": "rate_limit_exceeded"}}), Stay()),
    "broken JSON": (Raw(b"data: {oops\n\n"), Stay()),
    "half an event": (Raw(b'data: {"choices": [{"delta"'), Hangup()),
    "web page": (Raw(b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>\n"),),
    "response.failed": (
        Event({"type": "response.failed", "response": {"status": "failed", "error": {"code": "server_error", "message": "Boom"}}}),
        Stay(),
    ),
    "response.incomplete, too long": (Finish("length"), Stay()),
    "response.incomplete, filtered": (Finish("content_filter"), Stay()),
    "response.incomplete, of itself": (Event({"type": "response.incomplete", "response": {"status": "incomplete"}}), Stay()),
}

# Faults instead of a stream.

REFUSED: dict[str, Answer] = {
    "reset": Answer(before_headers=(Reset(),)),
    "hang-up": Answer(before_headers=(Hangup(),)),
    "stall": Answer(before_headers=(Stay(),)),
    "429 with Retry-After": failure(429, "Slow down", headers={"retry-after": "0.01"}),
    "429, the quota": failure(429, "You exceeded your current quota", code="insufficient_quota", headers={"retry-after": "0.01"}),
    "500": failure(500, "The server had an error", headers={"retry-after": "0.01"}),
    "503 with a web page": Answer(status=503, headers={"retry-after": "0.01"}, body="<html><title>Be right back</title></html>"),
    "401": failure(401, "Incorrect API key provided", code="invalid_api_key"),
    "400, context too long": failure(400, "This model's maximum context length is 8192 tokens", code="context_length_exceeded"),
    "400, something else": failure(400, "Invalid value for 'messages'"),
    "web page": Answer(body="<!doctype html><html><head><title>Sign in to the Wi-Fi</title></head></html>"),
    "JSON of something else": Answer(body={"hello": "world"}),
}


class Case(NamedTuple):
    """`usage` is none, estimated by us, or counted by the provider. `asked` is how many requests the provider got."""

    fault: str
    moment: str
    status: str
    kind: str
    usage: str
    wires: tuple[str, ...] = WIRES
    asked: int = 1


CASES = [
    # Nothing came: it failed. What may pass by itself was tried again, until the provider counts as down.
    Case("reset", BEFORE_HEADERS, "failed", "network", "none", asked=circuits.OPENS_AFTER),
    Case("hang-up", BEFORE_HEADERS, "failed", "network", "none", asked=circuits.OPENS_AFTER),
    Case("stall", BEFORE_HEADERS, "failed", "timeout", "none", asked=circuits.OPENS_AFTER),
    Case("429 with Retry-After", BEFORE_HEADERS, "failed", "rate_limit", "none", asked=retries.MOST_TRIES),
    Case("429, the quota", BEFORE_HEADERS, "failed", "quota", "none"),
    Case("500", BEFORE_HEADERS, "failed", "provider", "none", asked=circuits.OPENS_AFTER),
    Case("503 with a web page", BEFORE_HEADERS, "failed", "provider", "none", asked=circuits.OPENS_AFTER),
    Case("401", BEFORE_HEADERS, "failed", "key", "none"),
    Case("400, context too long", BEFORE_HEADERS, "failed", "context", "none"),
    Case("400, something else", BEFORE_HEADERS, "failed", "request", "none"),
    Case("web page", BEFORE_HEADERS, "failed", "provider", "none", asked=circuits.OPENS_AFTER),
    Case("JSON of something else", BEFORE_HEADERS, "failed", "provider", "none", asked=circuits.OPENS_AFTER),
    # It began and said nothing: the same.
    Case("reset", BEFORE_TOKENS, "failed", "interrupted", "none", asked=circuits.OPENS_AFTER),
    Case("hang-up", BEFORE_TOKENS, "failed", "interrupted", "none", asked=circuits.OPENS_AFTER),
    Case("clean end", BEFORE_TOKENS, "failed", "interrupted", "none", asked=circuits.OPENS_AFTER),
    Case("end mark only", BEFORE_TOKENS, "failed", "interrupted", "none", asked=circuits.OPENS_AFTER),
    Case("half an event", BEFORE_TOKENS, "failed", "interrupted", "none", asked=circuits.OPENS_AFTER),
    Case("stall", BEFORE_TOKENS, "failed", "timeout", "none", asked=circuits.OPENS_AFTER),
    Case("error event", BEFORE_TOKENS, "failed", "provider", "none", asked=circuits.OPENS_AFTER),
    Case("rate limit event", BEFORE_TOKENS, "failed", "rate_limit", "none", asked=retries.MOST_TRIES),
    Case("broken JSON", BEFORE_TOKENS, "failed", "provider", "none", asked=circuits.OPENS_AFTER),
    Case("web page", BEFORE_TOKENS, "failed", "provider", "none", asked=circuits.OPENS_AFTER),
    Case("response.failed", BEFORE_TOKENS, "failed", "provider", "none", wires=("responses",), asked=circuits.OPENS_AFTER),
    # Reasoning was shown: it stays, and the reply can be continued.
    Case("reset", THINKING, "interrupted", "interrupted", "estimated"),
    Case("hang-up", THINKING, "interrupted", "interrupted", "estimated"),
    Case("clean end", THINKING, "interrupted", "interrupted", "estimated"),
    Case("end mark only", THINKING, "complete", "", "estimated"),
    Case("half an event", THINKING, "interrupted", "interrupted", "estimated"),
    Case("stall", THINKING, "interrupted", "timeout", "estimated"),
    Case("error event", THINKING, "interrupted", "provider", "estimated"),
    Case("rate limit event", THINKING, "interrupted", "rate_limit", "estimated"),
    Case("broken JSON", THINKING, "interrupted", "provider", "estimated"),
    Case("web page", THINKING, "interrupted", "interrupted", "estimated"),
    Case("response.failed", THINKING, "interrupted", "provider", "estimated", wires=("responses",)),
    Case("response.incomplete, too long", THINKING, "complete", "", "counted"),
    # Text was shown: it stays, and the reply can be continued.
    Case("reset", SPEAKING, "interrupted", "interrupted", "estimated"),
    Case("hang-up", SPEAKING, "interrupted", "interrupted", "estimated"),
    Case("clean end", SPEAKING, "interrupted", "interrupted", "estimated"),
    Case("end mark only", SPEAKING, "complete", "", "estimated"),
    Case("half an event", SPEAKING, "interrupted", "interrupted", "estimated"),
    Case("stall", SPEAKING, "interrupted", "timeout", "estimated"),
    Case("error event", SPEAKING, "interrupted", "provider", "estimated"),
    Case("rate limit event", SPEAKING, "interrupted", "rate_limit", "estimated"),
    Case("broken JSON", SPEAKING, "interrupted", "provider", "estimated"),
    Case("web page", SPEAKING, "interrupted", "interrupted", "estimated"),
    Case("response.failed", SPEAKING, "interrupted", "provider", "estimated", wires=("responses",)),
    Case("response.incomplete, too long", SPEAKING, "complete", "", "counted"),
    Case("response.incomplete, filtered", SPEAKING, "failed", "content_filter", "counted"),
    Case("response.incomplete, of itself", SPEAKING, "complete", "", "estimated", wires=("responses",)),
    # All was said, but the provider didn't say so: we can't know, so it isn't called complete. Its end mark says so.
    Case("reset", ALL_SAID, "interrupted", "interrupted", "estimated"),
    Case("hang-up", ALL_SAID, "interrupted", "interrupted", "estimated"),
    Case("clean end", ALL_SAID, "interrupted", "interrupted", "estimated"),
    Case("end mark only", ALL_SAID, "complete", "", "estimated"),
    Case("stall", ALL_SAID, "interrupted", "timeout", "estimated"),
    Case("error event", ALL_SAID, "interrupted", "provider", "estimated"),
    Case("broken JSON", ALL_SAID, "interrupted", "provider", "estimated"),
    Case("response.failed", ALL_SAID, "interrupted", "provider", "estimated", wires=("responses",)),
    # The provider said that it is complete: nothing after that can change it. Only the count may be missing.
    Case("reset", FINISHED, "complete", "", "estimated", wires=("chat_completions",)),
    Case("hang-up", FINISHED, "complete", "", "estimated", wires=("chat_completions",)),
    Case("clean end", FINISHED, "complete", "", "estimated", wires=("chat_completions",)),
    Case("stall", FINISHED, "complete", "", "estimated", wires=("chat_completions",)),
    Case("broken JSON", FINISHED, "complete", "", "estimated", wires=("chat_completions",)),
    Case("error event", FINISHED, "complete", "", "estimated", wires=("chat_completions",)),
    Case("web page", FINISHED, "complete", "", "estimated", wires=("chat_completions",)),
    Case("reset", FINISHED, "complete", "", "counted", wires=("responses",)),
    Case("hang-up", FINISHED, "complete", "", "counted", wires=("responses",)),
    Case("clean end", FINISHED, "complete", "", "counted", wires=("responses",)),
    Case("stall", FINISHED, "complete", "", "counted", wires=("responses",)),
    Case("broken JSON", FINISHED, "complete", "", "counted", wires=("responses",)),
    Case("error event", FINISHED, "complete", "", "counted", wires=("responses",)),
    Case("response.failed", FINISHED, "complete", "", "counted", wires=("responses",)),
]
EACH = [pytest.param(wire, case, id=f"{case.fault}-{case.moment}-{wire}") for case in CASES for wire in case.wires]


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch, settings: Any, request: pytest.FixtureRequest) -> None:
    settings.OPENAI_RECONNECT = False  # what goes on by itself: see test_reconnecting.py
    monkeypatch.setattr(waiting, "MAX_WAIT_SECONDS", 1.0)
    monkeypatch.setattr(retries, "FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(retries, "COOL_DOWN_SECONDS", {"rate_limit": 0.01, "quota": 600.0})
    monkeypatch.setattr(connections, "REUSE_SECONDS", 0.05)
    if "stall" in request.node.name:
        settings.OPENAI_FIRST_TOKEN_SECONDS = settings.OPENAI_NEXT_TOKEN_SECONDS = PATIENCE_SECONDS
        monkeypatch.setattr(streams, "USAGE_SECONDS", 0.4)


def words(moment: str) -> list[Step]:
    return [Reasoning(text) if kind == "reasoning" else Text(text) for kind, text in SAID[moment].items()]


def answer_of(case: Case, wire: str, gate: Gate, lapse: Lapse) -> Answer:
    """What the provider does at each request."""
    if case.moment == BEFORE_HEADERS:
        return replace(REFUSED[case.fault], before_headers=lapse.before(REFUSED[case.fault].before_headers))
    ending: tuple[Step, ...] = ()
    if case.moment == ALL_SAID and wire == "responses":
        ending = (TEXT_IS_DONE,)
    if case.moment == FINISHED:
        ending = (Finish(done=False),) if wire == "responses" else (FINISH_WITHOUT_USAGE,)
    breaking = BROKEN_STREAM[case.fault]
    if case.fault == "stall" and case.moment != FINISHED:
        breaking = lapse.before(breaking)
    return Answer(steps=(*words(case.moment), *ending, Hold(gate), *breaking))


def said_by(parts: list[dict[str, Any]]) -> dict[str, str]:
    return {part["type"]: part["text"] for part in parts}


@pytest.mark.parametrize(("openai", "case"), EACH, indirect=["openai"])
async def test_what_is_shown_and_kept(
    alice: User, openai: ScriptedOpenAI, case: Case, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire, gate, client = request.node.callspec.params["openai"], Gate(), Client()
    openai.queue(*[answer_of(case, wire, gate, Lapse(LoopClock(monkeypatch), PATIENCE_SECONDS))] * case.asked)
    async with Socket(alice, client=client, seconds=MOST_SECONDS) as socket:
        accepted = await socket.send("Tell")
        said = SAID.get(case.moment, {})
        while said_by(socket.texts.get(accepted["reply"], [])) != said:
            await socket.next()
        gate.open()
        finished = await socket.until("finished", message=accepted["reply"])
        assert finished["status"] == case.status
        error = finished["error"]
        assert (error and error["kind"]) == (case.kind or None)
        assert error is None or error["detail"] == (reason if error["retry_at"] else sentence)(case.kind)
        assert said_by(socket.texts[accepted["reply"]]) == said
        assert finished["end"] == socket.ends[accepted["reply"]]
        assert socket.resyncs == 0
    saved = await Message.objects.aget(pk=accepted["reply"])
    assert (saved.status, saved.error_kind, said_by(saved.parts)) == (case.status, case.kind, said)
    assert (saved.lease_until, saved.lease_holder) == (None, None)
    assert saved.finished
    assert bool(saved.error_cause) == bool(case.kind)
    assert usage_of(saved) == case.usage
    page = (await sync_to_async(client.get)(f"/c/{accepted['conversation']}/messages/")).json()["messages"][-1]
    assert (page["status"], said_by(page["parts"])) == (case.status, said)
    asked = [stream for stream in openai.streams if stream.question == "Tell"]
    assert len(asked) == case.asked
    if case.fault == "stall" or Stay() in BROKEN_STREAM.get(case.fault, ()):
        for stream in asked:
            await stream.client_left()


def usage_of(message: Message) -> str:
    if message.usage is None:
        return "none"
    return "estimated" if message.usage["estimated"] else "counted"


PASSING: dict[str, Answer] = {
    **{f"{fault} {BEFORE_HEADERS}": REFUSED[fault] for fault in ("reset", "hang-up", "stall", "429 with Retry-After", "500")},
    **{f"{fault} {BEFORE_TOKENS}": Answer(steps=BROKEN_STREAM[fault]) for fault in ("reset", "hang-up", "clean end", "half an event")},
}


@pytest.mark.parametrize("openai", WIRES, indirect=True)
@pytest.mark.parametrize("fault", PASSING)
async def test_what_passes_before_the_first_word_is_not_even_seen(
    alice: User, openai: ScriptedOpenAI, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lapse = Lapse(LoopClock(monkeypatch), PATIENCE_SECONDS)
    passing = replace(PASSING[fault], before_headers=lapse.before(PASSING[fault].before_headers))
    openai.queue(passing, passing, Answer(steps=(Text("Here"), Finish())))
    async with Socket(alice, seconds=MOST_SECONDS) as socket:
        finished = await socket.answer("Tell")
        assert (finished["status"], finished["error"]) == ("complete", None)
        assert said_by(socket.texts[finished["message"]]) == {"text": "Here"}
    saved = await Message.objects.aget(pk=finished["message"])
    assert (saved.status, saved.error_kind, said_by(saved.parts), usage_of(saved)) == ("complete", "", {"text": "Here"}, "counted")


@pytest.mark.parametrize("openai", WIRES, indirect=True)
@pytest.mark.parametrize(
    ("moment", "again", "whole"),
    [
        (THINKING, "Half", "Half and more"),
        (SPEAKING, "Half an answer", "Half an answer and more"),
        (ALL_SAID, "", "A whole answer and more"),
    ],
)
async def test_going_on_survives_further_faults(alice: User, openai: ScriptedOpenAI, moment: str, again: str, whole: str) -> None:
    """The stream of the continuation breaks, too, once before its first word and once amid it; no word is lost or doubled."""
    openai.script(*words(moment), Hangup())
    openai.script(Hangup())
    openai.script(Text(f"{again} and"), Hangup())
    openai.script(Text(" more"), Finish())
    async with Socket(alice) as socket:
        finished = await socket.answer("Tell")
        for status in ("interrupted", "complete"):
            await socket.command("continue", message=finished["message"])
            await socket.until("finished", message=finished["message"], status=status)
        assert socket.text(finished["message"]) == whole
    saved = await Message.objects.aget(pk=finished["message"])
    assert (saved.status, saved.text, saved.error_kind, saved.lease_until) == ("complete", whole, "", None)


@pytest.mark.parametrize("openai", ["responses"], indirect=True)
@pytest.mark.parametrize("said", ["", "Half an "])
async def test_an_answer_that_the_provider_keeps_is_taken_up(alice: User, openai: ScriptedOpenAI, settings: Any, said: str) -> None:
    settings.OPENAI_RESUME, settings.OPENAI_RECONNECT = "background", True
    gate = Gate()
    openai.script(*([Text(said)] if said else []), Hold(gate), Reset(), Text("answer"), Finish())
    async with Socket(alice) as socket:
        accepted = await socket.send("Tell")
        await gate.reached()
        if said:
            await socket.until("delta")
        gate.open()
        finished = await socket.until("finished", message=accepted["reply"])
        assert (finished["status"], socket.text(accepted["reply"])) == ("complete", f"{said}answer")
    assert len([stream for stream in openai.streams if stream.question == "Tell"]) == 1
    assert openai.cancelled == []


@pytest.mark.parametrize("openai", ["responses"], indirect=True)
@pytest.mark.parametrize(("said", "status"), [("", "failed"), ("Half an ", "interrupted")])
async def test_an_answer_that_failed_at_the_provider_is_not_taken_up(
    alice: User, openai: ScriptedOpenAI, settings: Any, said: str, status: str
) -> None:
    settings.OPENAI_RESUME = "background"
    for _ in range(1 if said else circuits.OPENS_AFTER):
        openai.script(*([Text(said)] if said else []), BROKEN_STREAM["response.failed"][0])
    async with Socket(alice) as socket:
        finished = await socket.answer("Tell")
        assert (finished["status"], finished["error"]["kind"], socket.text(finished["message"])) == (status, "provider", said)
    assert [request for request in openai.requests if request.response_id] == []
