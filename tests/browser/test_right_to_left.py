"""Hebrew and Arabic run from the right: in answers, one's own messages, the field and titles. Code and formulas stay as they are."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from .chat import Chat
from .provider import Provider

HEBREW = "שלום! זוהי תשובה."
TITLE = "שיחה בעברית"
ANSWER = f"""{HEBREW}

1. פריט ראשון.
2. פריט שני: `pip install x`.

\\(x\\) הוא מספר.

| שם | n |
|---|---|
| א | 1 |

> ציטוט.

This paragraph is English.

```python
print("left to right")
```
"""
STARTS_RIGHT = """(element) => {
  const range = document.createRange();
  range.selectNodeContents(element);
  const [text] = range.getClientRects(), box = element.getBoundingClientRect();
  return Math.abs(box.right - text.right) < Math.abs(text.left - box.left);
}"""


@pytest.fixture
def chat(shared_chat: Chat) -> Chat:
    return shared_chat


def direction(of: Locator) -> str:
    found: str = of.evaluate("(element) => getComputedStyle(element).direction")
    return found


def test_each_block_has_the_direction_of_its_text(chat: Chat, provider: Provider) -> None:
    provider.title = TITLE
    provider.says(HEBREW, ANSWER)
    chat.composer.fill(HEBREW)
    assert direction(chat.composer) == "rtl"
    chat.ask(HEBREW)
    answer = chat.answer.locator(".text")
    for selector in ("> p >> nth=0", "> ol", "> p >> nth=1", "> .table table", "> blockquote"):
        assert direction(answer.locator(selector)) == "rtl", selector
    for selector in ("> p >> nth=2", "> .code", "> .code pre", "li code", ".formula"):
        assert direction(answer.locator(selector)) == "ltr", selector
    assert answer.locator("> p >> nth=0").evaluate(STARTS_RIGHT)
    assert direction(chat.question.locator(".text")) == "rtl"
    title = chat.row(TITLE).locator(".title")
    expect(title).to_have_text(TITLE)
    assert direction(title) == "rtl"
    assert title.evaluate(STARTS_RIGHT)
    assert direction(chat.page.get_by_role("heading", level=1, name=TITLE)) == "rtl"
    chat.act(chat.question, "Edit message")
    assert direction(chat.question.get_by_role("textbox")) == "rtl"


def test_lines_of_ones_own_message_each_have_theirs(chat: Chat) -> None:
    chat.ask(f"English first.\n{HEBREW}")
    # The full stop of the second line stands at its left end.
    at_left: bool = chat.question.locator(".text").evaluate("""(element) => {
      const text = element.firstChild, range = document.createRange();
      const left = (at) => (range.setStart(text, at), range.setEnd(text, at + 1), range.getBoundingClientRect().left);
      return left(text.length - 1) < left(text.data.indexOf("\\n") + 1);
    }""")
    assert at_left
