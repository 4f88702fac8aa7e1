"""A recording that is attached is transcribed, can be taken back meanwhile, outlives a reload, and is heard in its message."""

from __future__ import annotations

from playwright.sync_api import FilePayload, Locator, expect

from tests.support.axe import findings
from tests.support.recordings import wav
from tests.support.scripted_openai import Answer, Request, failure, transcript

from .chat import Chat, until
from .provider import Provider

SEGMENT = {"start": 0.0, "end": 1.0, "text": "Newts regrow legs."}


def attach(chat: Chat, name: str, content: bytes) -> Locator:
    with chat.page.expect_file_chooser() as choosing:
        chat.page.get_by_role("button", name="Attach files").click()
    choosing.value.set_files([FilePayload(name=name, mimeType="audio/wav", buffer=content)])
    return chat.page.get_by_role("list", name="Attached files").get_by_role("listitem").filter(has_text=name)


def heard(provider: Provider) -> list[Request]:
    return [request for request in provider.server.requests if request.path.endswith("/audio/transcriptions")]


def test_a_recording_is_transcribed_sent_and_heard(shared_chat: Chat, provider: Provider) -> None:
    chat, page = shared_chat, shared_chat.page
    removed, hold = provider.gate()
    provider.server.queue(Answer(before_headers=(hold,), body={"text": "Removed."}))
    before = len(heard(provider))  # of other modules
    chip = attach(chat, "removed.wav", wav(0.3))
    expect(chip).to_contain_text("Transcribing …")
    until(lambda: len(heard(provider)) > before)
    chip.get_by_role("button", name="Remove").click()
    expect(chip).to_have_count(0)
    until(heard(provider)[-1].gone.is_set)
    removed.open()

    provider.server.queue(failure(400, "It could not be decoded."), failure(400, "It could not be decoded."))
    chip = attach(chat, "voice.wav", wav(0.2))
    expect(chip).to_contain_text("could not read this recording")
    gate, hold = provider.gate()
    told = transcript("Newts regrow legs.", SEGMENT).body
    provider.server.queue(Answer(before_headers=(hold,), body=told))
    chip.get_by_role("button", name="Try again").click()
    expect(chip).to_contain_text("Transcribing …")
    assert findings(page) == []
    chat.composer.fill("What was said?")
    chat.composer.press("Enter")
    waiting = page.get_by_role("region", name="Not sent yet").get_by_role("article")
    expect(waiting).to_contain_text("Will be sent when its recordings are transcribed")
    page.reload()
    expect(waiting).to_contain_text("Will be sent when its recordings are transcribed")
    gate.open()
    chat.ended("complete")
    expect(chat.answer).to_contain_text("[00:00] Newts regrow legs.")
    sound = chat.question.locator("audio")
    expect(sound).to_be_visible()
    sound.evaluate("(sound) => sound.load()")
    until(lambda: sound.evaluate("(sound) => (sound.preload = 'metadata', sound.duration > 0.1)"))
    assert findings(page) == []
