"""What is stored and read past Django's many steps is what Django would store and read."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone as django_timezone

from conversations.models import Attempt, Conversation, Message, Role, Status, User, statements
from conversations.models.compiled import Parameter, Select
from conversations.models.insertion import insert
from conversations.models.stored_values import storing

pytestmark = [pytest.mark.django_db, pytest.mark.every_database]


class Words(str):
    __slots__ = ()


NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
VALUES: list[tuple[type[models.Model], str, Any]] = [
    (Message, "id", uuid.UUID(int=7)),
    (Message, "id", str(uuid.UUID(int=7))),
    (Message, "parent", uuid.UUID(int=7)),
    (Message, "parent", None),
    (Message, "started", NOON),
    (Message, "started", NOON + timedelta(microseconds=1)),
    (Message, "started", NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))),
    (Message, "status", "complete"),
    (Message, "status", Status.COMPLETE),
    (Message, "error_cause", Words("a cause")),
    (Message, "run", 3),
    (Message, "run", True),
    (Message, "stop_asked", True),
    (Message, "stop_asked", 1),
    (Message, "cost", Decimal("0.25")),
    (Message, "cost", 1),
    (Message, "parts", [{"type": "text", "text": "“%s” ü \u2028"}]),
    (Attempt, "retry_after", 1.5),
    (Attempt, "cost", 2**40),
]


@pytest.mark.parametrize("saved", [True, False], ids=["written", "compared"])
@pytest.mark.parametrize(("model", "name", "value"), VALUES, ids=str)
def test_a_value_is_stored_as_by_django(model: type[models.Model], name: str, value: Any, saved: bool) -> None:
    field: Any = model._meta.get_field(name)
    django: Callable[..., Any] = field.get_db_prep_save if saved else field.get_db_prep_value
    expected, found = django(value, connection=connection), storing(field, connection.vendor, saved=saved)(value, connection)
    assert type(found) is type(expected)
    assert str(found) == str(expected)


MESSAGE = Select(lambda: Message.objects.filter(pk=Parameter("id", models.UUIDField())).select_related("conversation__owner", "parent"))
SOME = Select(lambda: Message.objects.filter(pk=Parameter("id", models.UUIDField())).only("parts", "created"))


@pytest.fixture
def message(alice: User) -> Message:
    conversation = Conversation.objects.create(owner=alice, updated=NOON, title="T")
    values: dict[str, Any] = {"parts": [{"type": "text", "text": "Hé"}], "finished": NOON, "cost": Decimal("0.5"), "usage": {"a": 1}}
    return Message.objects.create(conversation=conversation, owner=alice, role=Role.ASSISTANT, stop_asked=True, **values)


def test_a_row_is_read_as_by_django(message: Message) -> None:
    found, expected = MESSAGE.first(id=message.pk), Message.objects.get(pk=message.pk)
    assert found is not None
    assert found == expected
    assert values_of(found) == values_of(expected)
    assert values_of(found.conversation.owner) == values_of(expected.owner)
    assert (found._state.adding, found._state.db) == (False, "default")
    found.status = Status.STOPPED
    found.save()
    expected.refresh_from_db()
    assert expected.status == Status.STOPPED


def test_a_column_that_was_not_read_is_read_when_it_is_wanted(message: Message) -> None:
    found = SOME.first(id=message.pk)
    assert found is not None
    assert found.get_deferred_fields() == Message.objects.only("parts", "created").get(pk=message.pk).get_deferred_fields()
    assert found.cost == Decimal("0.5")


def values_of(instance: models.Model) -> dict[str, Any]:
    values = {name: value for name, value in vars(instance).items() if not name.startswith("_")}
    return {name: (type(value), value) for name, value in values.items()}


def test_errors_are_djangos(message: Message) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        insert([Message(pk=message.pk, conversation=message.conversation, owner=message.owner)])
    assert Message.objects.filter(pk=message.pk).exists()


def test_nothing_is_asked_in_a_transaction_that_has_to_be_undone() -> None:
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            statements.rows(connection, "SELECT 1", [])


def test_a_percent_sign_is_one(message: Message) -> None:
    assert statements.rows(connection, "SELECT '100 %%', '%%s', %s", ["a"]) == [("100 %", "%s", "a")]
    assert MESSAGE.first(id=uuid.UUID(int=1)) is None
    assert django_timezone.now().tzinfo is UTC, "Times of this zone are stored without asking Django."
