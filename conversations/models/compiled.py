"""Queries that every reply makes, compiled once: Django builds their SQL each time, which takes several times as long as running it.

What is written here as a queryset stays one: its SQL is Django's own, for whichever database is in use, and so are its conversions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from django.db import models
from django.db.models.base import ModelState
from django.db.models.expressions import Value
from django.db.models.query import ModelIterable, get_related_populators
from django.db.models.sql import UpdateQuery

from . import statements
from .stored_values import reading, storing

Row = TypeVar("Row")


class Parameter(Value):
    """A place in a query for a value that is given when it runs, and is converted as values of `field` are."""

    def __init__(self, name: str, field: models.Field[Any, Any]) -> None:
        super().__init__(name, output_field=field)

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    as_sqlite = as_sql  # type: ignore[assignment]  # without the cast that Django has for computed decimals


class _Statement:
    def __init__(
        self, sql: str, parameters: Sequence[Any], vendor: str, read: Callable[[Sequence[Sequence[Any]], Any], list[Any]] = lambda *_: []
    ) -> None:
        self.sql, self.read = sql, read
        self._names = {one.value for one in parameters if isinstance(one, Parameter)}
        self._places = [
            (one.value, storing(one.output_field, vendor, saved=one.for_save)) if isinstance(one, Parameter) else (None, one)
            for one in parameters
        ]

    def values(self, given: Mapping[str, Any], connection: Any) -> list[Any]:
        if given.keys() != self._names:
            raise TypeError(f"These are not the values of {self.sql}: {', '.join(given)}")
        return [what if name is None else what(given[name], connection) for name, what in self._places]


class Select(Generic[Row]):
    """`build` returns a queryset of instances or of `values_list` tuples, with a Parameter for each value that differs."""

    def __init__(self, build: Callable[[], models.QuerySet[Any, Row]]) -> None:
        self._build = build
        self._statements: dict[str, _Statement] = {}  # by the kind of database

    def all(self, **values: Any) -> list[Row]:
        connection = statements.connection()
        if (statement := self._statements.get(connection.vendor)) is None:
            statement = self._statements[connection.vendor] = _selecting(self._build(), connection)
        return statement.read(statements.rows(connection, statement.sql, statement.values(values, connection)), connection)

    def first(self, **values: Any) -> Row | None:
        return next(iter(self.all(**values)), None)


class Update:
    """Sets `fields` of the rows of a queryset of `model`, which `build` returns, to values that are given by name."""

    def __init__(self, build: Callable[[], models.QuerySet[Any]], fields: Sequence[str]) -> None:
        self._build, self._fields = build, fields
        self._statements: dict[str, _Statement] = {}

    def __call__(self, **values: Any) -> int:
        """Returns how many rows there were."""
        connection = statements.connection()
        if (statement := self._statements.get(connection.vendor)) is None:
            statement = self._statements[connection.vendor] = self._compiled(connection)
        return statements.change(connection, statement.sql, statement.values(values, connection))

    def _compiled(self, connection: Any) -> _Statement:
        queryset = self._build()
        query: Any = queryset.query.chain(UpdateQuery)
        query.add_update_values({name: Parameter(name, queryset.model._meta.get_field(name)) for name in self._fields})
        sql, parameters = query.get_compiler(connection=connection).as_sql()
        return _Statement(sql, parameters, connection.vendor)


def _selecting(queryset: models.QuerySet[Any, Any], connection: Any) -> _Statement:
    compiler = queryset.query.get_compiler(connection=connection)
    sql, parameters = compiler.as_sql()
    converters = compiler.get_converters([column for column, _, _ in compiler.select])
    conversions = [(at, reading(functions, expression, connection)) for at, (functions, expression) in converters.items()]

    def read(rows: Sequence[Sequence[Any]], connection: Any) -> list[Any]:
        found = []
        for row in map(list, rows):
            for at, convert in conversions:
                row[at] = convert(row[at], connection)
            found.append(build(row))
        return found

    build: Callable[[list[Any]], Any] = (
        _instances(compiler, connection.alias) if issubclass(queryset._iterable_class, ModelIterable) else tuple
    )
    return _Statement(sql, parameters, connection.vendor, read)


def _instances(compiler: Any, alias: str) -> Callable[[list[Any]], models.Model]:
    """As Django's ModelIterable makes them."""
    model, places = compiler.klass_info["model"], compiler.klass_info["select_fields"]
    begin, end = places[0], places[-1] + 1
    names = [column.target.attname for column, _, _ in compiler.select[begin:end]]
    populators = get_related_populators(compiler.klass_info, compiler.select, alias)  # type: ignore[call-arg]  # of Django 6
    annotations = list(compiler.annotation_col_map.items())

    def instance_of(values: list[Any]) -> models.Model:
        """What `from_db` makes, which no model of ours does otherwise: each field would put its value where it is put here."""
        instance: models.Model = model.__new__(model)
        instance.__dict__.update(zip(names, values, strict=True), _state=ModelState())
        instance._state.adding, instance._state.db = False, alias
        return instance

    def build(row: list[Any]) -> models.Model:
        instance = instance_of(row[begin:end])
        for populator in populators:
            populator.populate(row, instance)
        for name, at in annotations:
            setattr(instance, name, row[at])
        return instance

    return build
