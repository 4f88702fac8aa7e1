"""Without a key: Chromium, the real server and the real embedded model. The answer is seen growing before it ends."""

import json

import pytest
from playwright.sync_api import Browser

from tests.support.serving import Serving
from tests.support.template import session_key

from .chat import Chat

ANSWER_TOKENS = 32
"""Enough to see it grow. The model would go on for hundreds, and each is computed on this machine."""


@pytest.mark.timeout(240)
def test_several_frames_are_seen_before_the_end(browser: Browser, serve: Serving) -> None:
    server = serve("", OPENAI_API_KEY="", OPENAI_MODEL="")
    short = "You are brief."  # a long prompt takes the model long to read
    parameters = json.dumps({"max_output_tokens": ANSWER_TOKENS})
    server.rows("UPDATE conversations_promptversion SET text = %s, parameters = %s", short, parameters)
    context = browser.new_context(base_url=server.address, viewport={"width": 1280, "height": 860})
    context.add_cookies([{"name": "sessionid", "value": session_key("alice"), "url": server.address}])
    page = context.new_page()
    frames: list[dict[str, object]] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda payload: frames.append(json.loads(payload))))
    chat = Chat(page).open()
    assert page.get_by_text("The small built-in model answers").is_visible()
    page.evaluate(  # before it is asked: on a quick machine the whole answer takes a third of a second
        """() => {
          window.seen = new Set();
          const look = () => {
            const answer = document.querySelector('[data-role="assistant"]');
            if (answer) window.seen.add(answer.innerText.length);
            if (answer?.dataset.status !== "complete") requestAnimationFrame(look);
          };
          look();
        }"""
    )
    chat.composer.fill("Write five short sentences about the sea.")
    chat.page.keyboard.press("Enter")
    answer = page.locator('[data-role="assistant"]')
    answer.and_(page.locator('[data-status="complete"]')).wait_for(timeout=120_000)
    growing = page.evaluate("window.seen.size")
    kinds = [frame["type"] for frame in frames]
    assert kinds.count("delta") >= 5
    assert kinds.index("delta") < kinds.index("finished")
    assert growing >= 5
    said = "".join(str(frame["text"]) for frame in frames if frame["type"] == "delta")
    assert len(said.split()) > 5
    page.reload()
    answer.and_(page.locator('[data-status="complete"]')).wait_for()
    for word in [word for word in said.split() if word.isalpha()][:5]:
        assert word in answer.inner_text()
    context.close()
    assert server.stop() == 0
