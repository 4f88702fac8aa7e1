"""A key or provider that one process's administrator changes counts in every process within seconds, and so does an open circuit."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from conversations.routing.catalog import FRESH_SECONDS
from tests.conftest import title_if_asked
from tests.support.scripted_openai import Answer, Request, ScriptedOpenAI, failure
from tests.support.serving import Serving
from tests.support.site import Site

pytestmark = [pytest.mark.several_processes, pytest.mark.timeout(180)]

OLD, NEW = "sk-old-0123456789abcdef", "sk-new-0123456789abcdef"
ADD = """
from conversations.models import ApiKey, Model, Provider
row, _ = Provider.objects.get_or_create(name="Near", defaults=dict(base_url={url!r}, priority=1, default_model="the-model"))
Model.objects.get_or_create(provider=row, name="the-model")
key, _ = ApiKey.objects.get_or_create(provider=row, label="only")
key.take({secret!r})
key.save()
"""


@pytest.fixture(scope="module")
def near() -> Iterator[ScriptedOpenAI]:
    with ScriptedOpenAI.in_thread() as server:
        yield server


@pytest.fixture(scope="module")
def site(serve: Serving, lasting_provider: ScriptedOpenAI) -> Iterator[Site]:
    with Site(serve, lasting_provider.base_url) as site:
        site.start()
        site.start()
        yield site


def opened_by(secret: str, then: Answer | None = None):
    def answer(request: Request) -> Answer | None:
        if request.headers.get("authorization") != f"Bearer {secret}":
            return failure(401, "Incorrect API key provided.", code="invalid_api_key")
        return title_if_asked(request) or then

    return answer


def enter(site: Site, near: ScriptedOpenAI, secret: str) -> None:
    site.processes[0].served.manage("shell", "--no-imports", "-c", ADD.format(url=near.base_url, secret=secret))


def test_a_key_that_was_replaced_is_used_everywhere(site: Site, near: ScriptedOpenAI):
    near.answer_with = opened_by(OLD)
    enter(site, near, OLD)
    tabs = [site.tab(process) for process in site.processes]
    for tab in tabs:
        site.until(partial(_asks, tab, near))
    near.answer_with = opened_by(NEW)
    enter(site, near, NEW)
    time.sleep(FRESH_SECONDS)
    for tab in tabs:
        assert _asks(tab, near, NEW)


def test_what_fails_in_one_process_is_left_alone_in_the_other(site: Site, near: ScriptedOpenAI, lasting_provider: ScriptedOpenAI):
    near.answer_with = opened_by(NEW, then=failure(500, "Ouch"))
    here, there = (site.tab(process) for process in site.processes)
    site.until(lambda: not _asks(here, near))
    time.sleep(FRESH_SECONDS)
    assert not _asks(there, near)


def _asks(tab: Any, near: ScriptedOpenAI, secret: str = "") -> bool:
    """Whether an answer for this tab makes its process ask the near provider (with this key). It comes from one of them in any case."""
    before = len(near.streams)
    accepted = tab.send("Hello")
    assert tab.until("finished", message=accepted["reply"])["status"] == "complete"
    asked = near.streams[before:]
    return bool(asked) and (not secret or asked[-1].headers["authorization"] == f"Bearer {secret}")
