"""While PostgreSQL can't be reached each request hears so at once; when it is back, no request hears of the outage that is over."""

from collections.abc import Callable

import psycopg
import pytest
from django.db import OperationalError, connection
from django.db.backends.postgresql import base

from chatbot.postgresql.base import DatabaseWrapper


@pytest.fixture
def reach(monkeypatch) -> Callable[[Callable[[], object]], object]:
    """Connect as a thread of its own would; the function stands for the server."""
    settings = {**connection.settings_dict, "OPTIONS": {}}
    alias = "returning"
    monkeypatch.setattr("chatbot.postgresql.base.RETRY_AFTER_SECONDS", 600.0)
    for times in (DatabaseWrapper._down_until, DatabaseWrapper._reached):
        monkeypatch.delitem(times, alias, raising=False)

    def reach(server: Callable[[], object]) -> object:
        monkeypatch.setattr(base.DatabaseWrapper, "get_new_connection", lambda self, parameters: server())
        return DatabaseWrapper(settings, alias).get_new_connection({})

    return reach


def unreachable() -> object:
    raise psycopg.OperationalError("couldn't get a connection after 3.00 sec")


def test_after_a_failure_the_next_ones_do_not_wait(reach):
    with pytest.raises(psycopg.OperationalError):
        reach(unreachable)
    with pytest.raises(OperationalError, match="a moment ago"):
        reach(lambda: pytest.fail("It was asked."))


def test_a_wait_that_began_in_the_outage_does_not_turn_away_those_behind_it(reach):
    def reached_by_another_thread_meanwhile() -> object:
        reach(lambda: "another thread's connection")
        return unreachable()

    with pytest.raises(psycopg.OperationalError):
        reach(reached_by_another_thread_meanwhile)
    assert reach(lambda: "a connection") == "a connection"
