"""Chromium with a microphone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser

from tests.support import chromium


@contextmanager
def hearing(browser: Browser, sound: bytes, folder: Path) -> Iterator[Browser]:
    """Another of these browsers, which hears this WAV file again and again, and whose user allows every site to."""
    path = folder / "heard.wav"
    path.write_bytes(sound)
    flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={path}"]
    with browser.browser_type.launch(executable_path=chromium.path(), args=[*chromium.FLAGS, *flags]) as started:
        yield started
