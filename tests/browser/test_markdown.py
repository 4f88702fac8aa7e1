"""What models write, as it should look: streamed and from history alike."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.scripted_openai import Text

from .chat import Chat, keep_marks
from .provider import Provider

EVERYTHING = (Path(__file__).parent / "everything.md").read_text()
RENDER = """async (texts) => {
  const { MarkdownView } = await import("markdown/view");
  return texts.map((text) => { const view = new MarkdownView("x"); while (!view.update(text, true)); return view.element.innerHTML; });
}"""


@pytest.fixture
def chat(shared_chat: Chat) -> Chat:
    return shared_chat


def test_everything_at_once(chat: Chat, provider: Provider) -> None:
    provider.says("Everything", *(Text(EVERYTHING[at : at + 11]) for at in range(0, len(EVERYTHING), 11)))
    chat.ask("Everything")
    streamed = shape(chat)
    chat.page.reload()
    chat.ended("complete")
    assert shape(chat) == streamed
    answer = chat.answer
    for selector, count in {
        "h3": 3, "h4": 1, ".code": 2, ".table table": 1, "td[align=right]": 3, "ol > li": 3, "ul ul, ol ul": 1, ".task": 3, "blockquote p": 2,
        ".katex": 4, ".katex-display": 1, "a.picture[target=_blank]": 1, "hr": 1, "kbd": 1, "sub": 1, "br": 1, "sup a": 1, ".footnote": 1, "del": 1,
    }.items():  # fmt: skip
        expect(answer.locator(selector), selector).to_have_count(count)
    expect(answer.locator(".task[aria-label='Done:']")).to_have_count(1)
    expect(answer.locator(".hljs-keyword").first).to_have_text("import")
    expect(answer.locator(".code header").first).to_contain_text("Python")
    expect(answer.get_by_role("link", name="the pandas docs")).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(answer.locator("p", has_text="It costs $5 or $10")).to_have_count(1)
    expect(answer.locator(".picture")).to_contain_text("example.org")
    expect(answer.locator("img")).to_have_count(0)
    answer.get_by_role("link", name="Footnote 1").click()
    expect(answer.locator(".footnote")).to_be_focused()


def shape(chat: Chat) -> str:
    expect(chat.answer.locator(".katex").nth(3)).to_be_visible()
    expect(chat.answer.locator(".hljs-keyword").nth(5)).to_be_attached()
    return re.sub(r"note-[\w-]+?-0-", "note-", chat.answer.locator(".text").inner_html())


def test_code_and_messages_are_copied_as_they_were_written(chat: Chat, provider: Provider) -> None:
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    provider.says("Code", "Run **this**:\n\n```sh\nmake run\n```")
    chat.ask("Code")
    keep_marks(chat.page)
    chat.act(chat.answer, "Copy code")
    expect(chat.answer.locator("[data-action=copy-code] use")).to_have_attribute("href", "#icon-check")
    assert chat.page.evaluate("navigator.clipboard.readText()") == "make run"
    chat.act(chat.answer, "Copy answer")
    expect(chat.answer.locator("[data-action=copy] use")).to_have_attribute("href", "#icon-check")
    assert chat.page.evaluate("navigator.clipboard.readText()") == "Run **this**:\n\n```sh\nmake run\n```"


def test_prices_are_no_formulas(modules: Page) -> None:
    prices = [
        "It costs $5 and $10.",
        "From $3.50 to $4",
        "$5, or 10$ if you must",
        "US$20 and A$30",
        "a $ b $ c",
        "`$x$`",
        "$100 million vs $200 million",
    ]
    formulas = ["$x$", "$5x + 3 = 8$", "$\\alpha$ and $\\beta$", "\\(a\\)", "$$a$$", "\\[a\\]", "$f(x) = x^2$.", "($n$)"]
    for html in modules.evaluate(RENDER, prices):
        assert "data-math" not in html
    for html in modules.evaluate(RENDER, formulas):
        assert "data-math" in html


def test_html_is_shown_as_text_but_for_a_few_plain_tags(modules: Page) -> None:
    shown, plain, comment = modules.evaluate(RENDER, ["Use <div class=x> and <my-tag/>", "H<sub>2</sub>O<br>x", "a <!-- hidden --> b"])
    assert "&lt;div class=x&gt;" in shown
    assert "<sub>2</sub>O<br>x" in plain
    assert "&lt;!-- hidden --&gt;" in comment


def test_only_what_changed_is_made_again(modules: Page) -> None:
    """Blocks that are settled keep their elements, and a growing fence keeps its text node."""
    kept = modules.evaluate("""async () => {
      const { MarkdownView } = await import("markdown/view");
      const view = new MarkdownView("x");
      view.update("# One\\n\\nTwo\\n\\nThr", false);
      const [one, two, three] = view.element.children;
      view.update("# One\\n\\nTwo\\n\\nThree **bo", false);
      const [one2, two2, three2] = view.element.children;
      const bold = view.element.querySelector("strong")?.textContent;
      view.update("# One\\n\\nTwo\\n\\nThree **bold**\\n\\n```py\\na = 1", false);
      const code = view.element.querySelector("code").firstChild;
      view.update("# One\\n\\nTwo\\n\\nThree **bold**\\n\\n```py\\na = 1\\nb = `x`\\nc = 2\\n", false);
      const grown = view.element.querySelector("code").firstChild;
      return [one === one2, two === two2, three === three2, bold, code === grown, grown.data];
    }""")
    assert kept == [True, True, False, "bo", True, "a = 1\nb = `x`\nc = 2"]


def test_letter_by_letter_ends_as_all_at_once(modules: Page) -> None:
    texts = [
        EVERYTHING.replace("$", "€"),
        "Setext\n===\n\nmore\n---\ntext\n#no heading\n#\n1. one\n1.5 is a number\n\n2. two",
        "[late][ref] and ![pic][ref]\n\n- [ref]\n\n[ref]: https://example.org 'title'\n",
        "- a\n\n  continued\n- b\n  ```js\n  x\n  ```\n- c\n\n> q\nlazy\n\n    indented\n\n|a|\n|-|\n|b|\nend",
        "~~~~\n```\nnot closed\n~~~\n~~~~\nafter\r\nwindows\r\n\r\nlines",
        "***bold italic*** __b__ _i_ ~~s~~ `c``d` **open",
    ]
    for text, (grown, whole) in zip(
        texts,
        modules.evaluate(
            """async (texts) => {
              const { MarkdownView } = await import("markdown/view");
              return texts.map((text) => {
                const grown = new MarkdownView("x"), whole = new MarkdownView("x");
                for (let length = 1; length <= text.length; length += 1) grown.update(text.slice(0, length), false);
                while (!grown.update(text, true));
                while (!whole.update(text, true));
                return [grown, whole].map((view) => view.element.innerHTML.replace(/<code>.*?<\\/code>/gs, (code) => code.replace(/<[^>]*>/g, "")));
              });
            }""",
            texts,
        ),
        strict=True,
    ):
        assert grown == whole, text


def test_the_work_for_a_long_answer_grows_with_its_length_only(modules: Page) -> None:
    early, late, settled = modules.evaluate(
        """async (piece) => {
          const { MarkdownView } = await import("markdown/view");
          const text = piece.repeat(Math.ceil(200_000 / piece.length));
          const times = [];
          let view;
          for (let round = 0; round < 3; round += 1) {  // a busy machine halts one of them, and hardly all at the same piece
            view = new MarkdownView("x");
            for (let length = 2_000, at = 0; length <= text.length; length += 2_000, at += 1) {
              const before = performance.now();
              view.update(text.slice(0, length), false);
              times[at] = Math.min(times[at] ?? Infinity, performance.now() - before);
            }
          }
          while (!view.update(text, true));
          const sum = (some) => some.reduce((one, other) => one + other, 0);
          return [sum(times.slice(0, 30)), sum(times.slice(-30)), view.element.querySelectorAll("ul").length - text.length / piece.length];
        }""",
        "A paragraph with **some** `code` and [a link](https://example.org).\n\n- one\n- two\n\n",
    )
    assert settled == 0
    assert late < 5 * early, (early, late)


LONG_LIST = 800
LONG_BLOCKS = {
    "list": "\n".join(f"{number}. Item {number} with **some** words in it, and `code`" for number in range(1, LONG_LIST + 1)),
    "table": "| name | size |\n|:--|--:|\n" + "\n".join(f"| row {number} | {number * 7} |" for number in range(2000)),
    "paragraph": " ".join(f"Sentence {number} has **bold words** and more." for number in range(1500)),
    "lines": "\n".join(f"Line {number} of a very long poem" for number in range(1500)),
    "quote": "\n".join(f"> Line {number} of what was said" for number in range(1500)),
    "code": "```python\n" + "\n".join(f"value_{number} = {number}" for number in range(4000)) + "\n```\n\nAfter it.",
    "one line of code": "```\n" + "x" * 50_000 + "\n```\n\nAfter it.",
    "one word": "x" * 70_000,
}


@pytest.mark.parametrize("kind", LONG_BLOCKS)
def test_a_very_long_block_is_shown_in_parts_that_stay(modules: Page, kind: str) -> None:
    """Piece by piece or all at once, the same is shown; no update reads or makes more than the end of it."""
    text = LONG_BLOCKS[kind]
    grown, whole, shown, most = modules.evaluate(
        """async (text) => {
          const { MarkdownView } = await import("markdown/view");
          const grown = new MarkdownView("x"), whole = new MarkdownView("x");
          document.body.append(grown.element);
          const pieces = [];
          let all = "", removed = 0, most = 0;
          const watcher = new MutationObserver(() => {});
          watcher.observe(grown.element, { childList: true, subtree: true, characterData: true });
          for (let at = 0; at < text.length; at += 777) {
            pieces.push(text.slice(at, at + 777));
            all += pieces.at(-1);
            grown.update(all, false, pieces);
            const changed = watcher.takeRecords().flatMap(({ removedNodes }) => [...removedNodes]);
            most = Math.max(most, changed.reduce((sum, node) => sum + node.textContent.length, 0));
          }
          while (!grown.update(all, true, pieces));
          while (!whole.update(text, true));
          grown.element.remove();
          return [grown.element.innerHTML, whole.element.innerHTML, grown.element.textContent, most];
        }""",
        text,
    )
    assert grown == whole
    assert most < 2 * 8_000 + 777 or kind in ("one word", "one line of code")
    if kind == "list":
        assert re.findall(r"Item (\d+)", shown) == [str(number) for number in range(1, LONG_LIST + 1)]
        starts = [int(start) for start in re.findall(r'<ol start="(\d+)"', grown)]
        assert len(starts) > 3
        assert all(f'<ol start="{start}" dir="auto">\n<li>Item {start} ' in grown for start in starts)
    elif kind == "table":
        assert re.findall(r"row (\d+)", shown) == [str(number) for number in range(2000)]
        assert grown.count("<table>") == grown.count("<thead>") > 3
    elif "code" in kind:
        assert shown.endswith("After it.\n")
        assert text.split("\n", 1)[1].split("\n```")[0] in shown
    else:
        assert re.sub(r"\s", "", shown) == re.sub(r"[\s*>]", "", text)


def test_much_that_comes_at_once_is_shown_in_steps(modules: Page) -> None:
    section = "Some words of prose. " * 40 + "\n\n```py\n" + "a = 1\n" * 40 + "```\n\n"
    steps, longest, shown = modules.evaluate(
        """async (text) => {
          const { MarkdownView } = await import("markdown/view");
          const view = new MarkdownView("x");
          const lengths = [0];
          for (let complete = false; !complete; ) {
            complete = view.update(text, true);
            lengths.push(view.element.textContent.length);
          }
          const steps = lengths.slice(1).map((length, index) => length - lengths[index]);
          return [steps.length, Math.max(...steps), view.element.querySelectorAll("pre").length];
        }""",
        section * 30,
    )
    assert shown == 30
    assert steps > 5
    assert longest < 3 * 4_000


def test_an_answer_that_goes_on_keeps_what_is_there(modules: Page) -> None:
    kept, text = modules.evaluate("""async () => {
      const { MarkdownView } = await import("markdown/view");
      const view = new MarkdownView("x");
      const start = "One\\n\\n- a\\n- b\\n\\n```py\\na = 1\\n";
      while (!view.update(start, true));
      const [one, list] = view.element.children;
      while (!view.update(start + "b = 2\\n```\\n\\nEnd", true));
      return [view.element.children[0] === one && view.element.children[1] === list, view.element.textContent];
    }""")
    assert kept
    assert text.endswith("a = 1\nb = 2End\n")
