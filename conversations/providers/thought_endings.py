"""Whether a closing tag amid a text ends thoughts that the chat template opened, or is only talked about."""

from __future__ import annotations

import re
from typing import Final

CLOSING: Final = "</think>"
"""Where the chat template has opened the thoughts, the model only closes them."""
_FENCE = re.compile(r"^[ \t>]*(?:```|~~~)", re.M)
_INDENTED_CODE = re.compile(r" {4}| {0,3}\t")
_LIST_MARKER = re.compile(r"\s*(?:\d+|[A-Za-z])\.\s*")
_SENTENCE_ENDS = tuple(".!?…。！？｡")


def ends_thoughts(said: str, after: str) -> bool:
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
    elif not _is_behind_a_sentence(line, after) or CLOSING in said:
        return False
    return "<think" not in said and len(_FENCE.findall(said)) % 2 == 0


def is_on_a_line_of_its_own(said: str) -> bool:
    """Whether a tag that comes after this is the first in its line."""
    return _is_blank(_last_line(said))


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
