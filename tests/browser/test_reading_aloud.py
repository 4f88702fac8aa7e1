"""An answer is read aloud sentence by sentence, which are marked; code, tables and formulas are named and not spelled out."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.support.axe import findings

from .chat import Chat
from .provider import Provider

ANSWER = """## The sky

It is blue. Light of $\\lambda$ scatters!

```python
print("no")
```

| a | b |
|---|---|
| 1 | 2 |

- Это так.
"""
VOICE = """() => {
  window.spoken = [];
  const voice = {
    speak(utterance) {
      window.spoken.push(utterance);
      queueMicrotask(() => utterance.dispatchEvent(new Event("start")));
    },
    cancel() { window.spoken.at(-1)?.dispatchEvent(new Event("error")); },
  };
  Object.defineProperty(window, "speechSynthesis", { value: voice, configurable: true });
}"""
"""The browser's voice, which says when it is done only where it is told to: Chromium here has none."""
SAID = "() => spoken.map(({ text, lang, rate }) => [text, lang, rate])"
MARKED = "() => [...(CSS.highlights.get('read-aloud') ?? [])].map((range) => range.toString()).join()"


def without_models_voice(route: Route) -> None:
    """The page as it is where no model reads aloud."""
    response = route.fetch()
    assert '"speaks": true' in response.text()
    route.fulfill(response=response, body=response.text().replace('"speaks": true', '"speaks": false'))


@pytest.fixture
def answered(unopened: Chat, provider: Provider) -> Chat:
    unopened.page.route(re.compile(r"^[^/]+//[^/]+/$"), without_models_voice)
    unopened.open()
    unopened.page.evaluate(VOICE)
    provider.says("Why is the sky blue?", ANSWER)
    unopened.ask("Why is the sky blue?")
    return unopened


def read(chat: Chat) -> Locator:
    """Have the answer read."""
    chat.act(chat.answer, "Read aloud")
    bar = chat.answer.get_by_role("group", name="Reading aloud")
    expect(bar).to_be_in_viewport()
    return bar


def end(chat: Chat) -> None:
    """Of what is spoken."""
    chat.page.evaluate("() => spoken.at(-1).dispatchEvent(new Event('end'))")


def said(chat: Chat) -> list[Any]:
    return list(chat.page.evaluate(SAID))


def test_sentences_are_read_one_after_the_other_and_marked(answered: Chat) -> None:
    bar = read(answered)
    assert answered.page.evaluate(MARKED) == "The sky"
    assert findings(answered.page) == []
    for marked in ("It is blue.", "Light of", "print", "a", "Это так."):
        end(answered)
        assert marked in answered.page.evaluate(MARKED)
    end(answered)
    expect(bar).to_have_count(0)
    texts, languages, _ = zip(*said(answered), strict=True)
    assert texts == ("The sky", "It is blue.", "Light of a formula scatters!", "Some code.", "A table.", "Это так.")
    assert (languages[0][:2], languages[-1]) == ("en", "ru")


def test_it_is_paused_resumed_quickened_and_stopped(answered: Chat) -> None:
    bar = read(answered)
    end(answered)
    bar.get_by_role("button", name="Pause").click()
    expect(bar).to_contain_text("Paused")
    assert answered.page.evaluate(MARKED) == ""
    bar.get_by_role("button", name="Resume").click()
    bar.get_by_role("button", name="Speed").click()
    expect(bar).to_contain_text("1.25×")
    assert said(answered)[1:] == [["It is blue.", "en-US", 1], ["It is blue.", "en-US", 1], ["It is blue.", "en-US", 1.25]]
    bar.get_by_role("button", name="Stop reading").click()
    expect(bar).to_have_count(0)
    expect(answered.answer.get_by_role("button", name="Read aloud")).to_be_focused()
    read(answered)
    assert said(answered)[-1] == ["The sky", "en-US", 1.25]
    answered.page.get_by_role("link", name="New chat").first.click()
    expect(bar).to_have_count(0)
    assert answered.page.evaluate(MARKED) == ""


def test_a_browser_without_a_voice_says_what_to_do(answered: Chat) -> None:
    bar = read(answered)
    answered.page.evaluate("() => spoken.at(-1).dispatchEvent(new Event('error'))")
    expect(bar).to_contain_text("has no voice for it")


def test_a_picture_between_what_is_read_is_not_marked(answered: Chat) -> None:
    marked = answered.page.evaluate("""async () => {
      const { mark } = await import("speech/mark");
      const part = (name, text) => Object.assign(document.createElement("div"), { className: name, textContent: text });
      const body = part("body", ""), range = document.createRange();
      const [before, picture, after] = [part("text", "Here it is:"), part("made", "Download"), part("text", "Shall it be blue?")];
      body.append(before, picture, after);
      document.body.append(body);
      range.setStart(before.firstChild, 5);
      range.setEnd(after.firstChild, 8);
      mark(range);
      const marked = [...CSS.highlights.get("read-aloud")].map(String);
      mark(null);
      body.remove();
      return marked;
    }""")
    assert marked == ["it is:", "Shall it"]
