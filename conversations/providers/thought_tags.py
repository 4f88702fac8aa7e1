"""Thoughts that a model writes amid its text, between <think> and </think>, or before a </think> alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from .parts import Delta, WasReasoning

_PAIRS: Final = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<seed:think>": "</seed:think>",
    "[THINK]": "[/THINK]",
    "◁think▷": "◁/think▷",
}
_CLOSING: Final = "</think>"
"""Where the chat template has opened the thoughts, the model only closes them."""
_FENCE = re.compile(r"^[ \t>]*(?:```|~~~)", re.M)
_INDENTED_CODE = re.compile(r" {4}| {0,3}\t")
_LIST_MARKER = re.compile(r"\s*(?:\d+|[A-Za-z])\.\s*")
_MANY_MENTIONS: Final = 32  # a text with so many is about the tag; for each of them all that was said is looked at
_MOST_SPACE: Final = 1_000  # characters of white space that are held back until it is clear what they surround
_MOST_UNOPENED: Final = 1_000_000  # characters; what is longer was no thought whose beginning the chat template wrote
_SENTENCE_ENDS = tuple(".!?…。！？｡")

Parts = list[Delta | WasReasoning]
_State = Callable[[str, Parts], str]


class ThoughtTags:
    """Takes an answer's text piece by piece, cut anywhere, and tells what in it is reasoning.

    Only the answer's beginning opens thoughts. A closing tag alone makes reasoning of what was said before it, unless the text talks about
    it. White space around thoughts is left out. `before` is the beginning of the answer, if this is its continuation.
    """

    __slots__ = ("_closing", "_held", "_later", "_mentions", "_said", "_state")

    def __init__(self, before: str = "") -> None:
        self._said: list[str] = [before]
        self._held = ""
        self._mentions = 0
        self._closing = ""
        self._later: _State = self._watch
        self._state: _State = self._watch if before else self._begin

    def thoughts_came(self) -> None:
        """They have a field of their own."""
        self._later = self._pass
        if self._state == self._watch:
            self._state = self._pass

    @property
    def are_over(self) -> bool:
        """Whether all that follows is text."""
        return self._state == self._pass and not self._held

    def finds_none(self, text: str) -> bool:
        """Whether all of the next piece can be told to be text: for most, at the least cost. It is then taken."""
        if self._held or "<" in text or self._state != self._watch:
            return False
        self._said.append(text)
        return True

    def feed(self, text: str) -> Parts:
        """What can be told of all that came."""
        parts: Parts = []
        if self._held:
            text, self._held = self._held + text, ""
        while text:
            text = self._state(text, parts)
        return parts

    def rest(self) -> list[Delta]:
        """What is held back, when nothing more comes."""
        held, self._held = self._held, ""
        if self._closing:
            return [Delta("reasoning", held)] if held.strip() else []
        return [Delta("text", held)] if held else []

    # The states: each takes a text, and returns what of it is for the next one.

    def _begin(self, text: str, parts: Parts) -> str:
        begun = text.lstrip()
        for opening, closing in _PAIRS.items():
            if begun.startswith(opening):
                self._closing, self._state = closing, self._open
                return begun[len(opening) :]
        if begun.startswith(_CLOSING):
            self._state = self._close
            return begun[len(_CLOSING) :]
        may_be_one = any(tag.startswith(begun) for tag in (*_PAIRS, _CLOSING))
        if may_be_one and (begun or len(text) <= _MOST_SPACE):
            self._held = text
            return ""
        self._state = self._later
        return text

    def _open(self, text: str, parts: Parts) -> str:
        text = text.lstrip()
        if text:
            self._state = self._think
        return text

    def _think(self, text: str, parts: Parts) -> str:
        thought, tag, rest = text.partition(self._closing)
        if tag:
            self._closing, self._state = "", self._close
        else:
            thought = thought[: len(thought) - _length_of_beginning(thought, self._closing)]
        bare = thought.rstrip()
        if tag or len(thought) - len(bare) <= _MOST_SPACE:
            thought = bare
        if thought:
            parts.append(Delta("reasoning", thought))
        if not tag:
            self._held = text[len(thought) :]
        return rest

    def _close(self, text: str, parts: Parts) -> str:
        text = text.lstrip()
        if text:
            self._state = self._pass
        return text

    def _watch(self, text: str, parts: Parts) -> str:
        place = text.find(_CLOSING)
        if place < 0:
            end = len(text) - _length_of_beginning(text, _CLOSING)
            self._say(text[:end], parts)
            self._held = text[end:]
            return ""
        after = text[place + len(_CLOSING) :]
        self._say(text[:place], parts)
        said = "".join(self._said)
        self._said = [said]
        if len(said) > _MOST_UNOPENED:
            self._said, self._state = [], self._pass
            parts.append(Delta("text", _CLOSING))
            return after
        if not after and not _is_blank(_last_line(said)):
            self._held = _CLOSING  # what follows decides
        elif _ends_thoughts(said, after):
            parts.append(WasReasoning(len(said)))
            self._state = self._close
            return after
        else:
            self._say(_CLOSING, parts)
            self._mentions += 1
            if self._mentions == _MANY_MENTIONS:
                self._said, self._state = [], self._pass
            return after
        return ""

    def _pass(self, text: str, parts: Parts) -> str:
        parts.append(Delta("text", text))
        return ""

    def _say(self, text: str, parts: Parts) -> None:
        if text:
            self._said.append(text)
            parts.append(Delta("text", text))


def _length_of_beginning(text: str, tag: str) -> int:
    """How many characters at the end of the text may be the beginning of the tag."""
    longest = min(len(tag) - 1, len(text))
    if tag[0] not in text[len(text) - longest :]:
        return 0
    return next((size for size in range(longest, 0, -1) if text.endswith(tag[:size])), 0)


def _ends_thoughts(said: str, after: str) -> bool:
    """Whether a closing tag that stands between the two ends thoughts, and isn't talked about.

    It does on a line of its own, and behind the last sentence of a line. In doubt it doesn't: a tag too many in a text is the lesser
    harm than an answer that is folded away.
    """
    line = _last_line(said)
    if line.count("`") % 2 or _INDENTED_CODE.match(line):
        return False
    if _is_blank(line):
        introduction = said.rstrip()
        if not introduction or introduction.endswith((":", "：")):
            return False
    elif not _is_behind_a_sentence(line, after) or _CLOSING in said:
        return False
    return "<think" not in said and len(_FENCE.findall(said)) % 2 == 0


def _is_behind_a_sentence(line: str, after: str) -> bool:
    """Whether the line ends as thoughts do, and what follows begins as an answer does. The last word may lack its full stop."""
    if not (after.startswith(("\n", "\r")) or after[:1].isalnum()) or _LIST_MARKER.fullmatch(line):
        return False
    if line[-1].isspace():
        return line.rstrip().endswith(_SENTENCE_ENDS) and not after[0].isalnum()
    return line[-1].isalnum() or line.endswith(_SENTENCE_ENDS)


def _last_line(text: str) -> str:
    return text[text.rfind("\n") + 1 :]


def _is_blank(line: str) -> bool:
    return not line or line.isspace()
