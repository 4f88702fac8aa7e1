"""What a message shows of its files: images in small, which are enlarged in a dialog, and documents, which are saved."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from .chat import Chat

UPLOAD = """async ([name, width, height]) => {
  const { csrfToken } = await import("requests/http");
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").fillRect(0, 0, width / 2, height);
  const content = width ? await new Promise((resolve) => canvas.toBlob(resolve)) : new Blob(["One, two, three"]);
  const form = new FormData();
  form.append("file", content, name);
  const response = await fetch("/files/", { method: "POST", body: form, headers: { "X-CSRFToken": csrfToken() } });
  return response.json();
}"""


def test_the_files_of_a_message_are_shown_enlarged_and_saved(shared_chat: Chat) -> None:
    chat, page = shared_chat, shared_chat.page
    tall, wide, notes = (page.evaluate(UPLOAD, list(one)) for one in (("tall.png", 300, 900), ("wide.png", 800, 200), ("notes.txt", 0, 0)))
    chat.ask("What do you see?")
    row = chat.sidebar.get_by_role("listitem").first
    page.get_by_role("link", name="New chat").first.click()
    images = [
        {"type": "image", "file": one["id"], "name": one["name"], "width": w, "height": h}
        for one, w, h in ((tall, 300, 900), (wide, 800, 200))
    ]
    document = {"type": "file", "file": notes["id"], "name": "notes.txt", "content_type": "text/plain", "size": notes["size"]}
    page.route("**/c/*/messages/", lambda route: with_files(route, [*images, document]))
    row.get_by_role("link").click()

    first = chat.question.get_by_role("button", name="Enlarge tall.png")
    expect(first).to_be_visible()
    for image in chat.question.locator(".attached img").all():
        expect(image).not_to_have_js_property("naturalWidth", 0)
    assert (first.bounding_box() or {})["height"] == pytest.approx(256, abs=2)  # its width, and the thumbnail's, are whole numbers
    expect(chat.question.locator(".text")).to_have_text("What do you see?")
    with page.expect_download() as saving:
        chat.question.get_by_role("link", name=re.compile("notes.txt")).click()
    assert saving.value.suggested_filename == "notes.txt"

    first.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="tall.png")
    expect(dialog.get_by_role("img", name="tall.png")).not_to_have_js_property("naturalWidth", 0)
    stage = dialog.locator(".stage")
    fits = "(stage) => stage.scrollHeight <= stage.clientHeight"
    assert stage.evaluate(fits)
    dialog.get_by_role("button", name="Actual size").click()
    assert not stage.evaluate(fits)
    page.keyboard.press("-")
    page.keyboard.press("ArrowRight")
    other = page.get_by_role("dialog", name="wide.png")
    expect(other.get_by_text("2 / 2")).to_be_visible()
    expect(other.get_by_role("link", name="Download")).to_have_attribute("href", f"/files/{wide['id']}/?download")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(first).to_be_focused()


def with_files(route: Route, files: list[dict[str, Any]]) -> None:
    """The conversation as if its question had these files."""
    response = route.fetch()
    excerpt = response.json()
    excerpt["messages"][0]["parts"] = [*files, *excerpt["messages"][0]["parts"]]
    route.fulfill(response=response, json=excerpt)
