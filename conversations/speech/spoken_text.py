"""What of an answer, which is Markdown, is read aloud. Code, tables, formulas and pictures are named and not spelled out.

The words that stand for them are those of static/js/speech/sentences.js, which says the same of an answer as the page shows it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

CODE, TABLE, FORMULA, PICTURE = "Some code.", "A table.", " a formula ", " a picture "


class Block(NamedTuple):
    """A paragraph, a heading, an item and the like. `places` are those of its characters in the answer, which ends at `end`."""

    text: str
    places: list[int]
    end: int


_FENCE = re.compile(r"(?:>\s?)*\s*(`{3,}|~{3,})")
_DELIMITER = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*")
_RULE = re.compile(r"\s*([-*_=])(\s*\1)*\s*")
_REFERENCE = re.compile(r"\s{0,3}\[(?!\^)[^\]]+\]:\s+\S")
_MARKER = re.compile(r"\s*(?:(?:>\s?)+\s*)?(?:(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ xX]\]\s+)?|#{1,6}(?:\s+|$)|\[\^[^\]]+\]:\s*)+")
_QUOTE = re.compile(r"\s*(?:>\s?)+")

_INLINE = re.compile(  # what is looked for up to its end is bounded: hostile text would have it looked for from everywhere
    r"""
    (?=[`$\\!\[<*~_&])(?:  # all begin with one of these: at any other character, nothing is tried
    (?P<code>(?P<ticks>`+)(?P<in_code>.{1,1000}?)(?<!`)(?P=ticks)(?!`))
  | (?P<formula>\$\$.{1,1000}?\$\$ | \\\[.{1,1000}?\\\] | \\\(.{1,1000}?\\\) | (?<![\\$\w])\$(?![\s$])[^$\n]{0,500}?(?<![\s\\])\$(?![\d$]))
  | \\(?P<escaped>[!-/:-@\[-`{-~])
  | (?P<picture>!\[[^\[\]\n]{0,500}\]\([^()\n]{0,2000}(?:\([^()\n]{0,500}\)[^()\n]{0,500})?\))
  | (?P<gone>\[\^[^\[\]\n]{1,100}\] | <!--.{0,2000}?--> | </?[a-zA-Z][^<>\n]*> | \*{2,} | ~~ | __ | `+)
  | \[(?P<linked>[^\[\]\n]*)\](?:\([^()\n]{0,2000}(?:\([^()\n]{0,500}\)[^()\n]{0,500})?\) | \[[^\[\]\n]{0,500}\])
  | <(?P<address>https?://[^<>\s]+)>
  | (?P<entity>&(?:[a-zA-Z]{2,31}|\#\d{1,7}|\#x[\da-fA-F]{1,6});)
  | (?P<star>(?<![\w*])\*(?=\S) | (?<=[^\s*])\*(?![\w*]) | (?<!\w)_(?=\S) | (?<=\S)_(?!\w))
    )
    """,
    re.VERBOSE | re.DOTALL,
)


def blocks(answer: str) -> Iterator[Block]:
    """In order. The last one may go on, where the answer does."""
    lines, at = answer.splitlines(keepends=True), 0
    paragraph: list[tuple[str, int]] = []
    number = 0
    was_blank, in_list = True, False

    def ended(end: int) -> Iterator[Block]:
        if paragraph:
            yield _said(paragraph, end)
            paragraph.clear()

    while number < len(lines):
        line, begin = lines[number], at
        bare = _QUOTE.sub("", line) if line.lstrip().startswith(">") else line
        if (fence := _FENCE.match(line)) or (was_blank and not in_list and re.match(r" {4}\s*\S|\t\s*\S", line)):
            yield from ended(begin)
            number, at = _after_code(lines, number, at, fence[1] if fence else "")
            yield _named(CODE, begin, at)
            was_blank = True
            continue
        if "|" in line and number + 1 < len(lines) and "-" in lines[number + 1] and _is_delimiter(lines[number + 1]):
            yield from ended(begin)
            while number < len(lines) and "|" in lines[number]:
                at += len(lines[number])
                number += 1
            yield _named(TABLE, begin, at)
            continue
        at += len(line)
        number += 1
        was_blank = not bare.strip()
        if was_blank or _RULE.fullmatch(bare) or _REFERENCE.match(bare):
            yield from ended(begin)
            continue
        if marker := _MARKER.match(line):
            yield from ended(begin)
            in_list = True
            paragraph.append((line[marker.end() :], begin + marker.end()))
            if marker[0].lstrip(" >").startswith("#"):
                in_list = False
                yield from ended(at)
            continue
        in_list = in_list and (bool(paragraph) or line[:1].isspace())
        paragraph.append((bare, begin + len(line) - len(bare)))
    yield from ended(at)


def _after_code(lines: list[str], number: int, at: int, fence: str) -> tuple[int, int]:
    """The line behind it, and its place. Without a fence it is indented."""
    first = number
    while number < len(lines):
        line = lines[number]
        if not fence and line.strip() and not re.match(r" {4}|\t", line):
            break
        at += len(line)
        number += 1
        if fence and number > first + 1 and re.fullmatch(rf"(?:>\s?)*\s*{re.escape(fence[0])}{{{len(fence)},}}\s*", line):
            break
    return number, at


def _is_delimiter(line: str) -> bool:
    return _DELIMITER.fullmatch(line.rstrip("\r\n")) is not None


def _named(name: str, begin: int, end: int) -> Block:
    return Block(name, [begin] * len(name), end)


def _said(paragraph: list[tuple[str, int]], end: int) -> Block:
    """Its lines without what marks them up."""
    raw = "".join(text for text, _ in paragraph)
    origin = [place + number for text, place in paragraph for number in range(len(text))]
    said: list[str] = []
    places: list[int] = []

    def add(text: str, start: int, *, is_raw: bool) -> None:
        said.append(text)
        places.extend(origin[start + number] if is_raw else origin[start] for number in range(len(text)))

    def walk(start: int, stop: int) -> None:
        at = start
        for found in _INLINE.finditer(raw, start, stop):
            add(raw[at : found.start()], at, is_raw=True)
            at = found.end()
            kind = found.lastgroup
            if found["code"] is not None:
                add(found["in_code"], found.start("in_code"), is_raw=True)
            elif found["linked"] is not None:
                walk(*found.span("linked"))
            elif kind in ("formula", "picture"):
                add(FORMULA if kind == "formula" else PICTURE, found.start(), is_raw=False)
            elif kind in ("escaped", "address"):
                add(found[kind], found.start(kind), is_raw=True)
            elif kind == "entity":
                add(html.unescape(found[0]), found.start(), is_raw=False)
        add(raw[at:stop], at, is_raw=True)

    walk(0, len(raw))
    return Block("".join(said), places, end)
