"""What a user typed into the search field, as what the index is asked for."""

from __future__ import annotations

import re
from typing import NamedTuple

from .folding import fold, is_unspaced

MAX_CHARACTERS = 400
"""What is typed beyond is not searched for."""
MAX_WORDS = 24
MIN_PREFIX_CHARACTERS = 2
"""The index isn't asked for what begins with a single letter, which would be nearly everything: alone it is a word of its own."""
_CHUNK = re.compile(r'["“”„«»](?P<phrase>[^"“”„«»]*)(?P<closed>["“”„«»]?)|(?P<word>[^\s"“”„«»]+)')


class Query(NamedTuple):
    """All of it must be in the same message, or in the same title."""

    words: tuple[str, ...]
    prefixes: tuple[str, ...]
    sequences: tuple[str, ...]
    """What must stand in the folded text as it is: phrases, and words that belong together such as `foo_bar`."""
    typed: str
    """All words in their order: a text that has them so is a better one."""

    def matches(self, word: str) -> bool:
        return word in self.words or word.startswith(self.prefixes)


def parse(text: str) -> Query | None:
    """None where there is no word in it. Quoted words are a phrase; the last word may be the beginning of one."""
    chunks = [match for match in _CHUNK.finditer(text[:MAX_CHARACTERS]) if fold(match["phrase"] or match["word"] or "")]
    words: list[str] = []
    prefixes: list[str] = []
    sequences: list[str] = []
    typed: list[str] = []
    for chunk in chunks:
        found = fold(chunk["phrase"] or chunk["word"])[: MAX_WORDS - len(typed)]
        if not found:
            break
        if len(found) > 1 and is_unspaced(found[-2]) and found[-2][1:] == found[-1]:
            found.pop()  # the end of a run, which may go on in the text
        last = found[-1]
        is_open = chunk is chunks[-1] and not chunk["closed"]
        may_go_on = len(last) == 1 if is_unspaced(last) else is_open and len(typed) + len(found) + len(last) > 2
        is_indexed = is_unspaced(last) or len(last) >= MIN_PREFIX_CHARACTERS
        words += found[:-1] if may_go_on else found
        if may_go_on and is_indexed:
            prefixes.append(last)
        if len(found) > 1 or (may_go_on and not is_indexed):
            sequences.append(f" {' '.join(found)}{'' if may_go_on else ' '}")
        typed += found
    if not typed:
        return None
    return Query(tuple(dict.fromkeys(words)), tuple(dict.fromkeys(prefixes)), tuple(sequences), f" {' '.join(typed)}")
