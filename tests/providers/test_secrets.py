"""No key is found in what is logged about a failure: not in its cause, nor in its representation, nor in a traceback."""

import io
import logging
import traceback

import pytest
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from conversations.providers import clients
from conversations.providers.endpoint import Api, Endpoint
from conversations.providers.errors import ProviderError
from conversations.providers.redaction import redacted
from tests.support.provider_stream import KEY, REQUEST, failure, on_both_wires, provider
from tests.support.scripted_openai import Event, Text
from tests.support.scripted_openai import failure as refusal

OWN_KEY = "a-key-of-no-known-form"


async def _reports(error: ProviderError) -> str:
    """All that any log or error page would show of it."""
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    trace = (type(error), error, error.__traceback__)
    handler.handle(logging.LogRecord("x", logging.ERROR, "x", 1, "failed: %s %r", (error, error), trace))
    page = ExceptionReporter(RequestFactory().get("/"), *trace).get_traceback_text()
    links = traceback.TracebackException.from_exception(error, capture_locals=True).format()
    return "\n".join([error.cause, str(error), repr(error), log.getvalue(), page, *links])


@on_both_wires
@pytest.mark.parametrize("key", [KEY, OWN_KEY])
@pytest.mark.parametrize("way", ["status", "stream"])
async def test_a_server_that_repeats_the_key(api: Api, key: str, way: str) -> None:
    message = f"Bad key {key}; Authorization: Bearer {key}; you sent {{'authorization': 'Bearer {key}'}}"
    async with provider(api) as (server, _):
        endpoint = Endpoint(server.base_url, api, key, "m", 1000)
        if way == "status":
            server.queue(refusal(401, message))
        else:
            server.script(Text("a"), Event({"type": "error", "message": message}, "error"))
        error = await failure(endpoint, REQUEST)
    assert error.__context__ is None
    assert error.__cause__ is None
    reports = await _reports(error)
    assert key not in reports
    assert "Bad key" in reports


async def test_a_refused_connection() -> None:
    error = await failure(Endpoint("http://127.0.0.1:1/v1", "responses", KEY, "m", 1000))
    await clients.close_all()
    assert KEY not in await _reports(error)


def test_an_endpoint_does_not_show_its_key() -> None:
    assert KEY not in repr(Endpoint("http://127.0.0.1:1/v1", "responses", KEY, "m", 1000))


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key provided: sk-proj-abc***********wxyz. You can find it",
        "Incorrect API key provided: mysecret***here.",
        "Authorization: Bearer mysecret",
        "headers={'Authorization': 'Bearer mysecret', 'x': 1}",
        "x-api-key: mysecret",
        "http://user:mysecret@host/v1",
        "key gsk_mysecretmysecret",
    ],
)
def test_what_looks_like_a_key(text: str) -> None:
    assert "mysecret" not in redacted(text)
    assert "wxyz" not in redacted(text)


def test_ordinary_words_stay() -> None:
    text = "This model's maximum context length is 4096 tokens; task-based risk-free ask-me"
    assert redacted(text) == text
