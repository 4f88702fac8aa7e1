"""Finds out whether a text begins by repeating the end of another, as models do when they continue a text."""

import re
import unicodedata

MAX_QUOTATION_CHARACTERS = 80
MIN_LINE_CHARACTERS = 20
"""A line of at least so many is found again by itself."""
MAX_REPETITION_CHARACTERS = 1_000
"""As many are held back at most, and only as long as they repeat what was said."""
MIN_REPETITION_CHARACTERS = 4
"""Less than this at the end of what was quoted may be chance."""

_FENCE = r"(?:`{3,}|~{3,})[^\n`]{0,40}"
_QUOTES = "\"'`“”„‟«»‹›‘’‚「」『』"
# What may stand before the repetition: a fence that is opened again, quotation marks, dots.
_ORNAMENT = re.compile(rf"\s*(?:{_FENCE}\n)?[{_QUOTES}….\s]*")
_UNFINISHED_ORNAMENT = re.compile(rf"\s*(?:[`~]{{1,2}}|{_FENCE})")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def quotation(said: str) -> str:
    """The last words of what was said, enough of them to find the place again; "" where nothing was said."""
    text = said.rstrip()
    last = text[-MAX_QUOTATION_CHARACTERS:]
    line = last.rfind("\n", 0, max(0, len(last) - MIN_LINE_CHARACTERS))
    if line >= 0:
        last = last[line + 1 :]
    elif len(text) > MAX_QUOTATION_CHARACTERS and (space := re.search(r"\s", last[:-MIN_LINE_CHARACTERS])):
        last = last[space.end() :]
    return last.lstrip()


def is_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def is_unspaced(character: str) -> bool:
    """Whether it belongs to a script that puts no spaces between words."""
    return _UNSPACED.match(character) is not None


class Repetition:
    """Reads a text character by character until it is clear whether it begins with a repetition of the end of `said`.

    White space counts as the same whatever it is made of. What was quoted ends the search at once, as does anything longer;
    of shorter repetitions the longest is found.
    """

    def __init__(self, said: str) -> None:
        text = said.rstrip()
        near = text[-MAX_REPETITION_CHARACTERS:]
        self._end = _with_single_spaces(near)
        self._quoted = len(self._end) - len(_with_single_spaces(quotation(said)))
        before = text[-MAX_REPETITION_CHARACTERS - 1 : -MAX_REPETITION_CHARACTERS]
        self._starts = [
            place
            for place, character in enumerate(self._end)
            if place == self._quoted or _begins_a_word(self._end[place - 1] if place else before, character)
        ]
        self._candidates: list[tuple[int, int, int]] = []  # where it began in what was read and in `_end`, and how much is repeated
        self._best = len(self._end)  # where in `_end` the longest complete repetition begins
        self._ornament = True
        self.read = ""
        self.first = 0
        """Where in what was read the repetition begins: ornaments come before it."""
        self.after = 0
        """Where in what was read the repetition ends; 0 where there is none."""
        self.over = False
        """Whether it is clear."""

    def add(self, character: str) -> None:
        """Read one more character."""
        space, after_space = character.isspace(), self.read[-1:].isspace()
        starts_here = self._ornament and not space and _ORNAMENT.fullmatch(self.read) is not None
        self.read += character
        if not (space and after_space):
            self._extend(" " if space else character)
        if starts_here:
            began = len(self.read) - 1
            self._candidates += [(began, place, 1) for place in self._starts if self._end[place] == character]
        self._complete()
        self._ornament = self._ornament and bool(_ORNAMENT.fullmatch(self.read) or _UNFINISHED_ORNAMENT.fullmatch(self.read))
        self.over |= not (self._candidates or self._ornament) or len(self.read) >= MAX_REPETITION_CHARACTERS

    def _extend(self, character: str) -> None:
        end = self._end
        self._candidates = [(began, place, size + 1) for began, place, size in self._candidates if end[place + size] == character]

    def _complete(self) -> None:
        complete = [(place, began) for began, place, size in self._candidates if place + size == len(self._end)]
        if not complete:
            return
        self._candidates = [candidate for candidate in self._candidates if candidate[1] + candidate[2] < len(self._end)]
        place, began = min(complete)
        if place <= self._quoted:
            self.over = True
        elif len(self._end) - place < MIN_REPETITION_CHARACTERS or place >= self._best:
            return
        self._best, self.first, self.after = place, began, len(self.read)


def _begins_a_word(before: str, character: str) -> bool:
    return not before or is_unspaced(character) or not (character == " " or (is_word(before) and is_word(character)))


def _with_single_spaces(text: str) -> str:
    return re.sub(r"\s+", " ", text)
