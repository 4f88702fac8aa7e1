"""A message that is sent while an answer runs waits for its end: visibly, over a reload, and it is sent once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.support.axe import findings
from tests.support.scripted_openai import failure

from .chat import Chat
from .provider import Provider

NOTE_WRITES = """() => {
  const set = (window.setItem = Storage.prototype.setItem);
  window.written = [];
  Storage.prototype.setItem = function (key, value) {
    if (key.startsWith("queued:")) written.push(JSON.parse(value));
    return set.call(this, key, value);
  };
}"""
WRITTEN = "() => ((Storage.prototype.setItem = window.setItem), written)"


@pytest.fixture
def chat(shared_chat: Chat) -> Chat:
    return shared_chat


def waiting(chat: Chat) -> Locator:
    return chat.page.get_by_role("region", name="Not sent yet").get_by_role("article")


def press(chat: Chat, name: str) -> None:
    waiting(chat).first.get_by_role("button", name=name, exact=True).click()


def test_it_waits_and_goes_once_even_with_two_tabs(chat: Chat, provider: Provider) -> None:
    gate, hold = provider.gate()
    provider.says("First", "The first", hold, " answer.")
    provider.says("Second", "The second answer.")
    provider.says("Third", "The third answer.")
    chat.send("First")
    expect(chat.answer).to_contain_text("The first")
    chat.send("Second")
    expect(waiting(chat)).to_contain_text("Will be sent when this answer is done")
    expect(chat.composer).to_have_value("")
    expect(chat.composer).to_be_focused()
    chat.composer.fill("Third")
    expect(chat.stop_button).to_be_visible()
    chat.page.get_by_role("button", name="Send after this answer").click()
    expect(waiting(chat)).to_have_count(2)
    assert findings(chat.page) == []

    chat.page.reload()
    expect(waiting(chat)).to_have_count(2)
    place = chat.page.url
    chat.page.get_by_role("link", name="New chat").first.click()
    expect(waiting(chat)).to_have_count(0)
    chat.page.go_back()
    expect(waiting(chat)).to_have_count(2)
    other = Chat(chat.page.context.new_page()).open(place)
    expect(waiting(other)).to_have_count(2)

    first = chat.answers.first.get_attribute("data-message")
    for tab in (chat, other):
        tab.page.evaluate(NOTE_WRITES)
    gate.open()
    for tab in (chat, other):
        expect(tab.answer).to_contain_text("The third answer.")
        expect(tab.answers).to_have_count(3)
        expect(tab.questions.locator(".text")).to_have_text(["First", "Second", "Third"])
        expect(tab.page.locator(".turn")).to_have_count(0)  # no branches
        expect(waiting(tab)).to_have_count(0)
    assert [provider.asked(text) for text in ("First", "Second", "Third")] == [1, 1, 1]
    third = [queue[0] for tab in (chat, other) for queue in tab.page.evaluate(WRITTEN) if len(queue) == 1]
    assert third and all(item["after"] != first for item in third), (
        "Another tab may read it at any time, and would send it after the first."
    )


def test_it_can_be_edited_removed_and_sent_now(chat: Chat, provider: Provider) -> None:
    _, hold = provider.gate()
    provider.says("Long", "It begins", hold)
    provider.says("Better words", "Understood.")
    chat.send("Long")
    chat.send("Before the server knows of it")  # a conversation that has no id yet
    expect(chat.answer).to_contain_text("It begins")
    press(chat, "Remove")
    expect(waiting(chat)).to_have_count(0)
    expect(chat.composer).to_be_focused()
    chat.send("Words")
    press(chat, "Edit")
    expect(chat.composer).to_have_value("Words")
    chat.send("Better words")
    press(chat, "Send now")
    expect(chat.answer).to_contain_text("Understood.")
    expect(chat.answers.first).to_have_attribute("data-status", "stopped")
    expect(waiting(chat)).to_have_count(0)


def test_it_goes_after_a_stop_and_asks_after_a_failure(chat: Chat, provider: Provider) -> None:
    gate, hold = provider.gate()
    provider.says("Long", "It begins", hold)
    chat.send("Long")
    expect(chat.answer).to_contain_text("It begins")
    provider.answers("Fail", failure(401, "No."))
    chat.send("Fail")
    chat.send("Go on")
    chat.stop_button.click()
    chat.ended("failed")
    expect(chat.questions).to_have_count(2)
    expect(waiting(chat)).to_contain_text("Not sent: the answer before it was not completed")
    press(chat, "Send")
    expect(chat.questions).to_have_count(3)
    expect(chat.question.locator(".text")).to_have_text("Go on")
    chat.ended("complete")
    gate.open()


def test_what_was_written_long_ago_or_below_another_answer_asks_and_says_so(chat: Chat, provider: Provider) -> None:
    gate, hold = provider.gate()
    provider.says("Long", "It begins", hold, " and ends.")
    chat.send("Long")
    expect(chat.answer).to_contain_text("It begins")
    chat.send("Of yesterday")
    expect(waiting(chat)).to_have_count(1)
    change_queued(chat, "time: Date.now() - 3_600_001")
    chat.page.reload()
    expect(waiting(chat)).to_contain_text("Not sent: it was written more than an hour ago")
    gate.open()
    chat.ended("complete")
    expect(waiting(chat)).to_contain_text("Not sent: it was written more than an hour ago")
    change_queued(chat, "time: Date.now(), after: crypto.randomUUID()")
    chat.page.reload()
    expect(waiting(chat)).to_contain_text("Not sent: it was written below another answer")
    press(chat, "Send")
    expect(chat.question.locator(".text")).to_have_text("Of yesterday")


def test_offline_it_is_not_offered_to_be_sent_now(chat: Chat, provider: Provider) -> None:
    _, hold = provider.gate()
    provider.says("Long", "It begins", hold)
    chat.send("Long")
    expect(chat.answer).to_contain_text("It begins")
    chat.send("And then?")
    now, edit = (waiting(chat).get_by_role("button", name=name) for name in ("Send now", "Edit"))
    for focused, after in ((edit, edit), (now, chat.composer)):
        expect(now).to_be_visible()
        focused.focus()
        chat.page.context.set_offline(True)
        try:
            expect(now).to_have_count(0)
            expect(after).to_be_focused()
            expect(waiting(chat)).to_contain_text("Will be sent when this answer is done")
        finally:
            chat.page.context.set_offline(False)


def change_queued(chat: Chat, fields: str) -> None:
    chat.page.evaluate(
        f"""() => {{
          const key = Object.keys(localStorage).find((one) => one.startsWith("queued:"));
          localStorage.setItem(key, JSON.stringify(JSON.parse(localStorage.getItem(key)).map((one) => ({{ ...one, {fields} }}))));
        }}"""
    )
