"""What a program's functions were called with, and gave back, is folded away in the page, where its user goes on."""

from __future__ import annotations

from typing import Any

import openai as sdk
from playwright.sync_api import expect

from tests.support.scripted_openai import Answer, Finish, Text, ToolArguments, ToolCall
from tests.support.serving import Served

from .chat import Chat
from .provider import Provider

WEATHER: Any = {"type": "function", "name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}


def test_a_call_is_folded_and_the_user_goes_on(shared_chat: Chat, provider: Provider, site: Served) -> None:
    chat, page = shared_chat, shared_chat.page
    user = page.evaluate("JSON.parse(document.querySelector('#page').textContent).user.name")
    gate, hold = provider.gate()
    calls = (ToolCall("call_1", "weather"), ToolArguments('{"city": '), hold, ToolArguments('"Rome"}'), ToolCall("call_2", "weather"))
    provider.answers("Is it warm?", Answer(steps=(Text("Let me see."), *calls, Finish("tool_calls"))))
    provider.says("And tomorrow?", "Warm, too.")
    program = sdk.OpenAI(base_url=f"{site.address}/v1", api_key=site.manage("api_token", user).strip(), max_retries=0)
    begun = program.responses.create(model="assistant", input="Is it warm?", tools=[WEATHER], background=True)
    chat.row("Is it warm?").get_by_role("link").click()
    called = chat.answer.locator(".called")
    expect(called.first).to_contain_text("Calling weather")
    gate.open()
    chat.ended("complete")
    expect(called).to_have_count(2)
    results: Any = [{"type": "function_call_output", "call_id": f"call_{number}", "output": "21 degrees"} for number in (1, 2)]
    provider.says("Is it warm?", "It is warm.")
    program.responses.create(model="assistant", input=results, previous_response_id=begun.id, tools=[WEATHER])
    for _ in ("streamed", "from history"):
        expect(chat.answer.get_by_text("It is warm.")).to_be_visible()
        first = chat.answers.first.locator(".called").first
        expect(first.locator("summary")).to_have_text("Called weather")
        expect(first.locator("pre")).to_be_hidden()
        first.locator("summary").click()
        expect(first.locator("pre")).to_have_text('{\n  "city": "Rome"\n}')
        expect(chat.question.locator(".called summary")).to_have_text(["Result of weather"] * 2)
        expect(chat.question.get_by_role("button", name="Edit message")).to_have_count(0)
        expect(chat.questions.first.get_by_role("button", name="Edit message")).to_have_count(1)
        page.reload()
    expect(chat.answers).to_have_count(2)
    chat.ask("And tomorrow?")
    expect(chat.answer).to_contain_text("Warm, too.")
