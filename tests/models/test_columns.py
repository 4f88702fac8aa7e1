"""The tables have the columns that the models name, and no others: what nothing reads any more is dropped a version later."""

import pytest
from django.apps import apps
from django.db import connection

from conversations.models import SearchEntry

STAY_ON_POSTGRESQL = {"SystemPrompt": {"pictures"}}
"""What processes of the version before read, and the next version drops (0086). With SQLite a later migration made the table without it."""
OF_THE_INDEX_ON_POSTGRESQL = {"terms"}  # generated there; see conversations/search/postgresql.py


@pytest.mark.every_database
def test_no_column_is_left_that_nothing_reads(db: None) -> None:
    left = {}
    stay, of_the_index = (STAY_ON_POSTGRESQL, OF_THE_INDEX_ON_POSTGRESQL) if connection.vendor == "postgresql" else ({}, set())
    with connection.cursor() as cursor:
        for model in apps.get_app_config("conversations").get_models(include_auto_created=True):
            stored = {column.name for column in connection.introspection.get_table_description(cursor, model._meta.db_table)}
            known = {field.column for field in model._meta.local_concrete_fields} | (of_the_index if model is SearchEntry else set())
            if unread := stored - known:
                left[model.__name__] = unread
    assert left == stay
