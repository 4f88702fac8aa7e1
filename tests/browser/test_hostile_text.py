"""Model output, titles and names are hostile: shown in Chromium, they run nothing, load nothing and send nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.scripted_openai import Text
from tests.support.serving import Served

from .chat import Chat
from .payloads import ALL, HTML
from .provider import Provider

# What an answer may consist of, and nothing else. KaTeX's own elements are checked by their attributes.
FORBIDDEN = """
(root) => {
  const found = [];
  const elements = new Set(("A B BLOCKQUOTE BR BUTTON CODE DEL DIV EM H2 H3 H4 HEADER HR I KBD LI MARK OL P PRE S SMALL SPAN STRONG SUB SUP TABLE " +
    "TBODY TD TH THEAD TR U UL ARTICLE DETAILS SUMMARY").split(" "));
  for (const element of root.querySelectorAll("*")) {
    const katex = element.closest(".katex, .katex-error") !== null;
    const icon = element.matches('svg[aria-hidden]:has(> use[href^="#icon-"]), use[href^="#icon-"]');
    if (!katex && !icon && !elements.has(element.tagName)) found.push(`element ${element.outerHTML.slice(0, 200)}`);
    if (katex && element.matches("a, img, script, style, iframe, foreignObject, image, use, animate, form")) found.push(`in a formula: ${element.outerHTML}`);
    for (const { name, value } of element.attributes) {
      if (/^on/i.test(name)) found.push(`handler ${name}=${value}`);
      if (name === "style" && !katex) found.push(`style ${value}`);
      if (["src", "srcset", "srcdoc", "action", "formaction", "name", "ping", "background", "poster", "xlink:href"].includes(name)) found.push(`${name}=${value}`);
      if (name === "id" && !value.startsWith("note-")) found.push(`id ${value}`);
      if (name === "href" && !icon && !/^(https?:|mailto:|#note-)/.test(value)) found.push(`href ${value}`);
      if (name === "href" && /^https?:/.test(value) && !(element.rel.includes("noopener") && element.target === "_blank")) found.push(`bare link ${value}`);
      if (name === "class" && katex === false && /\\b(menu|notice|sidebar|composer)\\b/.test(value)) found.push(`class ${value}`);
    }
  }
  return found;
}
"""
WATCH = "window.calls = 0; window.ran = () => { window.calls += 1; };"


@pytest.fixture
def hostile(open_context: Callable[..., BrowserContext], key: str) -> Chat:
    context = open_context(key)
    context.add_init_script(WATCH)
    return Chat(context.new_page()).open()


def nothing_happened(page: Page) -> None:
    page.evaluate("() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 30)))")
    assert page.evaluate("window.calls") == 0
    assert page.evaluate("window.brokenRules") == []
    messages = page.locator(".messages:not(.queued)")
    if messages.count():
        assert messages.evaluate(FORBIDDEN) == []


def test_every_payload_typed_letter_by_letter(hostile: Chat) -> None:
    """Every prefix of every payload is rendered as an answer that is being written."""
    found: int = hostile.page.evaluate(
        """async (payloads) => {
          const { MarkdownView } = await import("markdown/view");
          const host = document.createElement("div");
          host.className = "messages";
          document.querySelector(".main > .scroll").append(host);
          for (const [number, payload] of payloads.entries()) {
            const view = new MarkdownView(`payload-${number}`);
            host.append(view.element);
            for (let length = 1; length <= payload.length; length++) view.update(payload.slice(0, length), false);
            while (!view.update(payload, true));
            const whole = new MarkdownView(`whole-${number}`);
            host.append(whole.element);
            while (!whole.update(payload, true));
          }
          return host.childElementCount;
        }""",
        ALL,
    )
    assert found == 2 * len(ALL)
    nothing_happened(hostile.page)
    for link in hostile.page.locator(".messages a[href^='#note-']").all():
        link.click()
    hostile.page.evaluate("document.querySelectorAll('.messages kbd, .messages span').forEach((element) => element.click())")
    nothing_happened(hostile.page)


def test_every_payload_streamed_and_from_history(hostile: Chat, provider: Provider) -> None:
    text = "\n\n".join(ALL)
    provider.says("Attack", *(Text(text[at : at + 7]) for at in range(0, len(text), 7)))
    hostile.send("Attack")
    expect(hostile.answer).to_have_attribute("data-status", "complete", timeout=20_000)
    nothing_happened(hostile.page)
    hostile.page.reload()
    hostile.ended("complete")
    expect(hostile.answer).to_contain_text("a label that breaks out")
    nothing_happened(hostile.page)


def test_the_purifier_alone_withstands_raw_html(hostile: Chat) -> None:
    """Even if everything before it failed."""
    hostile.page.evaluate(
        """async (payloads) => {
          const { purifiedProse, purifiedHighlighting } = await import("markdown/purifier");
          const host = Object.assign(document.createElement("div"), { className: "messages" });
          document.querySelector(".main > .scroll").append(host);
          for (const payload of payloads) host.append(purifiedProse(payload), purifiedHighlighting(payload));
          host.querySelectorAll("a").forEach((link) => Object.assign(link, { rel: "noopener", target: "_blank" }));
        }""",
        HTML,
    )
    # Merely reading such HTML, before it is cleaned, makes the browser report what it would refuse.
    refused = hostile.page.evaluate("window.brokenRules.splice(0)")
    assert {rule.split(":")[0] for rule in refused} <= {"script-src-attr", "style-src-attr", "style-src-elem", "base-uri"}
    nothing_happened(hostile.page)


def test_questions_and_titles(hostile: Chat, provider: Provider) -> None:
    title = "<img src=x onerror=ran()>"
    provider.title = title
    question = "\n".join(HTML[:40])
    hostile.ask(question)
    expect(hostile.question.locator(".text")).to_have_text(question)
    expect(hostile.row(title)).to_be_visible()
    hostile.row(title).hover()
    hostile.page.get_by_role("button", name="More for").click()
    hostile.page.get_by_role("menuitem", name="Delete").click()
    expect(hostile.page.get_by_role("dialog")).to_contain_text(title)
    hostile.page.get_by_role("button", name="Cancel").click()
    nothing_happened(hostile.page)
    hostile.page.reload()
    expect(hostile.page.get_by_role("heading", level=1)).to_have_text(title)
    nothing_happened(hostile.page)


def test_names_of_people_and_prompts(open_context: Callable[..., BrowserContext], site: Served, session_keys: Any) -> None:
    key = next(session_keys)
    name = "</script><script>ran()</script><img src=x onerror=ran()>"
    site.run(
        "from django.contrib.sessions.models import Session\n"
        "from conversations.models import SystemPrompt, User\n"
        f"User.objects.filter(pk=Session.objects.get(pk={key!r}).get_decoded()['_auth_user_id']).update(username={name!r})\n"
        f"prompt = SystemPrompt.objects.create(slug='hostile', name={name!r}, description={name!r})\n"
        f"prompt.publish(text='x', starters=[{name!r}])\n",
    )
    try:
        context = open_context(key)
        context.add_init_script(WATCH)
        chat = Chat(context.new_page()).open()
        expect(chat.page.get_by_role("button", name=name).first).to_be_visible()
        chat.page.locator(".pill").click()
        chat.page.get_by_role("menuitemradio", name=name).click()
        expect(chat.page.locator(".starter")).to_have_text(name)
        nothing_happened(chat.page)
        chat.page.locator(".starter").click()
        chat.ended("complete")
        nothing_happened(chat.page)
    finally:
        site.run("from conversations.models import SystemPrompt\nSystemPrompt.objects.get(slug='hostile').delete()")
