"""A token may have a rate and a month's budget of its own, which hold beside those of its user; the headers say what is left."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from conversations.api import rate_headers
from conversations.api.authentication import Caller
from conversations.api.endpoints import endpoint
from conversations.database_jobs import DatabaseJobs
from conversations.generation import admission, settlement
from conversations.models import ApiToken, Attempt, Message, Reservation, Role, Status, User
from conversations.usage.budgets import months, recounting, standing
from conversations.usage.exceeded import Exceeded
from conversations.usage.ledger import recording
from conversations.usage.ledger.finished_attempt import FinishedAttempt
from conversations.usage.ledger.prices import Tokens
from conversations.usage.limits import in_force, message_rate
from tests.support.api import error_of, headers_of, token_of
from tests.support.limits import DOLLAR, limit, price, spending
from tests.support.talks import Talk

pytestmark = [pytest.mark.django_db, pytest.mark.every_database]


@pytest.fixture(autouse=True)
def priced(settings: Any) -> None:
    settings.OPENAI_API_KEY, settings.OPENAI_MODEL = "sk-test", "scripted-model"
    price()


def begin(user: User, token: ApiToken | None) -> Message:
    """A reply that was asked for with this token, and has begun. Raises Exceeded."""
    talk = Talk(user, "Newts")
    reply = Message(
        conversation=talk.conversation, owner=user, parent=talk.say("Hello"), role=Role.ASSISTANT, status=Status.PENDING, token=token
    )
    with transaction.atomic():
        reply.save()
        admission.require(reply)
    return reply


@transaction.atomic
def end(reply: Message, tokens: Tokens) -> Attempt:
    attempt = FinishedAttempt(
        timezone.now(), 1, "ok", 100, "scripted-model", final=True, tokens=tokens, known_cost=sum(filter(None, tokens)) * DOLLAR // 1000
    )
    rows = recording.record([attempt], reply_id=reply.pk, owner_id=reply.owner_id, token_id=reply.token_id)
    Message.objects.filter(pk=reply.pk).update(status=Status.COMPLETE)
    settlement.settle(reply.pk, reply.owner_id, rows)
    return rows[0]


def limited(user: User, **fields: Any) -> ApiToken:
    made = token_of(user, **fields)[1]
    in_force.forget()
    return made


def headers(token: ApiToken) -> dict[str, str]:
    return rate_headers.of(Caller(token.user, token, frozenset(), None))


def test_a_rate_counts_what_is_asked_with_the_token_alone(alice: User) -> None:
    token, other = limited(alice, requests_per_minute=2), limited(alice)
    begin(alice, token)
    begin(alice, token)
    with pytest.raises(Exceeded, match="2 messages a minute from this API token") as refused:
        begin(alice, token)
    assert refused.value.resets is not None and (refused.value.resets - timezone.now()).total_seconds() <= 31
    begin(alice, other)
    begin(alice, None)


def test_the_limits_of_its_user_count_besides(alice: User) -> None:
    limit(person=alice, messages_per_minute=1)
    token = limited(alice, requests_per_minute=100)
    begin(alice, token)
    with pytest.raises(Exceeded, match="You may send one message a minute"):
        begin(alice, token)
    assert headers(token)["x-ratelimit-limit-requests"] == "1"


def test_a_budget_holds_and_is_settled_by_what_was_used(alice: User) -> None:
    token = limited(alice, monthly_cost=Decimal("8.50"))
    subject = f"token:{token.pk}"
    reply = begin(alice, token)
    held = Reservation.objects.get()
    assert held.subjects == [subject] and held.cost == spending(subject)[1] > 8 * DOLLAR
    with pytest.raises(Exceeded, match="held back for answers"):
        begin(alice, token)
    begin(alice, None)
    end(reply, Tokens(input=1000, output=2000))
    assert spending(subject)[:2] == (3 * DOLLAR, 0)
    end(begin(alice, token), Tokens(input=1000, output=4490))
    with pytest.raises(Exceeded, match=r"budget of this API token \(\$8\.50\)"):
        begin(alice, token)
    assert standing.of(alice) == []  # the user has no budget, and isn't told of the token's


def test_a_budget_that_comes_later_counts_what_was_used_before(alice: User) -> None:
    token = limited(alice)
    end(begin(alice, token), Tokens(input=1000, output=1000))
    end(begin(alice, None), Tokens(input=500, output=0))
    running = begin(alice, token)
    ApiToken.objects.filter(pk=token.pk).update(monthly_tokens=20_000)
    recounting.changed()
    end(begin(alice, token), Tokens(input=300, output=0))
    end(running, Tokens(input=700, output=0))
    assert spending(f"token:{token.pk}")[2:] == (3000, 0)


def test_a_reservation_made_for_other_budgets_knows_the_token(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own budget may come while the answer runs, which counts in the month that it began in."""
    limit(person=alice, monthly_tokens=1_000_000)
    token = limited(alice)
    running = begin(alice, token)
    ApiToken.objects.filter(pk=token.pk).update(monthly_tokens=20_000)
    recounting.changed()
    end(begin(alice, token), Tokens(input=300, output=0))
    following = months.following(months.current())
    monkeypatch.setattr(months, "current", lambda: following)
    end(running, Tokens(input=700, output=0))
    assert spending(f"token:{token.pk}")[2:] == (1000, 0)


