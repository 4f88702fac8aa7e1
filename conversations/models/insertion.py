"""Inserts rows by statements that are built once, as `compiled` does with queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import models
from django.db.models.constants import OnConflict

from . import statements
from .stored_values import Convert, storing


def insert(instances: Sequence[models.Model], *, replacing: tuple[str, str] | None = None) -> None:
    """Insert new rows of one model by one statement, as `bulk_create` does, but without returning what the database gives a key.

    `replacing`: a unique field, and the one that is updated in a row that is there with the same value.
    """
    connection = statements.connection()
    insertion = _inserting(type(instances[0]), len(instances), replacing, connection.vendor)
    values = [column.value(one, connection) for one in instances for column in insertion.columns]
    statements.change(connection, insertion.sql, values)
    for one in instances:
        one._state.adding, one._state.db = False, connection.alias


def insert_rows(model: type[models.Model], rows: Sequence[Mapping[str, Any]], *, replacing: tuple[str, str] | None = None) -> None:
    """The same for rows that are needed no more: values by the names of their columns, of which none has a default."""
    connection = statements.connection()
    insertion = _inserting(model, len(rows), replacing, connection.vendor)
    statements.change(
        connection, insertion.sql, [column.stored(row[column.name], connection) for row in rows for column in insertion.columns]
    )


class _Column(NamedTuple):
    field: Any
    name: str
    is_set_when_saved: bool
    stored: Convert

    @classmethod
    def of(cls, field: Any, vendor: str) -> _Column:
        is_set_when_saved = type(field).pre_save is not models.Field.pre_save
        return cls(field, field.attname, is_set_when_saved, storing(field, vendor, saved=True))

    def value(self, instance: models.Model, connection: Any) -> Any:
        return self.stored(self.field.pre_save(instance, add=True) if self.is_set_when_saved else getattr(instance, self.name), connection)


class _Insertion(NamedTuple):
    sql: str
    columns: tuple[_Column, ...]


@lru_cache(maxsize=64)
def _inserting(model: type[models.Model], rows: int, replacing: tuple[str, str] | None, vendor: str) -> _Insertion:
    operations = statements.connection().ops
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    kind = OnConflict.UPDATE if replacing else None
    unique, updated = ([_column(model, name)] for name in replacing) if replacing else ([], [])
    columns = ", ".join(operations.quote_name(field.column) for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    begin = f"{operations.insert_statement(on_conflict=kind)} {operations.quote_name(model._meta.db_table)} ({columns})"
    end = operations.on_conflict_suffix_sql(fields, kind, updated, unique)
    return _Insertion(f"{begin} VALUES {', '.join([row] * rows)} {end}".rstrip(), tuple(_Column.of(field, vendor) for field in fields))


def _column(model: type[models.Model], name: str) -> str:
    field: Any = model._meta.get_field(name)
    return str(field.column)
