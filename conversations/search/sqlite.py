"""The index on SQLite: a table of FTS5 over the entries' words, which triggers keep true.

It holds which entry has which word, and no more: phrases are looked for in the entries. The owner counts as one of the words, so that
another user's entries are never walked through.
"""

from __future__ import annotations

import sqlite3

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from conversations.models import User

from .entries import TITLE_MARK
from .query import Query

INDEX, ENTRIES, REMOVALS = "conversations_searchindex", "conversations_searchentry", "conversations_searchremoval"
MAX_CHECKED = 10_000
"""So many of the newest entries that have all words of a phrase are read to see whether they have the phrase."""
CHECKED_AT_ONCE = 1_000
ERASES_AT_ONCE = sqlite3.sqlite_version_info >= (3, 42)
"""Where an index is made so. Older ones note only that a word was removed, and leave it in the file until all of it is merged."""
PREFIXES = "2 3"
"""Characters of the beginnings that the index has beside whole words. What begins so is looked up at once; else all words that do are
joined, which takes longest where they are most."""
MERGED_PAGES = 200
"""By one statement: it holds the database's only lock for writing."""
OWNER_MARK = "\ue001"
"""The begin of the word that an owner is. Texts can't have it: none makes an entry another user's, and no query asks for parts of an id."""
NEW, OLD = (f"{row}.id, {row}.words, '{OWNER_MARK}' || {row}.owner_id" for row in ("new", "old"))
ADD = f"INSERT INTO {INDEX}(rowid, words, owner_id) VALUES ({NEW});"  # noqa: S608 (names of our own)
REMOVE = f"INSERT INTO {INDEX}({INDEX}, rowid, words, owner_id) VALUES ('delete', {OLD}); INSERT INTO {REMOVALS}(id) VALUES (NULL);"  # noqa: S608
CREATE = (
    f"""CREATE VIRTUAL TABLE {INDEX} USING fts5(
        words, owner_id, content='{ENTRIES}', content_rowid='id', tokenize='ascii', detail='none', columnsize=0, prefix='{PREFIXES}'
    )""",
    f"CREATE TABLE {REMOVALS} (id INTEGER PRIMARY KEY)",
    f"CREATE TRIGGER {ENTRIES}_added AFTER INSERT ON {ENTRIES} BEGIN {ADD} END",
    f"CREATE TRIGGER {ENTRIES}_removed AFTER DELETE ON {ENTRIES} BEGIN {REMOVE} END",
    f"CREATE TRIGGER {ENTRIES}_changed AFTER UPDATE ON {ENTRIES} BEGIN {REMOVE} {ADD} END",
)


def create() -> None:
    """Searching goes on meanwhile; writing waits."""
    with transaction.atomic(), connection.cursor() as cursor:
        for trigger in ("added", "removed", "changed"):
            cursor.execute(f"DROP TRIGGER IF EXISTS {ENTRIES}_{trigger}")
        for table in (INDEX, REMOVALS):
            cursor.execute(f"DROP TABLE IF EXISTS {table}")
        for statement in CREATE:
            cursor.execute(statement)
        if ERASES_AT_ONCE:
            cursor.execute(f"INSERT INTO {INDEX}({INDEX}, rank) VALUES ('secure-delete', 1)")  # noqa: S608
        cursor.execute(f"INSERT INTO {INDEX}(rowid, words, owner_id) SELECT {NEW} FROM {ENTRIES} AS new")  # noqa: S608


rebuild = create


def erase_removed() -> None:
    """Take what was removed since the last time out of the index's file, by many short statements. Not in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT max(id) FROM {REMOVALS}")  # noqa: S608
        last = cursor.fetchone()[0]
        if last is None:
            return
        cursor.execute(f"SELECT 1 FROM {INDEX}_config WHERE k = 'secure-delete' AND v = 1")  # noqa: S608
        if cursor.fetchone() is None:  # an older version than this one may have made it
            pages = -MERGED_PAGES  # once, to have all of it merged, not only what is due
            changes = -1
            while connection.connection.total_changes - changes > 1:
                changes = connection.connection.total_changes
                cursor.execute(f"INSERT INTO {INDEX}({INDEX}, rank) VALUES ('merge', %s)", [pages])  # noqa: S608
                pages = MERGED_PAGES
        cursor.execute(f"DELETE FROM {REMOVALS} WHERE id <= %s", [last])  # noqa: S608


def matching(user: User, query: Query, max_entries: int, *, titles_only: bool) -> list[int]:
    most = MAX_CHECKED if query.sequences else max_entries
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH %s ORDER BY rowid DESC LIMIT %s",  # noqa: S608
            [_match(user, query, titles_only), most],
        )
        ids = [row[0] for row in cursor.fetchall()]
        return _having_sequences(cursor, user, query, ids, max_entries) if query.sequences else ids


def _having_sequences(cursor: CursorWrapper, user: User, query: Query, ids: list[int], max_entries: int) -> list[int]:
    """Those of the entries, newest first, in whose words they stand. Reads no further than it has to."""
    found: list[int] = []
    for begin in range(0, len(ids), CHECKED_AT_ONCE):
        some = ", ".join(map(str, ids[begin : begin + CHECKED_AT_ONCE]))
        cursor.execute(
            f"""SELECT id FROM {ENTRIES} WHERE owner_id = %s AND id IN ({some}) {"AND instr(words, %s) " * len(query.sequences)}
                ORDER BY id DESC LIMIT %s""",  # noqa: S608
            [user.pk.hex, *query.sequences, max_entries - len(found)],
        )
        found += [row[0] for row in cursor.fetchall()]
        if len(found) == max_entries:
            break
    return found


def _match(user: User, query: Query, titles_only: bool) -> str:
    """Quoted, a word is no operator; the words themselves hold letters and numbers only."""
    words = [f"{OWNER_MARK}{user.pk.hex}", *([TITLE_MARK] if titles_only else ()), *query.words]
    return " AND ".join([*(f'"{word}"' for word in words), *(f'"{word}"*' for word in query.prefixes)])
