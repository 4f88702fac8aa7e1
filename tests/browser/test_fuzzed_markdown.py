"""Whatever Markdown a model writes, streamed however it comes: it breaks nothing, runs nothing, and looks as from history."""

from __future__ import annotations

from random import Random

from playwright.sync_api import Page

from .payloads import ALL
from .test_hostile_text import FORBIDDEN

DOCUMENTS = 250
SEED = 20261126

INLINE = [
    *(
        "word",
        "Wörter ",
        "語句、",
        "שלום ",
        "👩‍👩‍👧 ",
        " ",
        "  \n",
        "*",
        "**",
        "_",
        "__",
        "~",
        "~~",
        "`",
        "``",
        "$",
        "$$",
        "\\",
        "\\(",
        "\\)",
        "\\[",
        "\\]",
    ),
    *(
        "<b>",
        "</b>",
        "<sub>",
        "<kbd>",
        "<br>",
        "<!--",
        "&lt;",
        "&#60;",
        "&amp",
        "[",
        "]",
        "(",
        ")",
        "![",
        "](",
        "][",
        "<https://a.example>",
    ),
    *(
        "[a](https://a.example)",
        "[a](javascript:ran())",
        "![p](//a.example/p.png)",
        "[^1]",
        "[^n]",
        "[r]",
        "https://a.example/b_c_d",
        "|",
        ":",
    ),
    *(
        "`code`",
        "**bold**",
        "$x^2$",
        "$\\frac{1}{2}$",
        "$\\href{javascript:ran()}{x}$",
        "\\begin{align}",
        "\\end{align}",
        "\x00",
        "\u200b",
        "\ufeff",
    ),
]
STARTS = [
    "",
    "",
    "",
    "# ",
    "- ",
    "  - ",
    "1. ",
    "> ",
    "> > ",
    "- [ ] ",
    "    ",
    "\t",
    "| ",
    "[^1]: ",
    "[r]: https://a.example ",
    "---",
    "===",
    "* * *",
]
BLOCKS = ["```", "```py", "````md", "~~~", "$$", "| a | b |\n|---|:-:|\n| 1 | 2 |", "<details>", "</details>", "<div>", "<think>", ""]


def document(dice: Random) -> str:
    lines = []
    for _ in range(dice.randint(1, 8)):
        kind = dice.random()
        if kind < 0.2:
            lines.append(dice.choice(BLOCKS))
        elif kind < 0.3:
            lines.append(dice.choice(ALL))
        else:
            lines.append(dice.choice(STARTS) + "".join(dice.choice(INLINE) for _ in range(dice.randint(0, 6))))
    return dice.choice(["\n", "\n", "\n\n"]).join(lines)


def cuts(dice: Random, text: str) -> list[int]:
    units = len(text.encode("utf-16-le")) // 2
    return sorted(dice.randint(0, units) for _ in range(dice.randint(0, 5)))


RENDER = """async (documents) => {
  const { MarkdownView } = await import("markdown/view");
  const found = FORBIDDEN;
  return documents.flatMap(([text, cuts]) => {
    try {
      const shown = (steps) => {
        const view = new MarkdownView("x");
        const trouble = [];
        for (const step of steps) {
          view.update(step, false);
          trouble.push(...found(view.element));
        }
        while (!view.update(text, true));
        return [view.element.innerHTML, [...trouble, ...found(view.element)]];
      };
      const [whole, trouble] = shown([]);
      const [streamed, more] = shown(cuts.map((cut) => text.slice(0, cut)));
      return [...trouble, ...more, ...(streamed === whole ? [] : [`${whole}\\n${streamed}`])].map((fault) => [text, cuts, fault]);
    } catch (error) {
      return [[text, cuts, `${error.stack}`]];
    }
  });
}""".replace("FORBIDDEN", FORBIDDEN.strip())


def test_any_document(modules: Page) -> None:
    dice = Random(SEED)
    documents = [(text, cuts(dice, text)) for text in (document(dice) for _ in range(DOCUMENTS))]
    found = modules.evaluate(RENDER, documents)
    assert found == [], f"{len(found)} of {DOCUMENTS}"


def test_what_differed_once(modules: Page) -> None:
    documents = [("```\none\n```\n```py\nanother = 1", [13, 20])]
    assert modules.evaluate(RENDER, documents) == []
