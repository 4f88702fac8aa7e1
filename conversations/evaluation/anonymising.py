"""Takes from a conversation what says whose it is: names, mail addresses and numbers. Pure; an administrator looks at what it did.

It knows the names of the conversation's owner, and those that stand behind words such as “my name is”. Others it can't know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

SHORTEST_NAME = 3
MAX_NAMES = 200
"""All are looked for at each word of a text, so a text that is full of them would take minutes."""
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_NUMBER = re.compile(r"(?<![\w.])\(?\+?\d(?:[ ()/.-]{0,2}\d){5,20}(?!\w)|(?<!\w)\d{5}(?!\w)")
_BEFORE_NAMES = (
    "my name is|i am called|this is|mein name ist|ich heiße|je m['’]appelle|me llamo|mi chiamo|dear|hi|hello|hallo|liebe[r]?|regards|grüße"
    "|gruß|cheers|mr|mrs|ms|dr|herr|frau"
)
_NAME = r"[A-ZÀ-ÖØ-Þ][\w’'-]{1,30}"
_CALLED = re.compile(rf"\b(?i:{_BEFORE_NAMES})\b[.,:!]?\s{{1,3}}({_NAME}(?: {_NAME})?)")
_NO_NAMES = frozenset(
    {
        *("I", "You", "We", "They", "The", "A", "An", "It", "This", "That", "There", "What", "How", "Why", "When"),
        *("Team", "Sir", "Madam", "Support", "All", "Everyone"),
    }
)


class Anonymiser:
    """Of one conversation: what is found twice gets the same word in its place."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {part for name in names for part in (name, *name.split()) if len(part) >= SHORTEST_NAME}
        self.replaced: dict[str, str] = {}
        """What stands for what was found."""
        self._counts: dict[str, int] = {}
        self._words: dict[str, str] = {}

    def without(self, text: str) -> str:
        text = _MAIL.sub(lambda found: self._word("email", found[0]), text)
        text = _ACCOUNT.sub(lambda found: self._word("number", found[0]), text)
        text = _NUMBER.sub(lambda found: self._word("number", found[0]), text)
        for name in _CALLED.findall(text):
            if len(self._names) > MAX_NAMES:
                break
            if name.split()[0] not in _NO_NAMES:
                self._names |= {name, *(part for part in name.split() if len(part) >= SHORTEST_NAME)}
        if self._names:
            longest_first = sorted(map(re.escape, self._names), key=len, reverse=True)
            text = re.sub(
                rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)", lambda found: self._word("name", found[0]), text, flags=re.IGNORECASE
            )
        return text

    def _word(self, kind: str, found: str) -> str:
        known = self._words.get(found.casefold())
        if known is None:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            known = self._words[found.casefold()] = f"[{kind} {self._counts[kind]}]"
        self.replaced[found] = known
        return known
