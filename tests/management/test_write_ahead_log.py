"""What was deleted is soon in none of SQLite's files."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chatbot.databases import database
from conversations.management import write_ahead_log

WORDS = b"a deleted diagnosis"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "a #1 of 100%20 folders?"
    folder.mkdir()
    return folder / "db.sqlite3"


def connected(file: Path) -> sqlite3.Connection:
    """As Django connects."""
    found = sqlite3.connect(file, isolation_level=None)
    found.executescript(database("", file.parent)["OPTIONS"]["init_command"])
    return found


def files_with_the_words(file: Path) -> list[str]:
    return sorted(each.name for each in file.parent.iterdir() if WORDS in each.read_bytes())


def test_deleted_words_are_in_no_file(file: Path) -> None:
    with closing(connected(file)) as site:
        site.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, text TEXT)")
        site.executemany("INSERT INTO message (text) VALUES (?)", [(WORDS.decode() * 500,) for _ in range(20)])
        assert write_ahead_log.empty(file)
        assert files_with_the_words(file) == ["db.sqlite3"]
        site.execute("UPDATE message SET text = text || 'x'")
        site.execute("DELETE FROM message")
        assert files_with_the_words(file) == ["db.sqlite3", "db.sqlite3-wal"]
        assert write_ahead_log.empty(file)
        assert files_with_the_words(file) == []
        assert site.execute("PRAGMA secure_delete").fetchone() == (1,)


def test_nobody_waits_for_it(file: Path) -> None:
    with closing(connected(file)) as site, closing(connected(file)) as other:
        site.execute("CREATE TABLE message (text TEXT)")
        other.execute("BEGIN")
        other.execute("SELECT * FROM message").fetchall()
        site.execute("INSERT INTO message VALUES ('x')")
        assert not write_ahead_log.empty(file)
        site.execute("INSERT INTO message VALUES ('y')")
        other.execute("COMMIT")
        assert write_ahead_log.empty(file)
        assert site.execute("SELECT count(*) FROM message").fetchone() == (2,)


def test_without_a_log_there_is_nothing_to_do(file: Path) -> None:
    assert write_ahead_log.empty(file)
    assert not file.exists()
