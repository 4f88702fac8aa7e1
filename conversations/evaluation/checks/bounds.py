"""What a check may hold, and how long an answer may be."""

from __future__ import annotations

import re
from typing import NamedTuple, Self

MAX_CHECKS = 20
MAX_VALUE_CHARACTERS = 10_000
_NUMBER = r"\d{1,7}"
_LENGTH = re.compile(
    rf"(?:(?P<low>{_NUMBER}) ?(?:to|-|–) ?(?P<high>{_NUMBER})|(?:at most|≤|<=) ?(?P<max>{_NUMBER})"
    rf"|(?:at least|≥|>=) ?(?P<min>{_NUMBER})|(?P<exact>{_NUMBER})) (?P<unit>words|word|characters|character)"
)


class InvalidCheck(ValueError):
    """It can't be made; the sentence says why."""


class Length(NamedTuple):
    least: int
    most: int | None
    unit: str
    """“words” or “characters”."""

    @classmethod
    def read(cls, value: str) -> Self:
        """Raises InvalidCheck."""
        found = _LENGTH.fullmatch(" ".join(value.lower().split()))
        if found is None:
            raise InvalidCheck("Write a length such as “at most 80 words”, “at least 3 words” or “10 to 200 characters”.")
        unit = "words" if found["unit"].startswith("word") else "characters"
        if found["low"] is not None:
            least, most = int(found["low"]), int(found["high"])
            if least > most:
                raise InvalidCheck("The smaller number comes first.")
            return cls(least, most, unit)
        if found["max"] is not None:
            return cls(0, int(found["max"]), unit)
        if found["min"] is not None:
            return cls(int(found["min"]), None, unit)
        return cls(int(found["exact"]), int(found["exact"]), unit)

    def of(self, text: str) -> int:
        return len(text.split()) if self.unit == "words" else len(text)
