"""The index on PostgreSQL: the entries' words as a tsvector, which the database computes itself, with a GIN index.

It is made of our words as they are, without a text search configuration: these read addresses, numbers and hyphens in ways of their own.
"""

from __future__ import annotations

from django.db import connection
from django.db.models import BooleanField, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import StrIndex

from conversations.models import SearchEntry, User

from .entries import TITLE_MARK
from .query import Query

ENTRIES, INDEX = "conversations_searchentry", "conversations_searchentry_terms"
MAX_CHECKED = 10_000
"""So many of the newest entries that have all words of a phrase are read to see whether they have the phrase."""
TERMS = "array_to_tsvector(string_to_array(btrim(words, ' '), ' '))"


def create() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {ENTRIES} ADD COLUMN IF NOT EXISTS terms tsvector GENERATED ALWAYS AS ({TERMS}) STORED")
        cursor.execute(f"CREATE INDEX IF NOT EXISTS {INDEX} ON {ENTRIES} USING gin (terms)")


def rebuild() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"REINDEX INDEX CONCURRENTLY {INDEX}")


def erase_removed() -> None:
    """PostgreSQL's own vacuuming does so."""


def matching(user: User, query: Query, max_entries: int, *, titles_only: bool) -> list[int]:
    # Without the table's name: within another query, where it has another one, it would mean the row of the outer one.
    having_all = RawSQL("terms @@ %s::tsquery", [_tsquery(query, titles_only)], output_field=BooleanField())
    found: QuerySet[SearchEntry] = SearchEntry.objects.of(user).filter(having_all).order_by("-id")
    if query.sequences:
        found = SearchEntry.objects.of(user).filter(pk__in=found.values("pk")[:MAX_CHECKED]).order_by("-id")
        for sequence in query.sequences:
            found = found.alias(at=StrIndex("words", Value(sequence))).filter(at__gt=0)
    return list(found.values_list("pk", flat=True)[:max_entries])


def _tsquery(query: Query, titles_only: bool) -> str:
    """Quoted, a word is no operator; the words themselves hold letters and numbers only."""
    words = [*([TITLE_MARK] if titles_only else ()), *query.words]
    return " & ".join([*(f"'{word}'" for word in words), *(f"'{word}':*" for word in query.prefixes)])
