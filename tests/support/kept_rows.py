"""What the migrations put into the database, and how the rest is deleted behind a test that commits.

Much quicker than Django's flush, which makes every table new and then reads all permissions and content types back, row by row.
"""

from __future__ import annotations

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

UNTOUCHED = {Permission._meta.db_table, ContentType._meta.db_table}
"""No test writes to these."""


class KeptRows:
    def __init__(self) -> None:
        """Of the database as it is now: each table that has rows gets a copy beside it."""
        quote = connection.ops.quote_name
        deletes, inserts = [], []
        with connection.cursor() as cursor:
            for table in sorted(set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - UNTOUCHED):
                deletes.append(f"DELETE FROM {quote(table)}")
                cursor.execute(f"SELECT count(*) FROM {quote(table)}")
                if cursor.fetchone()[0]:
                    cursor.execute(f"CREATE TABLE {quote('kept_' + table)} AS SELECT * FROM {quote(table)}")
                    inserts.append(f"INSERT INTO {quote(table)} SELECT * FROM {quote('kept_' + table)}")
        # Foreign keys are checked when the transaction ends, so the tables' order doesn't matter. But what a foreign key deletes in another
        # table goes at once, so nothing is put back before everything is deleted.
        statements = deletes + inserts
        self._statements = ["; ".join(statements)] if connection.vendor == "postgresql" else statements

    def restore(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in self._statements:
                cursor.execute(statement)
