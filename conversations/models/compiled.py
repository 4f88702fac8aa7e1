"""Queries that every reply makes, compiled once: Django builds their SQL anew each time, which takes several times as long as running it.

What is written here as a queryset stays one: its SQL is Django's own, for whichever database is in use, and so are its conversions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connection, models
from django.db.models.constants import OnConflict
from django.db.models.expressions import Value
from django.db.models.query import ModelIterable, get_related_populators
from django.db.models.sql import UpdateQuery

Row = TypeVar("Row")


class Parameter(Value):
    """A place in a query for a value that is given when it runs, and is converted as values of `field` are."""

    def __init__(self, name: str, field: models.Field[Any, Any]) -> None:
        super().__init__(name, output_field=field)

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    as_sqlite = as_sql  # type: ignore[assignment]  # without the cast that Django has for computed decimals

    def converted(self, values: Mapping[str, Any]) -> Any:
        convert = self.output_field.get_db_prep_save if self.for_save else self.output_field.get_db_prep_value
        return convert(values[self.value], connection=connection)


class _Statement(NamedTuple):
    sql: str
    parameters: tuple[Any, ...]
    read: Callable[[Sequence[Sequence[Any]]], list[Any]]

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        if given.keys() != {one.value for one in self.parameters if isinstance(one, Parameter)}:
            raise TypeError(f"These are not the values of {self.sql}: {', '.join(given)}")
        return [one.converted(given) if isinstance(one, Parameter) else one for one in self.parameters]


class Select(Generic[Row]):
    """`build` returns a queryset of instances or of `values_list` tuples, with a Parameter for each value that differs."""

    def __init__(self, build: Callable[[], models.QuerySet[Any, Row]]) -> None:
        self._build = build
        self._statements: dict[str, _Statement] = {}  # by the kind of database

    def all(self, **values: Any) -> list[Row]:
        if (statement := self._statements.get(connection.vendor)) is None:
            statement = self._statements[connection.vendor] = _selecting(self._build())
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, statement.values(values))
            return statement.read(cursor.fetchall())

    def first(self, **values: Any) -> Row | None:
        return next(iter(self.all(**values)), None)


class Update:
    """Sets `fields` of the rows of a queryset of `model`, which `build` returns, to values that are given by name."""

    def __init__(self, build: Callable[[], models.QuerySet[Any]], fields: Sequence[str]) -> None:
        self._build, self._fields = build, fields
        self._statements: dict[str, _Statement] = {}

    def __call__(self, **values: Any) -> int:
        """Returns how many rows there were."""
        if (statement := self._statements.get(connection.vendor)) is None:
            statement = self._statements[connection.vendor] = self._compiled()
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, statement.values(values))
            return cursor.rowcount

    def _compiled(self) -> _Statement:
        queryset = self._build()
        query: Any = queryset.query.chain(UpdateQuery)
        query.add_update_values({name: Parameter(name, queryset.model._meta.get_field(name)) for name in self._fields})
        sql, parameters = query.get_compiler(connection=connection).as_sql()
        return _Statement(sql, tuple(parameters), list)


def insert(instances: Sequence[models.Model], *, replacing: tuple[str, str] | None = None) -> None:
    """Insert new rows of one model by one statement, as `bulk_create` does, but without returning what the database gives a key.

    `replacing`: a unique field, and the one that is updated in a row that is there with the same value.
    """
    model = type(instances[0])
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    key = (model, len(instances), replacing, connection.vendor)
    if (sql := _inserts.get(key)) is None:
        sql = _inserts[key] = _inserting(model, fields, len(instances), replacing)
    values = [field.get_db_prep_save(field.pre_save(one, add=True), connection) for one in instances for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
    for one in instances:
        one._state.adding, one._state.db = False, connection.alias


_inserts: dict[tuple[Any, ...], str] = {}


def _inserting(model: type[models.Model], fields: list[Any], rows: int, replacing: tuple[str, str] | None) -> str:
    operations = connection.ops
    kind = OnConflict.UPDATE if replacing else None
    unique, updated = ([_column(model, name)] for name in replacing) if replacing else ([], [])
    columns = ", ".join(operations.quote_name(field.column) for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    begin = f"{operations.insert_statement(on_conflict=kind)} {operations.quote_name(model._meta.db_table)} ({columns})"
    end = operations.on_conflict_suffix_sql(fields, kind, updated, unique)
    return f"{begin} VALUES {', '.join([row] * rows)} {end}".rstrip()


def _column(model: type[models.Model], name: str) -> str:
    field: Any = model._meta.get_field(name)
    return str(field.column)


def _selecting(queryset: models.QuerySet[Any, Any]) -> _Statement:
    compiler = queryset.query.get_compiler(connection=connection)
    sql, parameters = compiler.as_sql()
    converters = list(compiler.get_converters([column for column, _, _ in compiler.select]).items())

    def read(rows: Sequence[Sequence[Any]]) -> list[Any]:
        found = []
        for row in map(list, rows):
            for at, (functions, expression) in converters:
                for function in functions:
                    row[at] = function(row[at], expression, connection)
            found.append(build(row))
        return found

    build: Callable[[list[Any]], Any] = _instances(compiler) if issubclass(queryset._iterable_class, ModelIterable) else tuple
    return _Statement(sql, tuple(parameters), read)


def _instances(compiler: Any) -> Callable[[list[Any]], models.Model]:
    """As Django's ModelIterable makes them."""
    model, places = compiler.klass_info["model"], compiler.klass_info["select_fields"]
    begin, end = places[0], places[-1] + 1
    names = [column.target.attname for column, _, _ in compiler.select[begin:end]]
    populators = get_related_populators(compiler.klass_info, compiler.select, connection.alias)  # type: ignore[call-arg]  # of Django 6
    annotations = list(compiler.annotation_col_map.items())

    def build(row: list[Any]) -> models.Model:
        instance: models.Model = model.from_db(connection.alias, names, row[begin:end])
        for populator in populators:
            populator.populate(row, instance)
        for name, at in annotations:
            setattr(instance, name, row[at])
        return instance

    return build
