"""A model reads an answer aloud, passage by passage, the next one fetched meanwhile, and begins while the answer is still written."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, expect

from tests.support.axe import findings
from tests.support.scripted_openai import Hangup, Raw, failure, sound
from tests.support.scripted_openai.script import SOUND_FRAME

from .chat import Chat, until
from .provider import Provider
from .test_reading_aloud import MARKED, VOICE

SECOND = "It is **blue**, and that is by far the most of what one can say of it at noon."
ANSWER = f"## The sky\n\n{SECOND}\n\n```python\nprint('no')\n```\n"
CODE = "Some code."
PLAYS_SECONDS = 1.83
"""Of a sound: 70 frames, which Chromium begins to play though more is to come."""


def asked(provider: Provider) -> list[str]:
    return [request.body["input"] for request in provider.server.requests if request.path.endswith("/audio/speech")]


def said(chat: Chat, provider: Provider, question: str, *steps: Any) -> list[str]:
    """Have the question answered; what was read aloud before."""
    provider.says(question, *(steps or (ANSWER,)))
    chat.ask(question)
    return asked(provider)


def read(chat: Chat) -> Locator:
    chat.act(chat.answer, "Read aloud")
    return chat.answer.get_by_role("group", name="Reading aloud")


def marked(chat: Chat, text: str) -> None:
    until(lambda: chat.page.evaluate(MARKED) == text)


def test_an_answer_is_read_passage_by_passage_and_the_next_time_from_what_is_kept(shared_chat: Chat, provider: Provider) -> None:
    before = said(shared_chat, provider, "Why is the sky blue?")
    gate, hold = provider.gate()
    provider.server.sounds.append(sound(PLAYS_SECONDS, hold, Raw(SOUND_FRAME * 4)))
    rest, more = provider.gate()
    provider.server.sounds.append(sound(PLAYS_SECONDS, more, Raw(SOUND_FRAME * 4)))
    bar = read(shared_chat)
    marked(shared_chat, "The sky")  # it is heard before all of it is there
    expect(bar).to_contain_text("Reading aloud")
    assert findings(shared_chat.page) == []
    until(lambda: len(asked(provider)) == len(before) + 2)  # the next one is fetched meanwhile
    gate.open()
    marked(shared_chat, SECOND.replace("*", ""))
    rest.open()
    expect(bar).to_have_count(0)
    assert asked(provider)[len(before) :] == ["The sky", SECOND.replace("*", ""), CODE]
    read(shared_chat)
    expect(bar).to_have_count(0)
    assert len(asked(provider)) == len(before) + 3


def test_reading_begins_with_the_first_sentence_of_what_is_being_written(shared_chat: Chat, provider: Provider) -> None:
    gate, hold = provider.gate()
    provider.says("Slowly?", "One begins. Then", hold, " it goes on, while nobody waits for the end of it, which is as it should be.")
    before = asked(provider)
    shared_chat.composer.fill("Slowly?")
    shared_chat.page.keyboard.press("Enter")
    expect(shared_chat.answer).to_contain_text("One begins.")
    bar = read(shared_chat)
    marked(shared_chat, "One begins.")
    expect(bar).to_contain_text("Preparing")
    gate.open()
    expect(bar).to_have_count(0)
    assert [text[:10] for text in asked(provider)[len(before) :]] == ["One begins", "Then it go"]


def test_it_is_paused_resumed_and_stopped(shared_chat: Chat, provider: Provider) -> None:
    said(shared_chat, provider, "Pause?", "Only one long sentence, to be paused.")
    provider.server.sounds.append(sound(30))
    bar = read(shared_chat)
    marked(shared_chat, "Only one long sentence, to be paused.")
    bar.get_by_role("button", name="Pause").click()
    expect(bar).to_contain_text("Paused")
    assert shared_chat.page.evaluate(MARKED) == ""
    bar.get_by_role("button", name="Resume").click()
    expect(bar).to_contain_text("Reading aloud")
    bar.get_by_role("button", name="Stop reading").click()
    expect(bar).to_have_count(0)
    expect(shared_chat.answer.get_by_role("button", name="Read aloud")).to_be_focused()


def test_what_breaks_off_begins_again_and_what_fails_is_said_with_another_way(shared_chat: Chat, provider: Provider) -> None:
    before = said(shared_chat, provider, "Break?", "It breaks off.")
    gate, hold = provider.gate()
    provider.server.sounds.append(sound(PLAYS_SECONDS, hold, Hangup()))
    bar = read(shared_chat)
    marked(shared_chat, "It breaks off.")
    gate.open()
    expect(bar).to_have_count(0)
    assert asked(provider)[len(before) :] == ["It breaks off."] * 2

    said(shared_chat, provider, "Fail?", "First. It fails, and so another voice has to go on from where it stopped, which is here.")
    shared_chat.page.evaluate("window.own = Object.getOwnPropertyDescriptor(window, 'speechSynthesis')")
    shared_chat.page.evaluate(VOICE)
    provider.server.sounds.extend([sound(0.2), *[failure(400, "No such voice.", param="voice")] * 2])
    bar = read(shared_chat)
    expect(bar).to_contain_text("could not read this aloud")
    assert findings(shared_chat.page) == []
    bar.get_by_role("button", name="Use the browser’s voice").click()
    until(lambda: shared_chat.page.evaluate("() => window.spoken.length") == 1)
    assert shared_chat.page.evaluate("() => spoken[0].text").startswith("First")
    bar.get_by_role("button", name="Stop reading").click()
    shared_chat.page.evaluate("Object.defineProperty(window, 'speechSynthesis', window.own)")
