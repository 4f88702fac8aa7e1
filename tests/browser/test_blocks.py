"""Tables and code can be read on a phone, and long code keeps its buttons in sight."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from .chat import Chat, until
from .provider import Provider

TABLE = (
    "| Country | Capital | Population | Currency | Remark |\n|---|---|--:|---|---|\n| Chad | N'Djamena | 17,000,000 | Franc CFA | {} |\n"
)
CODE = "```js\n" + "\n".join(f"const value{number} = {'compute() + ' * 12}{number};" for number in range(80)) + "\n```"

LINES = """(cell) => {
  const range = document.createRange();
  range.selectNodeContents(cell);
  return range.getClientRects().length;
}"""


def test_on_a_phone(open_context: Callable[..., BrowserContext], key: str, provider: Provider) -> None:
    page = open_context(key, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    chat = Chat(page).open()
    provider.says("Blocks", TABLE.format("Landlocked, and larger than most people think it is"), "\n\n", CODE)
    chat.composer.fill("Blocks")
    page.get_by_role("button", name="Send").tap()
    chat.ended("complete")
    rows = chat.answer.locator(".table tr")
    until(lambda: max(row.bounding_box()["height"] for row in rows.all()) < 130)  # type: ignore[index]
    until(lambda: [cell.evaluate(LINES) for cell in rows.last.locator("td").all()[:4]] == [1, 1, 1, 1])

    header = chat.answer.locator(".code header")
    expect(header).to_contain_text("JavaScript")
    chat.answer.locator(".code").evaluate("(code) => code.scrollIntoView({ block: 'start' })")
    page.evaluate("document.querySelector('.main > .scroll').scrollBy(0, 900)")
    expect(header).to_be_in_viewport()
    code = chat.answer.locator("pre")
    until(lambda: code.evaluate("(pre) => pre.scrollWidth > pre.clientWidth"))
    wrap = header.get_by_role("button", name="Wrap lines")
    wrap.tap()
    expect(wrap).to_have_attribute("aria-pressed", "true")
    until(lambda: code.evaluate("(pre) => pre.scrollWidth <= pre.clientWidth"))