def test_the_headers_say_what_is_left(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_rate, "time_ns", lambda: 1_800_000_000_000_000_000)
    assert headers(limited(alice)) == {}
    limit(person=alice, monthly_tokens=60_000)
    limit(person=alice, kind="text", monthly_tokens=40_000)  # which is no limit of all requests
    token = limited(alice, requests_per_minute=10, monthly_tokens=50_000)
    end(begin(alice, token), Tokens(input=1000, output=500))
    told = headers(token)
    assert (told["x-ratelimit-limit-requests"], told["x-ratelimit-remaining-requests"]) == ("10", "9")
    assert told["x-ratelimit-reset-requests"] == "6s"
    assert (told["x-ratelimit-limit-tokens"], told["x-ratelimit-remaining-tokens"]) == ("50000", "48500")


@pytest.mark.parametrize(
    ("seconds", "written"), [(0.0, "0ms"), (0.02, "20ms"), (1, "1s"), (59.6, "1m0s"), (360, "6m0s"), (86_400, "24h0m0s"), (3661, "1h1m1s")]
)
def test_durations_are_written_as_openai_writes_them(seconds: float, written: str) -> None:
    assert rate_headers.duration(seconds) == written


@pytest.mark.parametrize("is_coroutine", [False, True])
@pytest.mark.django_db(transaction=True)
def test_an_endpoint_that_asks_models_tells_them(alice: User, is_coroutine: bool) -> None:
    secret, token = token_of(alice, requests_per_minute=1)

    def view(request: HttpRequest, caller: Caller) -> HttpResponse:
        begin(caller.user, caller.token)
        return HttpResponse("{}", content_type="application/json")

    async def coroutine(request: HttpRequest, caller: Caller) -> HttpResponse:
        return await sync_to_async(view)(request, caller)

    asked = endpoint(asks_models=True, POST=coroutine if is_coroutine else view)
    asked = async_to_sync(asked) if is_coroutine else asked
    request = RequestFactory(headers={"Authorization": f"Bearer {secret}"}).post("/v1/chat/completions")
    responses = [asked(request) for _ in range(2)]
    assert [response.status_code for response in responses] == [200, 429]
    assert [response.headers["x-ratelimit-remaining-requests"] for response in responses] == ["0", "0"]
    assert 55 <= int(responses[1].headers["Retry-After"]) <= 60 and "X-Should-Retry" not in responses[1].headers
    assert error_of(responses[1])["code"] == "rate_limit_exceeded"


@pytest.mark.django_db(transaction=True)
def test_where_there_are_no_limits_nothing_is_asked_for_them(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    async def view(request: HttpRequest, caller: Caller) -> HttpResponse:
        return HttpResponse("{}", content_type="application/json")

    asked = async_to_sync(endpoint(asks_models=True, POST=view))
    request = RequestFactory(headers=headers_of(alice)).post("/v1/chat/completions")
    assert asked(request).status_code == 200 and in_force.rules() == ()
    monkeypatch.delattr(DatabaseJobs, "do")
    assert asked(request).status_code == 200
