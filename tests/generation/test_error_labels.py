"""A provider's error: a kind and a sentence for the user, the cause for the administrator, and never a lost delta."""

from typing import Any

import pytest

from conversations.generation import waiting
from conversations.models import ApiKey, Message, RejectedParameter, SystemPrompt, User
from conversations.providers import retries
from conversations.providers.errors import reason, sentence
from conversations.routing import catalog, circuits, rejected_parameters
from tests.support.circuits import let_time_pass
from tests.support.scripted_openai import Answer, Event, Finish, Hangup, Raw, Reset, ScriptedOpenAI, Step, Text, failure
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)
on_both_wires = pytest.mark.parametrize("openai", ["chat_completions", "responses"], indirect=True)


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MAX_WAIT_SECONDS", 5.0)  # a circuit that opens stays so for longer


MID_STREAM: dict[str, tuple[Step, ...]] = {
    "reset": (Reset(),),
    "early end of the connection": (Hangup(),),
    "clean end without a word": (),
    "not JSON": (Raw(b"data: {oops\n\n"),),
    "error event": (Event({"type": "error", "error": {"message": "the GPU fell over", "type": "server_error"}}),),
}


@on_both_wires
@pytest.mark.parametrize("trouble", MID_STREAM)
async def test_after_some_words_the_words_stay_and_can_be_continued(
    alice: User, openai: ScriptedOpenAI, settings: Any, trouble: str
) -> None:
    settings.OPENAI_RECONNECT = False
    openai.script(Text("Half an "), *MID_STREAM[trouble])
    openai.script(Text("answer"), Finish())
    async with Socket(alice) as socket:
        finished = await socket.answer("Tell")
        assert (finished["status"], finished["end"]) == ("interrupted", 8)
        assert finished["error"]["detail"] == sentence(finished["error"]["kind"])
        reply = await Message.objects.aget(pk=finished["message"])
        assert (reply.status, reply.text) == ("interrupted", "Half an ")
        assert reply.usage["estimated"] is True
        await socket.command("continue", message=finished["message"])
        again = await socket.until("finished", message=finished["message"])
        assert (again["status"], again["error"]) == ("complete", None)
        assert socket.text(finished["message"]) == "Half an answer"


@pytest.mark.parametrize(
    ("answer", "kind", "asked"),
    [
        (failure(401, "Incorrect API key provided: sk-test-0123456789.", code="invalid_api_key"), "key", 1),
        (failure(404, "The model `gpt-none` does not exist", code="model_not_found"), "model", 1),
        (failure(429, "You exceeded your current quota", code="insufficient_quota"), "quota", 1),
        (failure(429, "Slow down", headers={"retry-after": "60"}), "rate_limit", 1),
        (failure(400, "This model's maximum context length is 8192 tokens", code="context_length_exceeded"), "context", 1),
        (failure(500, "Ouch"), "provider", circuits.OPENS_AFTER),
        (failure(400, "Something else"), "request", 1),
    ],
)
async def test_before_any_word_it_failed_with_its_kind(
    alice: User, openai: ScriptedOpenAI, answer: Answer, kind: str, asked: int, caplog
) -> None:
    openai.queue(*[answer] * asked)
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
        assert (finished["status"], finished["error"]["kind"]) == ("failed", kind)
        waits = kind in ("quota", "rate_limit", "provider")
        assert finished["error"]["detail"] == (reason(kind) if waits else sentence(kind))
        assert bool(finished["error"]["retry_at"]) is waits
        assert len(openai.streams) == asked
        await make_keys_usable()
        await let_time_pass()
        again = await socket.command("regenerate", message=finished["message"])
        reply = (await socket.until("accepted", id=again))["reply"]
        assert (await socket.until("finished", message=reply))["status"] == "complete"
    saved = await Message.objects.aget(pk=finished["message"])
    assert (saved.status, saved.error_kind, saved.parts) == ("failed", kind, [])
    assert saved.error_cause
    assert "sk-test-0123456789" not in saved.error_cause + caplog.text + str(socket.frames)


async def make_keys_usable() -> None:
    """As an administrator does, or the time."""
    await ApiKey.objects.aupdate(refused=None, cooling_until=None)
    catalog.forget()


async def test_a_provider_that_is_not_there(alice: User, openai: ScriptedOpenAI, settings) -> None:
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
        assert (finished["status"], finished["error"]["kind"]) == ("failed", "network")


