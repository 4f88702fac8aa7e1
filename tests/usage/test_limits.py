"""All limits that apply to a user count, and the strictest of them wins; a grant counts for its user alone."""

import uuid
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from conversations.models import Counting, Grant, Limit, Message, Role, Status, User
from conversations.usage.budgets import months, reservations, standing
from conversations.usage.exceeded import Exceeded
from conversations.usage.limits import concurrency, in_force
from tests.support.limits import DOLLAR, estimate, limit, reserve, spending, taken

pytestmark = [pytest.mark.django_db, pytest.mark.every_database]


@pytest.fixture
def pupils(alice: User) -> Group:
    group = Group.objects.create(name="Pupils")
    alice.groups.add(group)
    return group


def test_without_limits_nothing_is_asked_of_the_database(alice: User, django_assert_num_queries) -> None:
    in_force.rules()
    with django_assert_num_queries(0):
        assert in_force.applying(alice.pk) == []
        assert not in_force.has_budgets()
        assert standing.warnings(alice.pk) == []
        reservations.add(alice.pk, taken(5, 5))


def test_the_strictest_storage_wins(alice: User, bob: User, pupils: Group, django_assert_num_queries) -> None:
    limit(storage_mb=300, monthly_tokens=500)
    limit(group=pupils, storage_mb=200)
    limit(person=bob, storage_mb=100)
    assert (in_force.storage_mb(alice.pk), in_force.storage_mb(bob.pk)) == (200, 100)
    alice.groups.clear()
    assert in_force.storage_mb(alice.pk) == 300
    Limit.objects.all().delete()
    limit(messages_per_minute=1)
    in_force.rules()
    with django_assert_num_queries(0):
        assert in_force.storage_mb(alice.pk) is None


def test_the_strictest_of_all_that_count_a_person_alone_wins_for_each_amount(alice: User, bob: User, pupils: Group) -> None:
    limit(monthly_cost=10, monthly_tokens=500, messages_per_minute=5)
    limit(group=pupils, monthly_cost=20, concurrent_replies=2)
    limit(person=alice, monthly_tokens=100, concurrent_replies=3)
    (hers,) = in_force.applying(alice.pk)
    assert (hers.cost, hers.tokens, hers.messages_per_minute, hers.concurrent_replies) == (10 * DOLLAR, 100, 5, 2)
    (his,) = in_force.applying(bob.pk)
    assert (his.cost, his.tokens, his.messages_per_minute, his.concurrent_replies) == (10 * DOLLAR, 500, 5, None)


def test_what_is_shared_is_counted_apart(alice: User, bob: User, pupils: Group) -> None:
    limit(monthly_tokens=5_000)
    limit(group=pupils, counting=Counting.TOGETHER, monthly_tokens=1_500)
    limit(counting=Counting.TOGETHER, monthly_tokens=2_000)
    assert [one.subject for one in in_force.applying(alice.pk)] == [f"group:{pupils.pk}", "site", f"user:{alice.pk}"]
    assert [one.subject for one in in_force.applying(bob.pk)] == ["site", f"user:{bob.pk}"]
    assert reserve(alice) == 900
    assert reserve(alice) == 400  # of the group's
    with pytest.raises(Exceeded, match="the group Pupils"):
        reserve(alice)
    assert reserve(bob) == 400  # of everyone's
    assert spending("site")[3] == 2_000
    with pytest.raises(Exceeded, match="everyone"):
        reserve(bob)


def test_a_refusal_holds_nothing_back(alice: User) -> None:
    limit(monthly_tokens=1_000_000)
    limit(counting=Counting.TOGETHER, monthly_tokens=100)
    assert reserve(alice, of=estimate(read=10, write=10)) == 10
    with pytest.raises(Exceeded):
        reserve(alice)
    assert spending("site")[3] == spending(f"user:{alice.pk}")[3] == 20


