"""What is said into the microphone becomes text where the cursor is, is never sent by itself, and survives a lost connection and a reload."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.support.axe import findings
from tests.support.recordings import wav
from tests.support.scripted_openai import Answer, failure, transcript
from tests.support.scripted_openai.received import UploadedFile

from .chat import Chat, until
from .kept_contexts import KeptContexts
from .microphone import hearing
from .provider import Provider
from .test_recordings import heard
from .watched_contexts import WATCH_POLICY

SAID = "Read this, please: 3 o’clock."
REFUSE = "(name) => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('No', name)); }"
LEVEL = "(element) => Number(getComputedStyle(element).getPropertyValue('--level'))"
ENDLESS_PAUSES = """() => {
  const later = setTimeout;
  window.setTimeout = (then, ms, ...more) => later(then, ms >= 3000 ? 1e9 : ms, ...more);
}"""
KEPT = """async () => {
  const { recordingsOf } = await import("dictation/recordings");
  return (await recordingsOf(JSON.parse(document.querySelector("#page").textContent).user.id)).map(({ sound }) => sound.size > 0);
}"""


@pytest.fixture(scope="module")
def browser(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """It hears a tone."""
    with hearing(browser, wav(2), tmp_path_factory.mktemp("microphone")) as started:
        yield started


@pytest.fixture(scope="module")
def kept_contexts(browser: Browser) -> KeptContexts:
    return KeptContexts(browser, WATCH_POLICY)


def panel(chat: Chat) -> Locator:
    return chat.page.get_by_role("group", name="Dictation")


def dictate(chat: Chat) -> Locator:
    chat.page.get_by_role("button", name="Dictate").click()
    expect(panel(chat)).to_contain_text("Recording")
    until(lambda: chat.page.evaluate(KEPT) == [True])  # the browser has kept its first piece
    return panel(chat)


def test_what_is_said_is_put_where_the_cursor_is(chat: Chat, provider: Provider) -> None:
    page = chat.page
    chat.composer.fill("Dear Ada,bye")
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    gate, hold = provider.gate()
    provider.server.queue(Answer(before_headers=(hold,), body=transcript(SAID).body))
    bar = dictate(chat)
    until(lambda: bar.locator(".level").evaluate(LEVEL) > 0.3)
    expect(bar.get_by_role("button", name="Insert text")).to_be_focused()
    assert findings(page) == []
    bar.get_by_role("button", name="Pause").click()
    expect(bar.get_by_role("status")).to_have_text("Paused")
    until(lambda: bar.locator(".level").evaluate(LEVEL) == 0)
    bar.get_by_role("button", name="Resume").click()
    bar.get_by_role("button", name="Insert text").click()
    expect(bar).to_contain_text("Transcribing")
    expect(bar.get_by_role("button", name="Discard the recording")).to_be_focused()
    gate.open()
    expect(chat.composer).to_have_value(f"Dear Ada, {SAID} bye")
    expect(bar).to_have_count(0)
    expect(chat.composer).to_be_focused()
    expect(chat.questions).to_have_count(0)
    page.keyboard.press("Control+Z")
    expect(chat.composer).to_have_value("Dear Ada,bye")
    asked = heard(provider)[-1]
    sent: UploadedFile = asked.body["file"]
    assert (asked.body["model"], sent.name, sent.content_type) == ("scripted-ears", "dictation.webm", "audio/webm;codecs=opus")
    assert sent.content.startswith(b"\x1aE\xdf\xa3")
    assert page.evaluate(KEPT) == []


def test_a_recording_outlives_a_lost_connection_and_a_reload(chat: Chat, provider: Provider) -> None:
    page = chat.page
    bar = dictate(chat)
    page.reload()  # in the middle of it
    expect(chat.composer).to_have_value("What was said.")
    expect(bar).to_have_count(0)
    chat.composer.fill("")

    dictate(chat)
    page.evaluate(ENDLESS_PAUSES)  # it isn't asked again by itself before the connection is back
    page.route("**/transcriptions/*", lambda route: route.abort())
    bar.get_by_role("button", name="Insert text").click()
    expect(bar).to_contain_text("The recording is kept, and becomes text when the connection is back.")
    page.unroute_all()
    provider.server.queue(transcript("It came after all."))
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(chat.composer).to_have_value("It came after all.")
    assert page.evaluate(KEPT) == []


def test_a_recording_is_discarded_or_tried_again(chat: Chat, provider: Provider) -> None:
    before = len(provider.server.requests)
    bar = dictate(chat)
    bar.get_by_role("button", name="Discard the recording").click()
    expect(bar).to_have_count(0)
    expect(chat.composer).to_be_focused()
    assert chat.page.evaluate(KEPT) == []
    provider.server.queue(failure(400, "The audio file could not be decoded."), transcript(""))
    dictate(chat)
    bar.get_by_role("button", name="Insert text").click()
    expect(bar).to_contain_text("The provider could not read this recording.")
    assert findings(chat.page) == []
    bar.get_by_role("button", name="Try again").click()
    expect(chat.page.locator("#problem")).to_contain_text("Nothing was understood.")
    expect(bar).to_have_count(0)
    expect(chat.composer).to_have_value("")
    assert len(provider.server.requests) == before + 2


def test_a_recording_is_attached_in_place_of_its_text(chat: Chat, provider: Provider) -> None:
    bar = dictate(chat)
    bar.get_by_role("button", name="Attach the recording").click()
    expect(bar).to_have_count(0)
    chip = chat.page.get_by_role("list", name="Attached files").get_by_role("listitem")
    expect(chip).to_contain_text("Recording 20")
    expect(chip).to_have_attribute("data-state", "ready")
    expect(chip).to_contain_text(".wav")
    expect(chat.composer).to_have_value("")
    assert heard(provider)[-1].body["file"].name.startswith("recording.")
    until(lambda: chat.page.evaluate(KEPT) == [])  # it is forgotten only once it is attached


def test_why_nothing_can_be_recorded_is_said_in_words(shared_chat: Chat) -> None:
    page, button, problem = shared_chat.page, shared_chat.page.get_by_role("button", name="Dictate"), shared_chat.page.locator("#problem")
    for name, words in (
        ("NotAllowedError", "The microphone is not allowed for this site."),
        ("NotFoundError", "There is no microphone."),
        ("NotReadableError", "another program may be using it"),
    ):
        page.evaluate(REFUSE, name)
        button.click()
        expect(problem).to_contain_text(words)
    page.evaluate("MediaRecorder.isTypeSupported = () => false")
    button.click()
    expect(problem).to_contain_text("This browser can’t record in a form that can be transcribed.")
    page.evaluate("delete window.MediaRecorder")
    button.click()
    expect(problem).to_contain_text("This browser can’t record.")
    expect(panel(shared_chat)).to_have_count(0)


LEFT = """() => new Promise((resolve) => {
  indexedDB.open("dictation", 1).onsuccess = ({ target: { result } }) => {
    result.transaction("recordings").objectStore("recordings").getAll().onsuccess = (event) => {
      result.close();
      resolve([event.target.result.length, Object.keys(localStorage).filter((name) => name.startsWith("dictation:")).length]);
    };
  };
})"""


def test_nothing_of_it_is_left_for_the_next_user_of_the_browser(chat: Chat, provider: Provider) -> None:
    """Neither where its user signs out in the chat, nor where another comes after one whose session ended elsewhere."""
    page = chat.page
    _, hold = provider.gate()
    provider.server.queue(Answer(before_headers=(hold,), body={"text": SAID}))  # asked for when the page is back
    dictate(chat)
    assert page.evaluate(LEFT) == [1, 1]
    page.evaluate("""async () => {
      const { keepRecording } = await import("dictation/recordings");
      await keepRecording({ id: "theirs", user: "theirs", conversation: null, type: "", sound: new Blob(["…"]), seconds: 1, time: 1 });
      localStorage.setItem("dictation:theirs", "1");
    }""")
    page.reload()
    until(lambda: page.evaluate(LEFT) == [1, 1])
    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.wait_for_url("**/accounts/login/**")
    assert page.evaluate(LEFT) == [0, 0]