async def test_a_filtered_answer_says_so_and_keeps_what_was_shown(alice: User, openai: ScriptedOpenAI) -> None:
    openai.script(Text("Well, "), Finish("content_filter"))
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
    assert (finished["status"], finished["error"]["kind"], finished["end"]) == ("failed", "content_filter", 6)


@on_both_wires
async def test_a_parameter_that_the_model_refuses_is_dropped_once_and_noted(alice: User, openai: ScriptedOpenAI) -> None:
    prompt = await SystemPrompt.objects.aget(is_default=True)
    version = await prompt.versions.acreate(number=2, text="Hi", parameters={"temperature": 0.2, "top_p": 0.9})
    await SystemPrompt.objects.filter(pk=prompt.pk).aupdate(published=version)
    refusal = failure(
        400, "Unsupported parameter: 'temperature' is not supported with this model.", param="temperature", code="unsupported_parameter"
    )
    openai.queue(refusal)
    async with Socket(alice) as socket:
        first = await socket.answer("One")
        second = await socket.answer("Two", first["conversation"])
        assert (first["status"], second["status"]) == ("complete", "complete")
    asked = [request.body for request in openai.streams if request.question in ("One", "Two")]
    assert [("temperature" in body, "top_p" in body) for body in asked] == [(True, True), (False, True), (False, True)]
    noted = await RejectedParameter.objects.aget()
    assert (noted.model, noted.parameter) == ("scripted-model", "temperature")
    assert (await Message.objects.aget(pk=first["message"])).parameters == {"top_p": 0.9}


async def test_a_refusal_that_cannot_be_noted_is_not_met_for_ever(
    alice: User, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its note the next request has the parameter again."""
    prompt = await SystemPrompt.objects.aget(is_default=True)
    version = await prompt.versions.acreate(number=2, text="Hi", parameters={"temperature": 0.2})
    await SystemPrompt.objects.filter(pk=prompt.pk).aupdate(published=version)
    monkeypatch.setattr(rejected_parameters, "remember", lambda *_: None)
    refusal = failure(400, "Unsupported parameter: 'temperature'", param="temperature", code="unsupported_parameter")
    openai.answer_with = lambda request: refusal
    async with Socket(alice) as socket:
        finished = await socket.answer("One")
    assert (finished["status"], finished["error"]["kind"]) == ("failed", "parameter")
    assert len(openai.streams) == retries.MOST_TRIES


async def test_a_parameter_is_not_dropped_once_words_were_shown(alice: User, openai: ScriptedOpenAI) -> None:
    prompt = await SystemPrompt.objects.aget(is_default=True)
    version = await prompt.versions.acreate(number=2, text="Hi", parameters={"temperature": 0.2})
    await SystemPrompt.objects.filter(pk=prompt.pk).aupdate(published=version)
    openai.script(Text("Hello "), Event({"error": {"message": "temperature is not supported", "param": "temperature"}}))
    async with Socket(alice) as socket:
        finished = await socket.answer("One")
        assert (finished["status"], socket.text(finished["message"])) == ("interrupted", "Hello ")
    assert await RejectedParameter.objects.acount() == 0


async def test_names_longer_than_our_columns_do_not_keep_an_answer_from_ending(alice: User, openai: ScriptedOpenAI) -> None:
    openai.script(Text("Fine"), Finish("because_" * 20))
    async with Socket(alice) as socket:
        assert (await socket.answer("One"))["status"] == "complete"
    assert (await Message.objects.aget(role="assistant")).finish_reason == ("because_" * 20)[:40]


async def test_what_the_model_said_is_in_no_log(alice: User, openai: ScriptedOpenAI, caplog) -> None:
    for _ in range(circuits.OPENS_AFTER):
        openai.script(Raw(b'data: {"choices":[{"delta":{"content":"a secret diagnosis\n\n'))
    async with Socket(alice) as socket:
        finished = await socket.answer("A secret question")
    saved = await Message.objects.aget(pk=finished["message"])
    assert saved.status == "failed"
    assert "secret" not in caplog.text + saved.error_cause


async def test_characters_that_a_database_can_t_hold_are_replaced(alice: User, openai: ScriptedOpenAI) -> None:
    openai.script(Text("a\x00b"), Text("\ud83d"), Text("\udc4b"), Text("\udc4b!"), Finish())
    async with Socket(alice) as socket:
        finished = await socket.answer("nul \x00 here")
        assert socket.text(finished["message"]) == "a\ufffdb\U0001f44b\ufffd!"
    assert (await Message.objects.aget(pk=finished["message"])).text == "a\ufffdb\U0001f44b\ufffd!"
    assert (await Message.objects.aget(role="user")).text == "nul \ufffd here"
