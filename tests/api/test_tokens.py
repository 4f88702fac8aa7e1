"""A token opens the API to a program as its user, until it expires, is revoked, or the user is deactivated. Nothing else opens it."""

from datetime import timedelta
from io import StringIO
from time import monotonic
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations import process_cache
from conversations.api import authentication
from conversations.api.errors import ApiError
from conversations.models import ApiToken, User
from tests.conftest import PASSWORD
from tests.support.api import client_of, error_of, headers_of, token_of


def with_token(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_a_token_opens_it_and_its_use_is_noted_once_a_minute(alice: User) -> None:
    secret, token = token_of(alice)
    client = with_token(secret)
    assert client.get("/v1/models").status_code == 200
    token.refresh_from_db()
    first = token.last_used
    assert first is not None and secret.startswith(token.prefix) and secret not in str(vars(token))
    process_cache.clear()
    client.get("/v1/models")
    token.refresh_from_db()
    assert token.last_used == first
    ApiToken.objects.update(last_used=first - timedelta(seconds=61))
    process_cache.clear()
    client.get("/v1/models")
    token.refresh_from_db()
    assert token.last_used >= first


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic YWxpY2U6eA==", "Bearer sk-chat-guessed", "sk-chat-guessed", "Bearer é", "Bearer \x00"],
)
def test_without_one_there_is_nothing(alice: User, header: str) -> None:
    token_of(alice)
    client = Client()
    client.force_login(alice)  # a session is none of the API's business
    response = client.get("/v1/models", headers={"Authorization": header} if header else {})
    assert response.status_code == 401 and error_of(response)["code"] == "invalid_api_key"
    assert response.headers["WWW-Authenticate"] == "Bearer" and not response.cookies


@pytest.mark.parametrize("change", ["revoked", "expired", "inactive"])
def test_it_is_refused_within_two_seconds(alice: User, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    secret, token = token_of(alice)
    client = with_token(secret)
    assert client.get("/v1/models").status_code == 200
    now = monotonic()
    match change:
        case "revoked":
            ApiToken.objects.update(revoked=timezone.now())
        case "expired":
            ApiToken.objects.update(expires=timezone.now())
        case "inactive":
            User.objects.filter(pk=alice.pk).update(is_active=False)
    monkeypatch.setattr(authentication, "monotonic", lambda: now + 2.0)
    refused = client.get("/v1/models")
    assert refused.status_code == 401 and change in error_of(refused)["message"]


def test_one_that_expires_while_it_is_known_is_refused_at_once(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, _ = token_of(alice, expires=timezone.now() + timedelta(seconds=30))
    client = with_token(secret)
    assert client.get("/v1/models").status_code == 200
    later = timezone.now() + timedelta(seconds=31)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert client.get("/v1/models").status_code == 401
    with pytest.raises(ApiError, match="expired"):
        async_to_sync(authentication.caller_by)(f"Bearer {secret}")


def test_a_known_token_asks_nothing_of_the_database(alice: User) -> None:
    request = RequestFactory(headers=headers_of(alice)).get("/v1/models")
    with CaptureQueriesContext(
        connection,
    ) as first:
        authentication.caller(request)
    assert len(first) == 2  # the token with its user, and its use
    with CaptureQueriesContext(connection) as second:
        assert authentication.caller(request).user == alice
    assert len(second) == 0


@pytest.mark.django_db(transaction=True)
async def test_in_a_coroutine_it_is_the_same() -> None:
    alice = await User.objects.acreate_user("alice", password=PASSWORD)
    secret, token = await sync_to_async(token_of)(alice, "chat")
    request = RequestFactory(headers={"Authorization": f"Bearer {secret}"}).get("/v1/models")
    for _ in range(2):  # read, then known
        who = await authentication.caller_now(request)
        assert who.user == alice and who.scopes == {"chat"}
    await ApiToken.objects.aupdate(revoked=timezone.now())
    authentication.forget()
    with pytest.raises(ApiError, match="revoked"):
        await authentication.caller_now(request)


def test_the_command_prints_a_token_and_nothing_else(alice: User) -> None:
    out, err = StringIO(), StringIO()
    call_command("api_token", "alice", stdout=out, stderr=err)
    assert err.getvalue() == "" and out.getvalue().count("\n") == 1
    assert with_token(out.getvalue().strip()).get("/v1/models").status_code == 200
    assert ApiToken.objects.get().user == alice


@pytest.mark.parametrize("username", ["nobody", "bob"])
def test_the_command_makes_none_that_would_open_nothing(bob: User, username: str) -> None:
    User.objects.update(is_active=False)
    with pytest.raises(CommandError, match=username):
        call_command("api_token", username)
    assert not ApiToken.objects.exists()


def test_a_token_goes_with_its_user(alice: User) -> None:
    client = client_of(alice)
    alice.delete()
    assert not ApiToken.objects.exists()
    assert client.get("/v1/models").status_code == 401


def test_a_token_that_its_user_made_has_no_right_that_the_user_lost(alice: User, settings: Any) -> None:
    settings.OPENAI_API_KEY, settings.OPENAI_MODEL = "sk-test", "raw-model"
    rights = Permission.objects.filter(codename__in=("make_apitoken", "use_raw_models"))
    alice.user_permissions.set(rights)
    own, others = with_token(token_of(alice, made_by=alice)[0]), with_token(token_of(alice)[0])

    def asks_raw_models(client: Client) -> bool:
        process_cache.clear()
        return "raw-model" in [model["id"] for model in client.get("/v1/models").json()["data"]]

    assert asks_raw_models(own)
    alice.user_permissions.set(rights.filter(codename="make_apitoken"))
    assert not asks_raw_models(own) and asks_raw_models(others)
    alice.user_permissions.clear()
    process_cache.clear()
    assert error_of(own.get("/v1/models"))["code"] == "invalid_api_key" and others.get("/v1/models").status_code == 200
    settings.USERS_MAKE_API_TOKENS = True
    assert own.get("/v1/models").status_code == 200
