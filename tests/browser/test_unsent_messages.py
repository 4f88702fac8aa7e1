"""Offline, reloads, restarts, refusals: a typed message is kept, and sent once."""

from __future__ import annotations

import json
from functools import partial

from playwright.sync_api import Route, WebSocketRoute, expect

from .chat import Chat, until
from .line import Line
from .provider import Provider


def test_what_is_sent_offline_arrives_once(chat: Chat, line: Line, provider: Provider) -> None:
    provider.says("Written on a train", "Safe travels.")
    line.cut()
    chat.send("Written on a train")
    expect(chat.question).to_contain_text("Will be sent when the connection is back")
    expect(chat.page.locator("#connection")).to_contain_text("Nothing you typed is lost")
    chat.page.expose_function("upAgain", partial(setattr, line, "up", True))
    now = chat.page.get_by_role("button", name="Now")
    now.evaluate("(button) => button.addEventListener('click', () => upAgain(), true)")  # sooner, the page might connect by itself
    now.click()
    chat.ended("complete")
    expect(chat.answer).to_contain_text("Safe travels.")
    expect(chat.questions).to_have_count(1)
    expect(chat.page.locator("#connection")).to_be_hidden()
    assert provider.asked("Written on a train") == 1
    chat.page.reload()
    expect(chat.questions).to_have_count(1)


def test_what_is_sent_while_signed_out_says_that_one_has_to_sign_in(chat: Chat, line: Line, provider: Provider, key: str) -> None:
    provider.says("Behind the door", "Come in.")
    chat.page.context.clear_cookies()
    line.cut()
    chat.send("Behind the door")
    expect(chat.question).to_contain_text("Will be sent when the connection is back")
    line.up = True
    chat.page.evaluate("dispatchEvent(new Event('online'))")
    expect(chat.page.locator("#connection")).to_contain_text("You are signed out.")
    expect(chat.question).to_contain_text("Kept. Will be sent once you have signed in")
    chat.page.context.add_cookies([{"name": "sessionid", "value": key, "url": chat.page.url}])
    chat.open()  # as the page does that one comes to after signing in
    chat.ended("complete")
    expect(chat.question).not_to_contain_text("Will be sent")
    assert provider.asked("Behind the door") == 1


def test_what_waits_to_be_sent_outlives_a_reload(chat: Chat, line: Line, provider: Provider) -> None:
    provider.says("Before the reload", "Got it.")
    line.cut()
    chat.send("Before the reload")
    expect(chat.questions).to_have_count(1)
    chat.page.reload()
    expect(chat.question).to_contain_text("Before the reload")
    line.up = True
    chat.page.evaluate("dispatchEvent(new Event('online'))")
    chat.ended("complete")
    expect(chat.questions).to_have_count(1)
    assert provider.asked("Before the reload") == 1


def test_a_command_whose_answer_was_lost_is_not_done_twice(chat: Chat, line: Line, provider: Provider) -> None:
    provider.says("Only once", "Once.")
    chat.ask("Only once")
    frame = next(frame for frame in line.sent if '"send"' in frame)
    chat.page.evaluate(
        """([frame, user]) => localStorage.setItem(`outbox:${user}`, JSON.stringify([{ frame: JSON.parse(frame), tab: sessionStorage.tab, time: Date.now() }]))""",
        [frame, chat.page.evaluate("JSON.parse(document.getElementById('page').textContent).user.id")],
    )
    chat.page.reload()
    until(lambda: not chat.page.evaluate("Object.keys(localStorage).some((key) => key.startsWith('outbox'))"))
    expect(chat.questions).to_have_count(1)
    assert provider.asked("Only once") == 1


def test_an_answer_that_ran_on_meanwhile_is_all_there(chat: Chat, line: Line, provider: Provider) -> None:
    gate, hold = provider.gate()
    provider.says("Tunnel", "In the tunnel", hold, " and out again.")
    chat.send("Tunnel")
    expect(chat.answer).to_contain_text("In the tunnel")
    line.cut()
    gate.open()
    line.up = True
    chat.ended("complete")
    expect(chat.answer).to_contain_text("In the tunnel and out again.")
    expect(chat.answers).to_have_count(1)


def test_a_message_that_never_left_can_be_taken_back(chat: Chat, line: Line, provider: Provider) -> None:
    line.cut()
    chat.send("On second thoughts")
    expect(chat.questions).to_have_count(1)
    chat.stop_button.click()
    expect(chat.composer).to_have_value("On second thoughts")
    expect(chat.questions).to_have_count(0)


def test_stop_is_told_between_the_server_s_first_words_and_the_next(chat: Chat, line: Line, provider: Provider) -> None:
    _, hold = provider.gate()
    provider.says("Say nothing yet", hold, "Too late.")
    line.hold_behind("accepted")
    chat.send("Say nothing yet")
    line.until(lambda: line.heard("accepted") == 1)
    chat.stop_button.click()
    line.until(lambda: len(line.commands("stop")) == 1)
    line.let_go()
    chat.ended("stopped")


def test_a_refused_message_goes_back_to_where_it_was_typed(chat: Chat) -> None:
    person = chat.page.evaluate("JSON.parse(document.getElementById('page').textContent).user.id")
    chat.page.route_web_socket("**/ws/", lambda socket: refuse_everything(socket, person))
    chat.open()
    chat.send("Let me in")
    expect(chat.page.get_by_role("alert")).to_contain_text("Not now.")
    expect(chat.composer).to_have_value("Let me in")
    expect(chat.questions).to_have_count(0)


def refuse_everything(socket: WebSocketRoute, person: str) -> None:
    socket.send(json.dumps({"type": "ready", "user": person, "version": "1"}))
    socket.on_message(
        lambda message: socket.send(json.dumps({"type": "error", "id": json.loads(message)["id"], "code": "busy", "detail": "Not now."}))
    )


def test_drafts_outlive_a_reload_each_in_its_place(chat: Chat) -> None:
    chat.composer.fill("A thought for later")
    chat.page.reload()
    expect(chat.composer).to_have_value("A thought for later")
    chat.composer.fill("")
    chat.ask("A question")
    chat.composer.fill("An afterthought")
    place = chat.page.url
    chat.page.get_by_role("link", name="New chat").first.click()
    expect(chat.composer).to_have_value("")
    chat.page.goto(place)
    expect(chat.composer).to_have_value("An afterthought")


def test_words_typed_before_the_page_is_ready_are_kept(unopened: Chat) -> None:
    def type_first(route: Route) -> None:
        unopened.composer.focus()
        unopened.page.keyboard.type("Early bird")
        route.continue_()

    unopened.page.route("**/bundles/chat*.js", type_first)
    unopened.page.goto("/", wait_until="commit")
    expect(unopened.page.get_by_role("button", name="Send")).to_be_enabled()
    expect(unopened.composer).to_have_value("Early bird")
