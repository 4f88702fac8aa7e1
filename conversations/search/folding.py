"""Text as it is searched: words without case and accents, and pairs of signs where a script has no spaces between its words."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

MAX_WORD_CHARACTERS = 64
"""Longer ones (encoded data, addresses) are found by their beginning."""
_UNSPACED = (
    (0x0E01, 0x0EFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0x1780, 0x17FF), (0x2600, 0x27BF), (0x2E80, 0x2FDF), (0x3005, 0x3007),
    (0x3041, 0x318F), (0x31A0, 0x31BF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA960, 0xA97F), (0xAC00, 0xD7FF),
    (0xF900, 0xFAFF), (0x1AFF0, 0x1B2FF), (0x1F000, 0x1FAFF), (0x20000, 0x3FFFF),
)  # fmt: skip
"""Thai, Lao, Burmese, Khmer, Chinese, Japanese, Korean (whose words end in particles), and pictographs."""
_LEFT_OUT = (
    (0x0300, 0x036F), (0x0591, 0x05C7), (0x0610, 0x061A), (0x0640, 0x0640), (0x064B, 0x065F), (0x0670, 0x0670), (0x06D6, 0x06ED),
    (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE00, 0xFE0F), (0xFE20, 0xFE2F),
)  # fmt: skip
"""Accents, and the points of Hebrew and Arabic. Other marks are vowels, without which a word is another one."""
_WITHOUT_ACCENT = {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe"}
"""Letters that Unicode doesn't take apart."""
_ASCII_WORD = re.compile("[a-z0-9]+")
_RUN = re.compile("[{}]+".format("".join(f"{chr(first)}-{chr(last)}" for first, last in _UNSPACED)))


class Place(NamedTuple):
    word: str
    begin: int
    end: int


class _Folded(dict[int, str]):
    """What a code point becomes, worked out when it is first met."""

    def __missing__(self, code_point: int) -> str:
        self[code_point] = folded = _folded(chr(code_point))
        return folded


_FOLDED = _Folded()


def fold(text: str) -> list[str]:
    """The words of a text, in their order. A run of n signs without spaces becomes its n - 1 pairs, and its last sign."""
    folded = unicodedata.normalize("NFC", text).translate(_FOLDED)
    if not folded.isascii():
        folded = _RUN.sub(_pairs, folded)
    words = folded.split()
    return [word[:MAX_WORD_CHARACTERS] for word in words] if max(map(len, words), default=0) > MAX_WORD_CHARACTERS else words


def places(text: str) -> list[Place]:
    """The same words of a text in NFC, each with where it begins and ends."""
    if text.isascii():
        return [Place(match[0][:MAX_WORD_CHARACTERS], *match.span()) for match in _ASCII_WORD.finditer(text.lower())]
    letters = [(letter, at) for at, character in enumerate(text) for letter in _FOLDED[ord(character)]]
    folded = "".join(letter for letter, _ in letters)
    found: list[Place] = []
    for match in re.finditer(r"\S+", folded):
        at = match.start()
        while at < match.end():
            run = _RUN.match(folded, at)
            if run is None:
                following = _RUN.search(folded, at, match.end())
                end = following.start() if following else match.end()
                found.append(Place(folded[at:end][:MAX_WORD_CHARACTERS], letters[at][1], letters[end - 1][1] + 1))
                at = end
                continue
            for sign in range(at, run.end()):
                last = min(sign + 1, run.end() - 1)
                found.append(Place(folded[sign : last + 1], letters[sign][1], letters[last][1] + 1))
            at = run.end()
    return found


def is_unspaced(word: str) -> bool:
    """Whether it is a sign, or a pair of signs, of a script without spaces."""
    return _RUN.match(word) is not None


def _pairs(run: re.Match[str]) -> str:
    signs = run[0]
    return f" {' '.join(signs[at : at + 2] for at in range(len(signs)))} "


def _folded(character: str) -> str:
    if unicodedata.category(character) == "Cf":  # soft hyphens and joiners
        return ""
    decomposed = unicodedata.normalize("NFKD", character.casefold()).casefold()
    bare = "".join(letter for letter in decomposed if not _is_in(ord(letter), _LEFT_OUT))
    return "".join(_letter(_WITHOUT_ACCENT.get(letter, letter)) for letter in unicodedata.normalize("NFC", bare))


def _letter(letter: str) -> str:
    """What is no letter, mark or number separates words, but for pictographs."""
    category = unicodedata.category(letter[0])
    return letter if category[0] in "LMN" or (category == "So" and _is_in(ord(letter), _UNSPACED)) else " "


def _is_in(code_point: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code_point <= last for first, last in ranges)