def test_somebody_else_s_limit_and_another_group_s_don_t_count(alice: User, bob: User, pupils: Group) -> None:
    limit(person=bob, monthly_tokens=1)
    limit(group=Group.objects.create(name="Others"), monthly_tokens=1)
    assert in_force.applying(alice.pk) == []


def test_a_grant_raises_the_budgets_that_count_the_person_alone_in_its_month(alice: User, bob: User) -> None:
    limit(monthly_cost=1, monthly_tokens=10_000)
    Grant.objects.create(person=alice, month=months.current(), cost=Decimal("0.50"))
    Grant.objects.create(person=alice, month=months.following(months.current()), cost=100)
    assert [reserve(alice), reserve(alice)] == [900, 400]
    assert reserve(bob) == 900
    with pytest.raises(Exceeded, match=r"\$1\.00 is held back"):
        reserve(bob)
    mine = {one.unit: one for one in standing.of(alice)}
    assert mine["dollars"].allowed == DOLLAR * 3 // 2
    assert mine["tokens"].allowed == 10_000


def test_a_grant_doesn_t_raise_what_is_shared(alice: User) -> None:
    limit(counting=Counting.TOGETHER, monthly_tokens=100)
    limit(monthly_tokens=10_000)
    Grant.objects.create(person=alice, month=months.current(), tokens=100_000)
    with pytest.raises(Exceeded, match="of everyone"):
        reserve(alice)


def test_a_model_without_a_known_price_is_let_through_or_refused_as_the_settings_say(alice: User, settings) -> None:
    limit(monthly_cost=1)
    assert reserve(alice, of=estimate(nano_per_token=None)) == 900
    settings.UNPRICED_MODELS = "refuse"
    with pytest.raises(Exceeded, match="isn’t known"):
        reserve(alice, of=estimate(nano_per_token=None))
    Limit.objects.update(monthly_cost=None, monthly_tokens=100_000)
    in_force.forget()
    assert reserve(alice, of=estimate(nano_per_token=None)) == 900  # tokens can be counted
    limit(counting=Counting.TOGETHER, monthly_cost=1)
    with pytest.raises(Exceeded, match="isn’t known"):
        reserve(alice, of=estimate(nano_per_token=None))


def test_running_answers_are_counted_for_whom_a_limit_names(alice: User, bob: User, pupils: Group, conversation) -> None:
    limit(group=pupils, counting=Counting.TOGETHER, concurrent_replies=1)
    running = conversation(alice)
    with pytest.raises(Exceeded, match="One answer is being written for the group Pupils already"):
        concurrency.require(in_force.applying(alice.pk), alice.pk, uuid.uuid4())
    concurrency.require(in_force.applying(bob.pk), bob.pk, uuid.uuid4())
    concurrency.require(in_force.applying(alice.pk), alice.pk, running.pk)  # it doesn't stand in its own way
    running.status = Status.STOPPED
    running.save()
    concurrency.require(in_force.applying(alice.pk), alice.pk, uuid.uuid4())


@pytest.fixture
def conversation():
    from django.utils import timezone

    from conversations.models import Conversation

    def made(owner: User) -> Message:
        within = Conversation.objects.create(owner=owner, updated=timezone.now())
        return Message.objects.create(conversation=within, owner=owner, role=Role.ASSISTANT, status=Status.STREAMING)

    return made


@pytest.mark.parametrize("fields", [{"monthly_cost": 1}, {"monthly_tokens": 0}, {"monthly_cost": Decimal("0.001")}, {}])
def test_a_limit_is_made_once_and_limits_something(fields: dict) -> None:
    limit(monthly_cost=5)
    with pytest.raises(ValidationError):
        Limit(**fields).full_clean()
    Limit(counting=Counting.TOGETHER, monthly_cost=Decimal("0.01")).full_clean()


def test_the_database_refuses_two_of_a_kind_too(alice: User) -> None:
    limit(person=alice, monthly_cost=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        limit(person=alice, monthly_cost=2)
