"""An answer in passages, each of which is read aloud by one request: some sentences, of which the first come alone, to be heard soon.

How it is cut depends on nothing that follows, so that an answer that is still being written is cut as it will be when it is whole.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from .spoken_text import Block, blocks

LEAST_CHARACTERS = (1, 60, 120, 240)
"""Of the first passages; the last number is that of all others. With so many, a passage ends at the end of a sentence."""
LONGEST_SENTENCE = 500
"""Characters. Longer ones are cut between words."""
ANSWERS_KEPT = 8
"""Each passage is asked for several times, and a long answer, which takes a tenth of a second to cut, has hundreds of them."""
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+\s+|[。！？]+[」』”’）]*\s*|:\s*\n")
_WORD = re.compile(r"[^\W_]")


class Passage(NamedTuple):
    """`start` and `end` are places in the answer, in code points."""

    start: int
    end: int
    text: str


@lru_cache(maxsize=ANSWERS_KEPT)
def passages(answer: str, *, is_whole: bool) -> tuple[Passage, ...]:
    """Those that are complete: of an answer that is being written, not the last sentence, which may go on."""
    sentences = [sentence for block in blocks(answer) for sentence in _sentences(block)]
    if not is_whole and sentences:
        sentences.pop()
    found: list[Passage] = []
    said: list[Passage] = []
    for sentence in sentences:
        said.append(sentence)
        if sum(len(one.text) for one in said) >= LEAST_CHARACTERS[min(len(found), len(LEAST_CHARACTERS) - 1)]:
            found.append(_joined(said))
            said = []
    if said and is_whole:
        found.append(_joined(said))
    return tuple(found)


def _joined(sentences: list[Passage]) -> Passage:
    return Passage(sentences[0].start, sentences[-1].end, "\n".join(one.text for one in sentences))


def _sentences(block: Block) -> list[Passage]:
    found = []
    for start, stop in _cuts(block.text):
        text = " ".join(block.text[start:stop].split())
        if _WORD.search(text):
            first = start + len(block.text[start:stop]) - len(block.text[start:stop].lstrip())
            found.append(Passage(block.places[first], block.places[stop] if stop < len(block.text) else block.end, text))
    return found


def _cuts(text: str) -> list[tuple[int, int]]:
    ends = [found.end() for found in _SENTENCE_END.finditer(text)]
    cuts, at = [], 0
    for end in (*ends, len(text)):
        while end - at > LONGEST_SENTENCE:
            space = text.rfind(" ", at + 1, at + LONGEST_SENTENCE)
            between = space + 1 if space > at else at + LONGEST_SENTENCE
            cuts.append((at, between))
            at = between
        if end > at:
            cuts.append((at, end))
            at = end
    return cuts
