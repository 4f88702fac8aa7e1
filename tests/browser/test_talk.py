"""An assistant is talked with by turns: what is said becomes a message by itself, the answer is read, and who speaks meanwhile stops it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.axe import findings
from tests.support.scripted_openai import Answer, failure, sound, transcript

from .chat import Chat
from .kept_contexts import KeptContexts
from .microphone import UTTERANCES, follow, hearing, shown, talk
from .provider import Provider
from .test_dictation import REFUSE
from .watched_contexts import WATCH_POLICY

QUIET, LOUD = -70, -25
HEARD = """async (heard) => {
  const { SpeechDetector } = await import("talk/speech-detector");
  const detector = new SpeechDetector();
  const events = [];
  let now = 0;
  for (const [level, ms, isHearing] of heard) {
    detector.isHearing = Boolean(isHearing);
    for (const end = now + ms; now < end; now += 30) {
      const event = detector.hear(level, now);
      if (event) events.push(event);
    }
  }
  return events;
}"""

TRANSCRIBED = "**/transcriptions/*"
KEEP_PLAYERS = """() => {
  window.players = [];
  const { play } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.play = function () {
    players.push(this);
    return play.call(this);
  };
}"""
KEEP_STATES = """() => {
  window.states = [];
  const panel = document.querySelector("dialog.talk");
  new MutationObserver(() => states.push(panel.dataset.state)).observe(panel, { attributeFilter: ["data-state"] });
}"""
IS_LOUD = "() => [...document.querySelectorAll('dialog.talk *')].some(({ style }) => style.getPropertyValue('--level') > 0.3)"
ASKED_FOR = """async () => {
  const { Transcription } = await import("dictation/transcription");
  const told = [], kept = { fetch, setTimeout };
  const refusal = JSON.stringify({ detail: "It didn’t answer.", retry: true, by_itself: true });
  window.fetch = async () => new Response(refusal, { status: 502 });
  window.setTimeout = (then, ms) => ms === 3000 ? then() : kept.setTimeout.call(window, then, ms);
  const asked = new Transcription({ sound: new Blob(["…"]), type: "audio/wav" }, {
    onask: () => told.push("asked"),
    ontext: () => told.push("text"),
    onfail: (words) => { told.push(words); asked.end(); },
  });
  await asked.ask();
  Object.assign(window, kept);
  return told;
}"""
BEGINS = """async (end) => {
  const [{ answerBegins }, { localMessage }, { ConversationState }, { MessageView }] = await Promise.all(
    ["talk/answering", "conversation/message", "conversation/state", "messages/message"].map((name) => import(name)));
  const reply = localMessage({ id: "m", conversation: "c", role: "assistant", status: "streaming", local: false });
  const state = new ConversationState("c", { messages: [reply], older: false });
  const outcome = state.applyFinished({ message: "m", status: "complete", end, usage: null, error: null });
  const view = new MessageView(state.last);
  view.update({ last: false, unsent: "" });
  document.body.append(view.element);
  const busy = view.element.ariaBusy;
  if (outcome === "resync")
    setTimeout(() => state.applyMessage({ ...state.last, status: "complete", parts: [{ type: "text", text: "I am." }], end }), 500);
  const answer = await answerBegins(() => state, null, new AbortController().signal);
  view.element.remove();
  return [answer.message ?? answer, busy];
}"""
KEEP_TRACK = """() => {
  const media = navigator.mediaDevices;
  const ask = media.getUserMedia.bind(media);
  media.getUserMedia = async (wished) => {
    const stream = await ask(wished);
    [window.track] = stream.getAudioTracks();
    return stream;
  };
}"""


@pytest.fixture(scope="module")
def browser(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """It hears a user speak for a second, again and again, with four seconds between."""
    with hearing(browser, UTTERANCES, tmp_path_factory.mktemp("microphone")) as started:
        yield started


@pytest.fixture(scope="module")
def kept_contexts(browser: Browser) -> KeptContexts:
    return KeptContexts(browser, WATCH_POLICY)


def test_what_is_said_is_asked_the_answer_is_read_and_speaking_stops_it(chat: Chat, provider: Provider) -> None:
    gate, hold = provider.gate()
    rest, more = provider.gate()
    provider.server.queue(Answer(before_headers=(hold,), body=transcript("Why is the sky blue?").body), transcript("Never mind."))
    provider.says("Why is the sky blue?", "It scatters light. And then", more, " there is more to it.")
    provider.says("Never mind.", "Very well.")
    provider.server.sounds.append(sound(60))
    chat.page.evaluate(KEEP_PLAYERS)
    follow(chat.page, mute_at="Never mind.")  # which is spoken while the answer is read, and written
    panel = talk(chat)
    expect(panel.get_by_role("status")).to_have_text("Thinking …")
    assert findings(chat.page) == []
    gate.open()
    expect(panel).to_contain_text("Very well.")
    expect(panel.get_by_role("status")).to_have_text("Muted")
    assert chat.page.evaluate("() => players[0].paused")
    before, _, after = "".join(shown(chat.page)).partition("Thinking …")
    assert "Listening" in before
    assert "Why is the sky blue?" in after
    assert any("Speaking" in said and "It scatters light." in said for said in shown(chat.page))
    chat.page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(chat.page.get_by_role("button", name="Talk")).to_be_focused()
    expect(chat.questions).to_have_count(2)
    expect(chat.answers.first).to_have_attribute("data-status", "stopped")
    expect(chat.answer).to_contain_text("Very well.")
    rest.open()


def test_what_could_not_be_transcribed_is_said_and_tried_again(chat: Chat, provider: Provider) -> None:
    provider.server.queue(failure(400, "The audio file could not be decoded."), transcript("Once more."))
    provider.says("Once more.", "I heard you.")
    follow(chat.page, mute_at="could not read this recording")
    panel = talk(chat)
    expect(panel.get_by_role("alert")).to_contain_text("could not read this recording")
    expect(panel.get_by_role("button", name="Unmute")).to_be_visible()
    panel.get_by_role("button", name="Try again").click()
    expect(panel).to_contain_text("I heard you.")
    panel.get_by_role("button", name="End").click()
    expect(panel).to_have_count(0)
    expect(chat.answer).to_contain_text("I heard you.")


def test_what_is_said_without_a_connection_is_answered_when_it_is_back(chat: Chat, provider: Provider) -> None:
    """And nothing that is heard meanwhile takes its place."""
    provider.server.queue(transcript("Still here?"))
    provider.says("Still here?", "I am.")
    chat.page.route(TRANSCRIBED, lambda route: route.abort())  # it may hear the first words before it is offline
    panel = talk(chat)
    chat.page.context.set_offline(True)
    chat.page.unroute(TRANSCRIBED)
    expect(panel.get_by_role("alert")).to_contain_text("What you said is kept")
    chat.page.evaluate(KEEP_STATES)
    follow(chat.page, mute_at="I am.")
    chat.page.wait_for_function(IS_LOUD)
    chat.page.context.set_offline(False)
    expect(panel).to_contain_text("I am.")
    states = chat.page.evaluate("() => states")
    assert "hearing" not in states[: states.index("speaking")]
    panel.get_by_role("button", name="End").click()


def test_an_answer_that_ended_before_its_words_arrived_is_waited_for(shared_chat: Chat) -> None:
    """As after a connection that broke: the page is told of the end, and then fetches what it missed."""
    assert shared_chat.page.evaluate(BEGINS, 5) == ["m", "true"]  # voices wait for more of what is busy
    assert shared_chat.page.evaluate(BEGINS, 0) == ["There is no answer. The conversation says why.", "false"]


def test_a_recording_whose_failure_ends_the_turn_is_not_asked_for_again(shared_chat: Chat) -> None:
    """Else the panel would say for ever that the assistant thinks, over the button that tries again."""
    assert shared_chat.page.evaluate(ASKED_FOR) == ["asked", "It didn’t answer."]


def test_where_the_microphone_goes_away_it_ends(chat: Chat) -> None:
    chat.page.evaluate(KEEP_TRACK)
    panel = talk(chat)
    chat.page.evaluate("() => track.dispatchEvent(new Event('ended'))")
    expect(panel).to_have_count(0)
    expect(chat.page.locator("#problem")).to_contain_text("The microphone went away.")


def test_why_talking_cannot_begin_is_said_in_words(shared_chat: Chat) -> None:
    shared_chat.page.evaluate(REFUSE, "NotAllowedError")
    shared_chat.page.get_by_role("button", name="Talk").click()
    expect(shared_chat.page.locator("#problem")).to_contain_text("The microphone is not allowed for this site.")
    expect(shared_chat.page.get_by_role("dialog")).to_have_count(0)


def test_speech_is_told_from_the_quiet_of_the_room(shared_chat: Chat) -> None:
    def heard(*levels: tuple[float, int] | tuple[float, int, bool]) -> list[str]:
        return list(shared_chat.page.evaluate(HEARD, levels))

    assert heard((QUIET, 1000), (LOUD, 800), (QUIET, 2000)) == ["begun", "ended"]
    assert heard((QUIET, 1000), (LOUD, 400), (QUIET, 600), (LOUD, 400), (QUIET, 2000)) == ["begun", "ended"]  # a pause within it
    assert heard((QUIET, 1000), (LOUD, 60), (QUIET, 2000)) == []  # a click
    assert heard((QUIET, 1000), (LOUD, 150), (QUIET, 2000)) == ["begun", "dropped"]
    assert heard((-50, 8000), (-45, 1000), (-50, 1000)) == []  # a fan, which gets louder
    assert heard((-50, 8000), (-25, 800), (-50, 2000)) == ["begun", "ended"]
    assert heard((QUIET, 1000), (-55, 1000, True), (QUIET, 1000, True)) == []  # what is left of the voice from the loudspeaker
    assert heard((QUIET, 1000), (LOUD, 800, True), (QUIET, 2000)) == ["begun", "ended"]
