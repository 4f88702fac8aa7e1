"""Thoughts that a model writes amid its text, between <think> and </think>, or before a </think> alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .parts import Delta, WasReasoning
from .thought_endings import CLOSING, ends_thoughts, is_on_a_line_of_its_own

_PAIRS: Final = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<seed:think>": "</seed:think>",
    "[THINK]": "[/THINK]",
    "◁think▷": "◁/think▷",
}
_MANY_MENTIONS: Final = 32  # a text with so many is about the tag; for each of them all that was said is looked at
_MOST_SPACE: Final = 1_000  # characters of white space that are held back until it is clear what they surround
_MOST_UNOPENED: Final = 1_000_000  # characters; what is longer was no thought whose beginning the chat template wrote

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
        if begun.startswith(CLOSING):
            self._state = self._close
            return begun[len(CLOSING) :]
        may_be_one = any(tag.startswith(begun) for tag in (*_PAIRS, CLOSING))
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
        place = text.find(CLOSING)
        if place < 0:
            end = len(text) - _length_of_beginning(text, CLOSING)
            self._say(text[:end], parts)
            self._held = text[end:]
            return ""
        after = text[place + len(CLOSING) :]
        self._say(text[:place], parts)
        said = "".join(self._said)
        self._said = [said]
        if len(said) > _MOST_UNOPENED:
            self._said, self._state = [], self._pass
            parts.append(Delta("text", CLOSING))
            return after
        if not after and not is_on_a_line_of_its_own(said):
            self._held = CLOSING  # what follows decides
        elif ends_thoughts(said, after):
            parts.append(WasReasoning(len(said)))
            self._state = self._close
            return after
        else:
            self._say(CLOSING, parts)
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
