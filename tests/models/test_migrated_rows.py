"""What the migrations wrote is there again behind a test that commits, to the last row."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import TransactionTestCase

from conversations.models import SystemPrompt, User

KEPT = "kept_"


@pytest.mark.every_database
@pytest.mark.django_db
def test_all_that_was_kept_is_put_back_and_nothing_else(alice: User) -> None:
    SystemPrompt.objects.get(slug="assistant").publish(text="Written by a test", author=alice)
    TransactionTestCase._fixture_teardown()  # type: ignore[attr-defined]
    connection.check_constraints()
    tables = [name.removeprefix(KEPT) for name in connection.introspection.table_names() if name.startswith(KEPT)]
    assert {"conversations_systemprompt", "conversations_promptversion", "conversations_labelmove"} <= set(tables)
    assert {table: differing(table, KEPT + table) for table in tables} == {table: ([], []) for table in tables}
    assert not User.objects.exists()


def differing(table: str, kept: str) -> tuple[list[Any], list[Any]]:
    """The rows that only the first table has, and those that only the second has; compared by the database, for their types may differ."""
    with connection.cursor() as cursor:
        table, kept = map(connection.ops.quote_name, (table, kept))
        only_here = cursor.execute(f"SELECT * FROM {table} EXCEPT SELECT * FROM {kept}").fetchall()
        return only_here, cursor.execute(f"SELECT * FROM {kept} EXCEPT SELECT * FROM {table}").fetchall()
