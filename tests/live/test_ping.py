"""A page that doubts its connection sends a ping, and gets a pong at once."""

import pytest

from conversations.live import authentication
from conversations.models import User
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_ping_is_answered_with_its_id(alice: User) -> None:
    async with Socket(alice) as socket:
        request = await socket.command("ping")
        assert await socket.next() == {"type": "pong", "id": request}
        await socket.raw('{"type":"ping"}')
        assert await socket.next() == {"type": "pong", "id": None}


async def test_a_ping_does_not_wait_for_the_database(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Socket(alice) as socket:
        monkeypatch.setattr(authentication.Session, "signed_in", lambda session: pytest.fail("The database was asked."))
        await socket.command("ping")
        assert (await socket.next())["type"] == "pong"
