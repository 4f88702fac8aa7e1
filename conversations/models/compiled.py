"""Queries that every reply makes, compiled once: Django builds their SQL each time, which takes several times as long as running it.

What is written here as a queryset stays one: its SQL is Django's own, for whichever database is in use, and so are its conversions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
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

    def converted(self, values: Mapping[str, Any], connection: Any) -> Any:
        value = values[self.value]
        if value is None:
            return None
        convert = self.output_field.get_db_prep_save if self.for_save else self.output_field.get_db_prep_value
        return convert(value, connection=connection)


class _Statement(NamedTuple):
    sql: str
    parameters: tuple[Any, ...]
    read: Callable[[Sequence[Sequence[Any]], Any], list[Any]]

    def values(self, given: Mapping[str, Any], connection: Any) -> list[Any]:
        if given.keys() != {one.value for one in self.parameters if isinstance(one, Parameter)}:
            raise TypeError(f"These are not the values of {self.sql}: {', '.join(given)}")
        return [one.converted(given, connection) if isinstance(one, Parameter) else one for one in self.parameters]


class Select(Generic[Row]):
    """`build` returns a queryset of instances or of `values_list` tuples, with a Parameter for each value that differs."""

    def __init__(self, build: Callable[[], models.QuerySet[Any, Row]]) -> None:
        self._build = build
        self._statements: dict[str, _Statement] = {}  # by the kind of database

    def all(self, **values: Any) -> list[Row]:
        connection = _connection()
        if (statement := self._statements.get(connection.vendor)) is None:
            statement = self._statements[connection.vendor] = _selecting(self._build(), connection)
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, statement.values(values, connection))
            return statement.read(cursor.fetchall(), connection)

    def first(self, **values: Any) -> Row | None:
        return next(iter(self.all(**values)), None)


class Update:
    """Sets `fields` of the rows of a queryset of `model`, which `build` returns, to values that are given by name."""

    def __init__(self, build: Callable[[], models.QuerySet[Any]], fields: Sequence[str]) -> None:
        self._build, self._fields = build, fields
        self._statements: dict[str, _Statement] = {}

    def __call__(self, **values: Any) -> int:
        """Returns how many rows there were."""
        connection = _connection()
        if (statement := self._statements.get(connection.vendor)) is None:
            statement = self._statements[connection.vendor] = self._compiled(connection)
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, statement.values(values, connection))
            return int(cursor.rowcount)

    def _compiled(self, connection: Any) -> _Statement:
        queryset = self._build()
        query: Any = queryset.query.chain(UpdateQuery)
        query.add_update_values({name: Parameter(name, queryset.model._meta.get_field(name)) for name in self._fields})
        sql, parameters = query.get_compiler(connection=connection).as_sql()
        return _Statement(sql, tuple(parameters), lambda rows, connection: [])


def insert(instances: Sequence[models.Model], *, replacing: tuple[str, str] | None = None) -> None:
    """Insert new rows of one model by one statement, as `bulk_create` does, but without returning what the database gives a key.

    `replacing`: a unique field, and the one that is updated in a row that is there with the same value.
    """
    model, connection = type(instances[0]), _connection()
    insertion = _inserting(model, len(instances), replacing, connection.vendor)
    values = [column.value(one, connection) for one in instances for column in insertion.columns]
    with connection.cursor() as cursor:
        cursor.execute(insertion.sql, values)
    for one in instances:
        one._state.adding, one._state.db = False, connection.alias


class _Column(NamedTuple):
    field: Any
    name: str
    is_set_when_saved: bool
    as_it_is: type | None
    """Values of exactly this type are stored without a conversion."""

    @classmethod
    def of(cls, field: Any) -> _Column:
        kinds = {models.CharField: str, models.TextField: str, models.BooleanField: bool}
        return cls(field, field.attname, type(field).pre_save is not models.Field.pre_save, kinds.get(type(field)))

    def value(self, instance: models.Model, connection: Any) -> Any:
        value = self.field.pre_save(instance, add=True) if self.is_set_when_saved else getattr(instance, self.name)
        if value is None or type(value) is self.as_it_is:
            return value
        return self.field.get_db_prep_save(value, connection)


class _Insertion(NamedTuple):
    sql: str
    columns: tuple[_Column, ...]


def _connection() -> Any:
    """The wrapper itself: each look through Django's proxy for it takes its time."""
    return connections[DEFAULT_DB_ALIAS]


@lru_cache(maxsize=64)
def _inserting(model: type[models.Model], rows: int, replacing: tuple[str, str] | None, vendor: str) -> _Insertion:
    operations = _connection().ops
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    kind = OnConflict.UPDATE if replacing else None
    unique, updated = ([_column(model, name)] for name in replacing) if replacing else ([], [])
    columns = ", ".join(operations.quote_name(field.column) for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    begin = f"{operations.insert_statement(on_conflict=kind)} {operations.quote_name(model._meta.db_table)} ({columns})"
    end = operations.on_conflict_suffix_sql(fields, kind, updated, unique)
    return _Insertion(f"{begin} VALUES {', '.join([row] * rows)} {end}".rstrip(), tuple(map(_Column.of, fields)))


def _column(model: type[models.Model], name: str) -> str:
    field: Any = model._meta.get_field(name)
    return str(field.column)


def _selecting(queryset: models.QuerySet[Any, Any], connection: Any) -> _Statement:
    compiler = queryset.query.get_compiler(connection=connection)
    sql, parameters = compiler.as_sql()
    converters = list(compiler.get_converters([column for column, _, _ in compiler.select]).items())

    def read(rows: Sequence[Sequence[Any]], connection: Any) -> list[Any]:
        found = []
        for row in map(list, rows):
            for at, (functions, expression) in converters:
                for function in functions:
                    row[at] = function(row[at], expression, connection)
            found.append(build(row))
        return found

    build: Callable[[list[Any]], Any] = (
        _instances(compiler, connection.alias) if issubclass(queryset._iterable_class, ModelIterable) else tuple
    )
    return _Statement(sql, tuple(parameters), read)


def _instances(compiler: Any, alias: str) -> Callable[[list[Any]], models.Model]:
    """As Django's ModelIterable makes them."""
    model, places = compiler.klass_info["model"], compiler.klass_info["select_fields"]
    begin, end = places[0], places[-1] + 1
    names = [column.target.attname for column, _, _ in compiler.select[begin:end]]
    populators = get_related_populators(compiler.klass_info, compiler.select, alias)  # type: ignore[call-arg]  # of Django 6
    annotations = list(compiler.annotation_col_map.items())

    def build(row: list[Any]) -> models.Model:
        instance: models.Model = model.from_db(alias, names, row[begin:end])
        for populator in populators:
            populator.populate(row, instance)
        for name, at in annotations:
            setattr(instance, name, row[at])
        return instance

    return build
