"""How values are stored and read: as Django converts them, but for the kinds that fill our rows without its many steps."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import models

Convert = Callable[[Any, Any], Any]
"""Of a value and Django's connection."""


def storing(field: Any, vendor: str, *, saved: bool) -> Convert:
    """`saved`: it is written into a column, and not compared with one."""
    django: Callable[..., Any] = field.get_db_prep_save if saved else field.get_db_prep_value
    known, quick = _KNOWN.get((vendor, _kind(field)), ((), None))
    if getattr(field, "encoder", None) is not None:
        known = ()

    def convert(value: Any, connection: Any) -> Any:
        if value is None:
            return None
        if type(value) not in known or (type(value) is datetime and value.tzinfo is not UTC):
            return django(value, connection=connection)
        return value if quick is None else quick(value)

    return convert


def reading(functions: Sequence[Any], expression: Any, connection: Any) -> Convert:
    """What Django's converters of a column make of its value, one after the other."""
    operations = connection.ops
    if connection.vendor == "sqlite" and connection.timezone is UTC:
        if functions == [operations.convert_datetimefield_value]:
            return _read_time
        if functions == [operations.convert_uuidfield_value]:
            return _read_uuid

    def convert(value: Any, connection: Any) -> Any:
        for function in functions:
            value = function(value, expression, connection)
        return value

    return convert


def _kind(field: Any) -> type:
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return type(field)


def _text_of_time(value: datetime) -> str:
    """As Django stores times in SQLite: in UTC, without saying so."""
    return value.isoformat(" ")[: -len("+00:00")]


def _read_time(value: Any, connection: Any) -> datetime | None:
    if value is None:
        return None
    return (value if isinstance(value, datetime) else datetime.fromisoformat(value)).replace(tzinfo=UTC)


def _read_uuid(value: Any, connection: Any) -> UUID | None:
    return None if value is None else UUID(value)


_AS_THEY_ARE: dict[type, type] = {models.CharField: str, models.TextField: str, models.BooleanField: bool}
_WHOLE_NUMBERS = (models.IntegerField, models.PositiveIntegerField, models.PositiveSmallIntegerField, models.BigIntegerField)
_KNOWN: dict[tuple[str, type], tuple[tuple[type, ...], Callable[[Any], Any] | None]] = {
    **{(vendor, kind): ((known,), None) for vendor in ("sqlite", "postgresql") for kind, known in _AS_THEY_ARE.items()},
    **{("sqlite", kind): ((int,), None) for kind in _WHOLE_NUMBERS},
    ("sqlite", models.UUIDField): ((UUID,), lambda value: value.hex),
    ("sqlite", models.DateTimeField): ((datetime,), _text_of_time),
    ("sqlite", models.JSONField): ((list, dict), json.dumps),
    ("postgresql", models.UUIDField): ((UUID,), None),
    ("postgresql", models.DateTimeField): ((datetime,), None),
}
"""By database and kind of field: the types of value that are converted so, and what of these is stored; None: themselves."""
