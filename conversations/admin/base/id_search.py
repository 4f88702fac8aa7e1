"""What users can send of a row, by which it is looked for: an id, the end of one as lists and failed answers show it, or an address."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable

from django.db import models
from django.db.models.functions import Cast

MOST_FOUND = 50
_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}(?![0-9a-f])", re.I)
_ENDING = re.compile(r"[0-9a-f]{4}-?[0-9a-f]{4,8}", re.I)  # of its last group, which has twelve digits
_AROUND = "()[]{}<>.,:;#…“”„’'\""
_UNSAID = ("reference", "ref", "id")


def words(term: str) -> list[str]:
    """Those of a search that mean something, without what stands around them in a letter."""
    stripped = (word.strip(_AROUND) for word in term.split())
    return [word for word in stripped if word and word.lower() not in _UNSAID]


def ids(word: str, searched: Iterable[type[models.Model]]) -> list[uuid.UUID]:
    """Those that it holds, else those of rows in `searched` that end so. Empty where it is no id."""
    if found := _ID.findall(word):
        return [uuid.UUID(each) for each in found]
    if not _ENDING.fullmatch(word):
        return []
    ending = word.replace("-", "").lower()
    return [pk for model in searched for pk in _ending_in(model, ending)]


def _ending_in(model: type[models.Model], ending: str) -> Iterable[uuid.UUID]:
    """Reads the index of primary keys, which is short beside the table."""
    rows = model._default_manager.order_by().annotate(id_as_text=Cast("pk", models.CharField()))
    return rows.filter(id_as_text__endswith=ending).values_list("pk", flat=True)[:MOST_FOUND]
