"""Joins the continuation of an answer to the text before it."""

import re
from typing import Any

from conversations.providers.repeated_space import RepeatedSpace

from .code_fences import open_fence
from .repetition import Repetition, is_unspaced, is_word

_REOPENED = re.compile(r"\s*(?:`{3,}|~{3,})[ \t]*[^\s`][^\n`]*\n")
_BLOCK = re.compile(r"#{1,6} |```|~~~")
_ITEM = re.compile(r"(?:[-*+>|]|\d{1,3}[.)]) ")
_UNFINISHED_MARK = re.compile(r"#{1,6}|[-*+>|–—]|\d{1,3}[.)]?")
_CLOSING = {
    '"': '"',
    "'": "'",
    "`": "`",
    "“": "”",
    "„": "“”",
    "‟": "”",
    "«": "»",
    "»": "«",
    "‹": "›",
    "›": "‹",
    "‘": "’",
    "‚": "‘’",
    "「": "」",
    "『": "』",
}


def ends_in_text(parts: list[dict[str, Any]]) -> bool:
    """Whether a provider that continues a text can continue these parts of a message: it can't continue reasoning, nor calls."""
    return bool(parts) and parts[-1]["type"] == "text" and all(part["type"] != "tool_call" for part in parts)


class Seam:
    """Takes what comes after `said` piece by piece, and returns what is to be shown: without what repeats the end of `said`, without
    opening a code fence that is open already, and with the white space that belongs between the two.

    Holds back what may be a repetition, at most `repetition.MAX_REPETITION_CHARACTERS`; where the stream breaks off, nothing new is among
    them.
    """

    def __init__(self, said: str) -> None:
        self._said = said
        text = said.rstrip()
        self._end = text[-200:]
        self._space = said[len(text) :]
        self._last_line = text[text.rfind("\n") + 1 :][:200]
        self._fence = open_fence(said)
        self._repetition = Repetition(said) if text else None
        self._closing = ""  # marks that end the quotation in which the repetition stood
        self._repeated_space = RepeatedSpace(self._space)

    @property
    def over(self) -> bool:
        """Whether all that follows comes out as it goes in, so that a stream can be taken up from here without a seam."""
        return self._repetition is None and not self._closing and self._repeated_space.over

    def feed(self, text: str) -> str:
        """The next piece; what may be shown of all that came."""
        repetition = self._repetition
        if repetition is None:
            return self._after(text)
        for number, character in enumerate(text, 1):
            repetition.add(character)
            if repetition.over and (repetition.after or not _UNFINISHED_MARK.fullmatch(repetition.read)):
                return self._join(repetition) + self._after(text[number:])
        return ""

    def close(self) -> str:
        """What is held back, when nothing more comes."""
        shown = self._join(self._repetition) if self._repetition is not None else ""
        return shown + self._repeated_space.rest()

    def begin_again(self) -> str:
        """What is held back, when it was not the continuation that came so far: that follows now."""
        rest = self.close()
        self.__init__(self._said)  # type: ignore[misc]
        return rest

    def _join(self, repetition: Repetition) -> str:
        self._repetition = None
        read = repetition.read
        if repetition.after:
            self._closing = _CLOSING.get(read[: repetition.first][-1:], "")
            return self._after(read[repetition.after :])
        if self._fence and (opening := _REOPENED.match(read)):
            between = "\n" if not self._space and (is_word(self._end[-1]) or self._end[-1] in ")]}>;:'\"") else ""
            return between + self._after(read[opening.end() :])
        return self._between(read) + self._after(read)

    def _after(self, text: str) -> str:
        if self._closing and text:
            if text[0] in self._closing:
                text = text[1:]
            self._closing = ""
        return self._repeated_space.without(text)

    def _between(self, text: str) -> str:
        """The white space that the two need between them where nothing is repeated."""
        if "\n" in self._space or not text or text[0].isspace():
            return ""
        if self._fence:
            if text.startswith(self._fence):
                return "\n"
        elif _BLOCK.match(text):
            return "\n\n"
        elif _ITEM.match(text) and _ITEM.match(self._last_line.lstrip()):
            return "\n"
        return "" if self._space else self._between_words(text)

    def _between_words(self, text: str) -> str:
        last, first = self._end[-1], text[0]
        if is_unspaced(last) or is_unspaced(first) or (self._end[-2:].strip(".,:").isdecimal() and first.isdecimal()):
            return ""
        if not (is_word(first) or first == "(" or (first in "–—-" and text[1:2] == " ")):
            return ""
        return " " if is_word(last) or (last in ",;:.!?)]”…%" and not self._fence) else ""
