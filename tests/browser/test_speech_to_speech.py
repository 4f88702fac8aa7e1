"""An assistant is talked with in speech to speech where a model does that: who speaks interrupts, and all of it is in the conversation."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.axe import findings
from tests.support.scripted_openai import Gate
from tests.support.scripted_realtime import Hold, Say, ScriptedRealtime
from tests.support.served_people import make_admin
from tests.support.serving import Served, Serving

from .chat import Chat
from .kept_contexts import KeptContexts
from .microphone import UTTERANCES, follow, hearing, shown, talk
from .watched_contexts import WATCH_POLICY


@pytest.fixture(scope="module")
def talker() -> Iterator[ScriptedRealtime]:
    with ScriptedRealtime.in_thread() as server:
        yield server


@pytest.fixture(scope="module")
def site(talker: ScriptedRealtime, serve: Serving) -> Served:
    return serve(talker.base_url, SITE_NAME="Parlour", REALTIME_MODEL="scripted-talker", TRANSCRIPTION_MODEL="scripted-ears")


@pytest.fixture(scope="module")
def admin_key(site: Served) -> str:
    return make_admin(site, "person0")


@pytest.fixture(scope="module")
def browser(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """It hears a user speak for a second, again and again, with four seconds between."""
    with hearing(browser, UTTERANCES, tmp_path_factory.mktemp("microphone")) as started:
        yield started


@pytest.fixture(scope="module")
def kept_contexts(browser: Browser) -> KeptContexts:
    return KeptContexts(browser, WATCH_POLICY)


def test_what_is_said_is_answered_and_speaking_interrupts(chat: Chat, talker: ScriptedRealtime) -> None:
    talker.questions.extend(["Why is the sky blue?", "Never mind."])
    gate = Gate()
    talker.answers.extend([(Say("It scatters light. ", 60), Hold(gate), Say("And more.")), (Say("Very well."),)])
    follow(chat.page, mute_at="Very well.")
    panel = talk(chat, clicks=2)
    expect(panel).to_contain_text("Speech to speech with scripted-talker")
    expect(panel).to_contain_text("Very well.")
    expect(panel.get_by_role("status")).to_have_text("Muted")
    assert any("Speaking" in said and "Why is the sky blue?" in said and "It scatters light." in said for said in shown(chat.page))
    assert any("Never mind." in said for said in shown(chat.page))
    assert findings(chat.page) == []
    chat.page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    [heard] = talker.sessions[0].events("conversation.item.truncate")
    assert 0 < heard["audio_end_ms"] < 10_000
    expect(chat.page).to_have_url(re.compile(r"/c/[0-9a-f-]+/$"))
    expect(chat.questions).to_contain_text(["Why is the sky blue?", "Never mind."])
    expect(chat.answers.first).to_have_attribute("data-status", "stopped")
    expect(chat.answers.nth(1)).to_contain_text("Very well.")


def test_it_is_by_turns_where_no_provider_talks(chat: Chat, talker: ScriptedRealtime) -> None:
    talker.refusals.extend([(404, {"error": {"message": "The model `scripted-talker` does not exist."}})] * 3)
    panel = talk(chat)
    expect(panel).to_contain_text("By turns.")
    expect(panel.get_by_role("status")).to_contain_text("Listening")
    panel.get_by_role("button", name="End").click()
    expect(panel).to_have_count(0)
