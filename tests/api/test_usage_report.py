"""GET /v1/usage says what the token and its user used this month, and nothing of others."""

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import User
from conversations.usage.limits import in_force
from tests.support.api import client_of, error_of, token_of
from tests.support.ledger import attempt
from tests.support.limits import DOLLAR, limit


@pytest.mark.every_database
def test_of_the_token_and_of_its_user(alice: User, bob: User) -> None:
    limit(person=alice, monthly_tokens=1000)
    limit(person=alice, kind="audio", monthly_units=60)
    limit(person=alice, kind="pictures", monthly_units=5)
    secret, token = token_of(alice, monthly_cost=5)
    in_force.forget()
    now = timezone.now()
    attempt(now, owner=alice, token=token, input_tokens=10, output_tokens=5, cost=2 * DOLLAR)
    attempt(now, owner=alice, input_tokens=100, output_tokens=0, cost=DOLLAR)
    attempt(now, owner=alice, token=token, purpose="api", kind="pictures", pictures=3, cost=DOLLAR)
    attempt(now, owner=alice, purpose="audio", kind="transcripts", heard_ms=90_000)
    attempt(now, owner=alice, purpose="audio", kind="speech", spoken_ms=1_500, spoken_characters=20)
    attempt(now, owner=bob, input_tokens=1000, output_tokens=0, cost=DOLLAR)
    told = Client().get("/v1/usage", headers={"Authorization": f"Bearer {secret}"}).json()
    text = {"requests": 1, "cost": 2.0, "tokens": 15}
    pictures = {"requests": 1, "cost": 1.0, "tokens": 0, "pictures": 3}
    assert told["token"] == {"cost": 3.0, "tokens": 15, "kinds": {"text": text, "pictures": pictures}}
    heard = {"requests": 1, "cost": 0.0, "tokens": 0, "seconds_heard": 90.0}
    said = {"requests": 1, "cost": 0.0, "tokens": 0, "seconds_made": 1.5, "characters": 20}
    text = {"requests": 2, "cost": 3.0, "tokens": 115}
    of_kinds = {"text": text, "pictures": pictures, "transcripts": heard, "speech": said}
    assert told["user"] == {"cost": 4.0, "tokens": 115, "kinds": of_kinds}
    budgets = [(one["of"], one.get("only_for"), one["unit"], one["used"], one["allowed"]) for one in told["budgets"]]
    assert budgets == [
        ("the user", None, "tokens", 115, 1000),
        ("the user", "audio", "minutes", 1.525, 60),
        ("the user", "pictures", "pictures", 3, 5),
        ("this API token", None, "dollars", 3.0, 5.0),
    ]


def test_with_the_scope_for_it(alice: User) -> None:
    assert error_of(client_of(alice, "chat").get("/v1/usage"))["code"] == "missing_scope"
