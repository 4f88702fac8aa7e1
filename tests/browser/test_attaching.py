"""Files come by pasting, dropping and picking, go on after a reload, wait, are taken back, and go with their message."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Locator, Page, Route, expect

from tests.support.axe import findings
from tests.support.held_requests import HeldRequests
from tests.support.serving import Served

from .chat import Chat
from .provider import Provider

MIB = 1024 * 1024
COPY_IMAGE = """async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 300, height: 200 });
  canvas.getContext("2d").fillRect(0, 0, 150, 100);
  const image = await new Promise((resolve) => canvas.toBlob(resolve));
  await navigator.clipboard.write([new ClipboardItem({ "image/png": image })]);
}"""
LONG_AGO = """() => {
  const name = Object.keys(localStorage).find((name) => name.startsWith("file:"));
  const record = JSON.parse(localStorage.getItem(name));
  localStorage.setItem(name, JSON.stringify({ ...record, time: record.time - 25 * 3600 * 1000 }));
  return record.part.file;
}"""
DROP = """([name, size]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([new Uint8Array(size).fill(65)], name));
  for (const type of ["dragenter", "dragover", "drop"])
    document.querySelector("h1").dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }));
}"""


@pytest.fixture
def chat(shared_chat: Chat) -> Chat:
    return shared_chat


def pick(page: Page, *names: str, content: bytes = b"One, two, three.") -> None:
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Attach files").click()
    choosing.value.set_files([FilePayload(name=name, mimeType="text/plain", buffer=content) for name in names])


def chips(chat: Chat) -> Locator:
    return chat.page.get_by_role("list", name="Attached files").get_by_role("listitem")


def ready(chat: Chat, count: int) -> None:
    expect(chat.page.locator(".chip[data-state=ready]")).to_have_count(count)


def waiting(chat: Chat) -> Locator:
    return chat.page.get_by_role("region", name="Not sent yet").get_by_role("article")


def test_pasted_dropped_and_picked_files_go_with_the_message_and_stay_when_it_is_edited(chat: Chat, provider: Provider) -> None:
    page = chat.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(COPY_IMAGE)
    page.keyboard.press("Control+V")
    ready(chat, 1)
    page.evaluate(DROP, ["dropped.txt", 20])
    ready(chat, 2)
    page.wait_for_load_state("networkidle")
    expect(page.locator(".drop")).to_have_count(0)
    pick(page, 'picked "by hand".txt')
    ready(chat, 3)
    assert findings(page) == []
    chat.composer.press("Enter")
    chat.ended("complete")
    expect(chips(chat)).to_have_count(0)
    expect(chat.question.locator(".text")).to_have_count(0)

    page.reload()
    expect(chat.question.get_by_role("button", name="Enlarge image.png")).to_be_visible()
    expect(chat.question.get_by_role("link")).to_have_text(["dropped.txtTXT · 20 bytes", 'picked "by hand".txtTXT · 16 bytes'])
    chat.act(chat.question, "Edit message")
    page.get_by_role("textbox", name="Edit message").fill("What is it?")
    page.keyboard.press("Enter")
    expect(chat.question).to_contain_text("2 / 2")
    chat.ended("complete")
    expect(chat.question.locator(".text")).to_have_text("What is it?")
    expect(chat.question.locator(".attached > *")).to_have_count(3)
    asked = str(provider.server.streams[-1].body)
    assert "image_url" in asked
    assert "One, two, three." in asked


def test_a_message_that_is_sent_as_soon_as_something_is_dropped_has_it(chat: Chat) -> None:
    """What takes files is only loaded with the first."""
    page = chat.page
    held = HeldRequests(page, "**/*tray*")
    page.reload()
    page.evaluate(DROP, ["dropped.txt", 20])
    chat.composer.fill("What is in it?")
    chat.composer.press("Enter")
    chat.composer.press("Enter")
    loading = held.next()
    expect(chat.questions).to_have_count(0)
    loading.continue_()
    held.let_go()
    chat.ended("complete")
    expect(chat.questions).to_have_count(1)
    expect(chat.question.get_by_role("link")).to_contain_text("dropped.txt")
    page.unroute_all()


def test_a_message_waits_for_its_upload_which_goes_on_after_a_reload(chat: Chat) -> None:
    page = chat.page
    offsets: list[str] = []

    def hold(route: Route) -> None:
        offset = route.request.headers.get("upload-offset", "")
        if route.request.method == "PATCH":
            offsets.append(offset)
        if offset != str(MIB):
            route.continue_()

    page.route("**/files/uploads/*/", hold)
    pick(page, "long.txt", content=b"All work and no play. " * (MIB // 16))
    expect(chips(chat)).to_have_count(1)
    chat.send("What is in it?")
    expect(waiting(chat)).to_contain_text("Will be sent when its files are uploaded (72 %)")
    expect(page.get_by_role("heading", name="What are we working on?")).to_be_hidden()
    chat.send("And then?")
    expect(waiting(chat)).to_have_count(2)
    page.reload()
    expect(waiting(chat)).to_have_count(2)
    page.unroute_all()
    page.route("**/files/uploads/*/", lambda route: (offsets.append(route.request.headers.get("upload-offset", "")), route.continue_()))
    page.reload()
    expect(chat.answers).to_have_count(2)
    chat.ended("complete")
    expect(chat.questions.locator(".text")).to_have_text(["What is in it?", "And then?"])
    expect(chat.questions.first.get_by_role("link")).to_contain_text("long.txt")
    assert offsets.count("0") == 1


def test_files_are_taken_back_and_refused_in_words(chat: Chat) -> None:
    page, send = chat.page, chat.page.get_by_role("button", name="Send")
    begun = HeldRequests(page, "**/files/uploads/")
    pick(page, "early.txt", content=b"A" * MIB)
    page.get_by_role("button", name="Remove early.txt").click()
    expect(chips(chat)).to_have_count(0)
    beginning = begun.next()
    with page.expect_request(lambda request: request.method == "DELETE"):
        beginning.continue_()  # its address is known only now
    begun.let_go()

    page.route("**/files/uploads/*/", lambda route: None if route.request.method == "PATCH" else route.continue_())
    pick(page, "slow.txt", content=b"A" * MIB)
    expect(page.get_by_role("progressbar", name="Upload of slow.txt")).to_be_visible()
    with page.expect_request(lambda request: request.method == "DELETE"):
        page.get_by_role("button", name="Remove slow.txt").click()
    expect(chips(chat)).to_have_count(0)
    expect(chat.composer).to_be_focused()
    expect(send).to_be_disabled()

    chat.composer.fill("Look at this")
    page.evaluate(DROP, ["huge.iso", 26 * MIB])
    expect(chips(chat)).to_contain_text("This file has 26.0 MB, and at most 25.0 MB can be attached.")
    expect(page.locator("#excess")).to_have_text("A file could not be attached. Remove it to send the message.")
    expect(send).to_be_disabled()
    page.get_by_role("button", name="Remove huge.iso").click()
    expect(send).to_be_enabled()

    page.route("**/files/", lambda route: route.fulfill(status=403, json={"error": "There is no room left.", "code": "limit"}))
    pick(page, "notes.txt")
    expect(chips(chat)).to_contain_text("There is no room left.")
    page.unroute_all()
    page.get_by_role("button", name="Try again: notes.txt").click()
    ready(chat, 1)
    pick(page, *(f"{number}.txt" for number in range(10)), content=b"The same")
    expect(page.locator("#problem")).to_contain_text("A message can have at most 10 files.")
    expect(chips(chat)).to_have_count(10)


def test_a_draft_keeps_its_files_for_all_tabs(chat: Chat) -> None:
    chat.ask("Something short")
    pick(chat.page, "notes.txt")
    ready(chat, 1)
    chat.page.get_by_role("link", name="New chat").first.click()
    expect(chips(chat)).to_have_count(0)
    chat.page.go_back()
    expect(chips(chat)).to_contain_text("notes.txt")
    other = Chat(chat.page.context.new_page()).open(chat.page.url)
    other.page.get_by_role("button", name="Remove notes.txt").click()
    expect(chips(chat)).to_have_count(0)
    expect(chat.page.get_by_role("button", name="Send")).to_be_disabled()


def test_a_draft_says_which_of_its_files_were_deleted_meanwhile(chat: Chat, site: Served) -> None:
    page = chat.page
    pick(page, "swept.txt", content=b"Nothing holds this.")
    ready(chat, 1)
    swept = page.evaluate(LONG_AGO)
    pick(page, "kept.txt", content=b"This one is new.")
    ready(chat, 2)
    site.run(f"from conversations.models import File; File.objects.filter(pk={swept!r}).delete()")
    page.reload()
    expect(chips(chat).filter(has_text="swept.txt")).to_contain_text("This file was deleted, for its message wasn’t sent in time.")
    ready(chat, 1)
    chat.composer.fill("Read them")
    expect(page.get_by_text("A file could not be attached. Remove it to send the message.")).to_be_visible()
    page.get_by_role("button", name="Remove swept.txt").click()
    page.get_by_role("button", name="Remove kept.txt").click()
    expect(chips(chat)).to_have_count(0)


def test_that_a_model_does_not_see_is_said_before_sending(chat: Chat) -> None:
    page = chat.page.context.new_page()
    blind = Chat(page)
    page.route(
        "**/", lambda route: route.fulfill(response=(got := route.fetch()), body=got.text().replace('"sees": null', '"sees": false'))
    )
    blind.open()
    blind.composer.fill("What is it?")
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Attach files").click()
    choosing.value.set_files([FilePayload(name="photo.png", mimeType="image/png", buffer=b"\x89PNG")])
    expect(page.locator("#excess")).to_contain_text("can’t see images")
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    page.get_by_role("button", name="Remove photo.png").click()
    expect(page.get_by_role("button", name="Send")).to_be_enabled()


def test_a_phone_offers_its_camera(open_context: Callable[..., BrowserContext], shared_key: str, chat: Chat) -> None:
    page = open_context(shared_key, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    phone = Chat(page).open()
    page.get_by_role("button", name="Attach files").click()
    with page.expect_file_chooser() as choosing:
        page.get_by_role("menuitem", name="Take a photo").click()
    assert choosing.value.element.get_attribute("capture") == "environment"
    choosing.value.set_files([FilePayload(name="notes.txt", mimeType="text/plain", buffer=b"One")])
    ready(phone, 1)
    page.get_by_role("button", name="Remove notes.txt").click()
    expect(chips(phone)).to_have_count(0)
