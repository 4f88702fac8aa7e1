"""Without Redis: users sign in, send and are answered; only what is counted in Redis isn't counted."""

import socket
from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.test import Client

from chatbot.redis_cache import RedisCache
from conversations.models import User
from tests.conftest import PASSWORD


@pytest.fixture
def nowhere(settings) -> Iterator[None]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"redis://127.0.0.1:{probe.getsockname()[1]}/0"
    settings.CACHES = {"default": {"BACKEND": "chatbot.redis_cache.RedisCache", "LOCATION": url}}
    yield
    RedisCache.down_until = 0.0


def test_what_the_cache_knew_counts_as_unknown(nowhere: None):
    cache = caches["default"]
    cache.set("a", 1)
    assert cache.get("a", "nothing") == "nothing"
    assert cache.get_many(["a"]) == {}
    assert cache.add("a", 1)
    assert not cache.delete("a")
    assert cache.incr("a") == 1
    assert not cache.has_key("a")
    assert not cache.touch("a")


@pytest.mark.every_database
@pytest.mark.django_db
def test_people_sign_in(nowhere: None, alice: User):
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")
