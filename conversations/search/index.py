"""The index that the database in use has. SQLite and PostgreSQL find the same, for both are given the same words."""

from __future__ import annotations

from typing import Protocol

from django.db import connection

from conversations.models import User

from . import postgresql, sqlite
from .query import Query


class Index(Protocol):
    """What each database's module offers."""

    def create(self) -> None:
        """For the entries that are there. What is there of it already is no error."""

    def rebuild(self) -> None:
        """From the entries that are there. Not in a transaction."""

    def erase_removed(self) -> None:
        """Take what was removed out of the database's file, too. Not in a transaction."""

    def matching(self, user: User, query: Query, max_entries: int, *, titles_only: bool) -> list[int]:
        """The ids of the newest entries of this user that match."""


def in_use() -> Index:
    return postgresql if connection.vendor == "postgresql" else sqlite
