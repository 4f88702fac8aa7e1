"""Which clients get a socket, and when it is closed."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from conversations.live import authentication, session_check
from conversations.models import User
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_stranger_without_a_session_is_told_to_sign_in() -> None:
    socket = await Socket(None).open()
    assert await socket.closed_with() == 4401


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://localhost:9999",
        "https://localhost:8000.evil.example",
        "null",
        "file://",
        "http://[",
        "localhost:8000",
    ],
)
async def test_pages_of_other_sites_are_refused(alice: User, origin: str) -> None:
    socket = await Socket(alice, origin=origin).open()
    assert await socket.closed_with() == 4403


@pytest.mark.parametrize("origin", ["http://localhost:8000", None])
async def test_our_pages_and_programs_that_are_no_browsers_are_let_in(alice: User, origin: str | None) -> None:
    async with Socket(alice, origin=origin) as socket:
        assert socket.frames[0]["user"] == str(alice.pk)


@pytest.mark.parametrize("trusted", ["https://chat.example.org", "https://*.example.org"])
async def test_a_trusted_origin_is_let_in(alice: User, settings, trusted: str) -> None:
    settings.CSRF_TRUSTED_ORIGINS = [trusted]
    async with Socket(alice, origin="https://chat.example.org"):
        pass
    for other in ("http://chat.example.org", "https://chat.example.org.evil.example", "https://chatexample.org"):
        assert await (await Socket(alice, origin=other).open()).closed_with() == 4403


async def test_signing_out_closes_the_sockets_of_that_session_only(alice: User) -> None:
    phone = Client()
    async with Socket(alice) as laptop, Socket(alice, client=phone) as on_the_phone:
        await sync_to_async(phone.post)("/accounts/logout/")
        assert await on_the_phone.closed_with() == 4401
        await laptop.command("watch", conversation="00000000-0000-7000-8000-000000000000")
        assert (await laptop.next())["code"] == "not_found"


async def test_deactivation_takes_effect_at_once_when_told_and_at_the_next_command_otherwise(alice: User) -> None:
    async with Socket(alice) as told, Socket(alice) as untold:
        alice.is_active = False
        await alice.asave()
        await untold.command("send", text="still here?")
        assert await untold.closed_with() == 4401
        await sync_to_async(authentication.recheck)(alice.pk)
        assert await told.closed_with() == 4401


async def test_changing_one_s_password_closes_the_sockets_of_other_sessions_at_once(alice: User) -> None:
    client = Client()
    async with Socket(alice, client=client), Socket(alice) as elsewhere:
        alice.set_password("correct horse battery")
        await alice.asave()
        await sync_to_async(client.force_login)(alice)
        words = {"oldpassword": "correct horse battery", "password1": "quite another staple"}
        answer = await sync_to_async(client.post)("/accounts/password/change/", words)
        assert answer.status_code == 302
        assert await elsewhere.closed_with() == 4401


async def test_an_idle_socket_is_looked_at_now_and_then(alice: User, monkeypatch) -> None:
    monkeypatch.setattr(session_check, "SESSION_CHECK_SECONDS", 0.05)
    async with Socket(alice) as socket:
        await sync_to_async(Session.objects.all().delete)()
        assert await socket.closed_with() == 4401


async def test_a_changed_password_ends_other_sessions_sockets(alice: User) -> None:
    async with Socket(alice) as socket:
        alice.set_password("something quite different")
        await alice.asave()
        await socket.command("stop", message="00000000-0000-7000-8000-000000000000")
        assert await socket.closed_with() == 4401


@pytest.mark.parametrize("change", ["deleted", "expired", "of another user", "of an earlier password"])
async def test_what_became_of_a_session_since_the_last_command_is_noticed(alice: User, bob: User, change: str) -> None:
    client = Client()
    async with Socket(alice, client=client) as socket:
        await socket.command("watch", conversation="00000000-0000-7000-8000-000000000000")
        assert (await socket.next())["code"] == "not_found"
        stored = await stored_session(client)
        others = Client()
        if change == "expired":
            stored.expire_date = timezone.now() - timedelta(seconds=1)
        elif change == "of another user":
            await sync_to_async(others.force_login)(bob)
            stored.session_data = (await stored_session(others)).session_data
        elif change == "of an earlier password":
            earlier = await User.objects.aget(pk=alice.pk)
            earlier.password = "before"
            await sync_to_async(others.force_login)(earlier)
            stored.session_data = (await stored_session(others)).session_data
        await (stored.adelete() if change == "deleted" else stored.asave())
        await socket.command("send", text="still here?")
        assert await socket.closed_with() == 4401


async def stored_session(client: Client) -> Session:
    return await Session.objects.aget(session_key=client.cookies[settings.SESSION_COOKIE_NAME].value)
