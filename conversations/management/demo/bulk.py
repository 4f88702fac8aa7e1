"""Writes many rows at once, with the times that they say: a bulk_create would stamp them with now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models

ROWS_PER_STATEMENT = 5000
_UNCONVERTED = (models.CharField, models.TextField, models.IntegerField, models.FloatField, models.BooleanField)


def write(model: type[models.Model], rows: Iterable[dict[str, Any]]) -> int:
    """Rows by column name, such as `owner_id`; what is missing gets its default. Returns how many were written."""
    connection = connections[DEFAULT_DB_ALIAS]  # not the proxy, whose cost would add up over millions of rows
    fields = model._meta.concrete_fields
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    insert = f"INSERT INTO {quoted(model._meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608 (names of our own models)
    columns_of = [(field.attname, _prepared(field, connection), _default(field)) for field in fields]
    written, waiting = 0, iter(rows)
    with connection.cursor() as cursor:
        while chunk := list(_values(columns_of, islice(waiting, ROWS_PER_STATEMENT))):
            cursor.executemany(insert, chunk)
            written += len(chunk)
    return written


Column = tuple[str, Callable[[Any], Any] | None, Callable[[], Any]]


def _values(columns: list[Column], rows: Iterable[dict[str, Any]]) -> Iterator[list[Any]]:
    for row in rows:
        values = []
        for name, prepared, default in columns:
            value = row[name] if name in row else default()
            values.append(prepared(value) if prepared and value is not None else value)
        yield values


def _prepared(field: models.Field, connection: Any) -> Callable[[Any], Any] | None:
    target = getattr(field, "target_field", field)
    if isinstance(target, _UNCONVERTED):
        return None
    return lambda value: target.get_db_prep_save(value, connection)


def _default(field: models.Field) -> Callable[[], Any]:
    return field.get_default if field.has_default() else lambda: "" if field.empty_strings_allowed and not field.null else None
