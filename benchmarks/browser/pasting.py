"""A screenshot is pasted and the message sent at once: until the server has the image, the message, and begins the answer."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.support.serving import Served

from .chromium import signed_in, until

DRAW = """async ([width, height]) => {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.fillStyle = "black";
  const line = "Newts regrow legs, and toads don't. ".repeat(12);
  for (let row = 0; row < height; row += 18) context.fillText(`${Math.random()} ${line}`, 8, row);
  const image = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  window.screenshot = new File([image], "screenshot.png", { type: "image/png" });
  return image.size;
}"""
PASTE = """() => {
  window.took = 0;
  const clipboardData = new DataTransfer();
  clipboardData.items.add(window.screenshot);
  const composer = document.querySelector("textarea");
  const begun = performance.now();
  composer.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  const look = () => {
    const sent = document.querySelector("[data-role=user][data-message] img");
    if (sent?.complete && document.querySelector("[data-role=assistant][data-message]")) window.took = performance.now() - begun;
    else requestAnimationFrame(look);
  };
  look();
}"""
SIZE = (1920, 1080)


def paste(browser: Browser, server: Served, cookie: str, times: int) -> tuple[list[float], float]:
    """Milliseconds of each, in a new chat, and how many KB the screenshot has."""
    took, kilobytes = [], 0.0
    with signed_in(browser, server, cookie) as context:
        for _ in range(times + 1):
            page = context.new_page()
            page.goto("/")
            kilobytes = page.evaluate(DRAW, SIZE) / 1000
            page.locator("textarea").fill("What is it?")
            page.evaluate(PASTE)
            page.locator("textarea").press("Enter")
            took.append(until(page, "window.took"))
            page.close()
    return took[1:], kilobytes  # what attaches files is loaded with the first
