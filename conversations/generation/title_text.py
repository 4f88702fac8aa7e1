"""The title in what a model said: models wrap it in thoughts, tokens, JSON, labels and quotation marks, or answer in another language."""

from __future__ import annotations

import ast
import json
import re
import unicodedata
from collections import Counter

MAX_TITLE_CHARACTERS, MAX_TITLE_WORDS = 60, 9

# What is said beside the answer, and what ends it. The tokens are those of the common chat templates.
_THOUGHTS = re.compile(r"<(think\w*|reason\w*|thought|analysis)\b[^>]{0,80}>.*?(</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_UNOPENED_THOUGHTS = re.compile(r"\A.*</(think\w*|reason\w*|thought|analysis)\s*>", re.IGNORECASE | re.DOTALL)
_OTHER_CHANNELS = re.compile(r"\A.*<\|channel\|>\s*final\s*<\|message\|>", re.DOTALL)
_TEMPLATE_MARK = r"(?:<[|｜][^<>|｜]{1,40}[|｜]>|</?s>|<(?:bos|eos|pad|start_of_turn|end_of_turn)>|\[/?INST\])"
_OPENING_MARKS = re.compile(rf"^(?:\s*{_TEMPLATE_MARK}\s*(?:(?:assistant|model)\b)?)+")

_LABEL = (
    r"(?:(?:here is|here’s|here's|the|a|suggested|proposed|possible|short|chat|conversation|vorgeschlagener"
    r"|对话|對話|会话|會話|聊天|建议|建議|的) ?)*"
    r"(?:title|titel|titre|título|titulo|titolo|tytuł|titlu|název|otsikko|rubrik|overskrift|onderwerp|judul|başlık|tiêu đề|topic|subject"
    r"|название|заголовок|тема|назва|заглавие|τίτλος|العنوان|عنوان|כותרת|शीर्षक|শিরোনাম|หัวข้อ|ชื่อเรื่อง"
    r"|标题|標題|题目|題目|主题|主題|タイトル|題名|件名|제목)"
)
_LABEL_BEFORE = re.compile(rf"^[*_\"'“]*(?:{_LABEL}\s*(?:is|ist|是|为)?[*_\"'”]*\s*:|[\[【〔(]{_LABEL}[\]】〕)]:?)[*_]*", re.IGNORECASE)
_TITLE_KEY = re.compile(rf"{_LABEL}|name", re.IGNORECASE)
_LIST_MARK = re.compile(r"^(?:#{1,6}|[-*+>]|\d[.)])\s+")
_ENCLOSING_TAG = re.compile(r"^<(\w+)>(.*?)(?:</\1>)?$")
_FULL_STOP = re.compile(r"(?<!\.)\.$|[。．｡]$")
_ENCLOSING_MARKS = re.compile(r"^([*`]{1,3})([^*`]+)\1$")
_QUOTES = ("“”", "„“", "«»", "»«", "‹›", "「」", "『』", "《》", "〈〉", "＂＂", '""', "''", "``", "‘’", "[]")
_LONE_MARKS = '"“”„«»「」『』＂`'
_LATIN_LETTER = re.compile("[A-Za-z]")
_OURS = re.compile(r"the person wrote|the answer (was|is)|the title", re.IGNORECASE)


def cleaned(said: str) -> str:
    """The title in what the model said; empty where there is none: a small model often adds to it, answers, or repeats us."""
    text = _answer(said.replace("\x00", ""))
    text = text if (named := _in_json(text)) is None else named
    lines = [line for line in (line.strip() for line in text.splitlines()) if re.search(r"\w", line)]
    if len(lines) == 2 and _plain(lines[0]).rstrip("*_").endswith(":"):  # "Here is a title:"
        del lines[0]
    line = _bare(lines[0]) if len(lines) == 1 else ""
    is_title = len(line) <= MAX_TITLE_CHARACTERS and len(line.split()) <= MAX_TITLE_WORDS and not _OURS.search(line)
    return line if is_title and re.search(r"\w", line) else ""


def shares_a_script(title: str, *texts: str) -> bool:
    """Whether the title has a letter of the script that one of the texts is mostly written in, as it has in the same language."""
    scripts = {most[0][0] for text in texts if (most := _scripts(text).most_common(1))}
    return not scripts or not scripts.isdisjoint(_scripts(title))


def _answer(said: str) -> str:
    """Without thoughts, of which some models write the end only, and without what follows the token that ends the answer."""
    text = _UNOPENED_THOUGHTS.sub("", _THOUGHTS.sub("", _OTHER_CHANNELS.sub("", said)))
    text = re.split(_TEMPLATE_MARK, _OPENING_MARKS.sub("", text), maxsplit=1)[0]
    fenced = re.fullmatch(r"\s*```\w*\s*\n(.*?)\n?\s*(?:```)?\s*", text, re.DOTALL)
    return fenced[1] if fenced else text


def _in_json(text: str) -> str | None:
    """The title in JSON, or in the same with Python's quotes, which may have words around it."""
    for candidate in (text.strip(), *re.findall(r"\{.*\}", text, re.DOTALL)):
        for read in (json.loads, ast.literal_eval):
            try:
                return _named(read(candidate))
            except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
                continue
    return None


def _named(value: object) -> str:
    if isinstance(value, dict):
        fitting = [entry for key, entry in value.items() if _TITLE_KEY.fullmatch(str(key).split("_")[-1])]
        value = (fitting or [*value.values()] or [""])[0]
    elif isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, str) else ""


def _bare(line: str) -> str:
    """Without labels, marks and quotation marks around it. What is in it stays."""
    before = None
    while line != before:
        before = line
        line = _LIST_MARK.sub("", _FULL_STOP.sub("", line.strip()))
        if label := _LABEL_BEFORE.match(_plain(line)):
            line = line[label.end() :].strip()
        if around := _ENCLOSING_TAG.match(line) or _ENCLOSING_MARKS.match(line):
            line = around[2]
        line = _unquoted(line.strip("*"))
    return " ".join(line.split())


def _unquoted(line: str) -> str:
    for opening, closing in map(tuple, _QUOTES):
        quotes = line.count(opening) + (line.count(closing) if closing != opening else 0)
        if quotes == 2 and len(line) > 2 and line[0] == opening and line[-1] == closing:
            return line[1:-1]
    for mark in _LONE_MARKS:
        if line.count(mark) == 1:  # its counterpart was cut off
            line = line.removeprefix(mark) if line[0] == mark else line.removesuffix(mark)
    return line


def _plain(line: str) -> str:
    """Full-width letters and signs as the usual ones, each in its place."""
    return "".join(plain if len(plain := unicodedata.normalize("NFKC", letter)) == 1 else letter for letter in line)


def _scripts(text: str) -> Counter[str]:
    """How many letters of each script; the two of Japanese count as Chinese. Of text in ASCII only whether it has any."""
    if text.isascii():
        return Counter({"LATIN": 1} if _LATIN_LETTER.search(text) else {})
    found: Counter[str] = Counter()
    for letter, number in Counter(text).items():
        if letter.isalpha() and (name := unicodedata.name(letter, "").split(" ", 1)[0]):
            found["CJK" if name in ("HIRAGANA", "KATAKANA") else name] += number
    return found
