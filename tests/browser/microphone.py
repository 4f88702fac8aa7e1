"""Chromium with a microphone, and talks that are begun with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tests.support import chromium
from tests.support.recordings import wav

from .chat import Chat

UTTERANCES = wav(0, 0.5, 0.9, 4)
"""Silence, about a second of what passes for speech, and four seconds of silence."""

FOLLOW = """(words) => {
  window.shown = [];
  let muted = false;
  const note = () => {
    const panel = document.querySelector("dialog.talk");
    if (!panel) return;
    shown.push(panel.innerText);
    if (muted || !panel.innerText.includes(words)) return;
    muted = true;
    panel.querySelector("[aria-pressed]").click();
  };
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


@contextmanager
def hearing(browser: Browser, sound: bytes, folder: Path) -> Iterator[Browser]:
    """Another of these browsers, which hears this WAV file again and again, and whose user allows every site to."""
    path = folder / "heard.wav"
    path.write_bytes(sound)
    flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={path}"]
    with browser.browser_type.launch(executable_path=chromium.path(), args=[*chromium.FLAGS, *flags]) as started:
        yield started


def talk(chat: Chat, *, clicks: int = 1) -> Locator:
    """Begin one. Returns its panel."""
    chat.page.get_by_role("button", name="Talk").click(click_count=clicks)
    panel = chat.page.get_by_role("dialog")
    expect(panel).to_be_visible()
    return panel


def follow(page: Page, *, mute_at: str) -> None:
    """Note whatever the panel shows from now on, and mute it as soon as it shows these words: the next that the microphone hears again would take
    their place, perhaps before a test on a busy machine has looked.
    """
    page.evaluate(FOLLOW, mute_at)


def shown(page: Page) -> list[str]:
    """What the panel has shown since then, one after the other."""
    return list(page.evaluate("shown"))
