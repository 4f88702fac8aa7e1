"""No key is found in what is logged about a failure: not in its cause, nor in its representation, nor in a traceback."""

import base64
import io
import json
import logging
import traceback
from urllib.parse import quote

import pytest
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from conversations.providers import clients
from conversations.providers.endpoint import Api, Endpoint
from conversations.providers.errors import ProviderError
from conversations.providers.opening import open_stream
from conversations.providers.redaction import redacted
from tests.support.provider_stream import KEY, REQUEST, failure, on_both_wires, provider
from tests.support.scripted_openai import Answer, Event, Finish, Text
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


ODD_KEY = "Own-key_of/no+form-0123456789=="
FORMS = {
    "upper case": ODD_KEY.upper(),
    "without dashes": ODD_KEY.replace("-", "").replace("_", ""),
    "percent-encoded": quote(ODD_KEY, safe=""),
    "percent-encoded throughout": "".join(f"%{byte:02x}" for byte in ODD_KEY.encode()),
    "JSON in JSON": json.dumps(json.dumps({"key": ODD_KEY.replace("/", "\\/")})),
    "HTML": "".join(f"&#{ord(character)};" for character in ODD_KEY),
    "JavaScript": "".join(f"\\u{ord(character):04X}" for character in ODD_KEY),
    "base64": base64.b64encode(ODD_KEY.encode()).decode(),
    "base64 of an address": base64.urlsafe_b64encode(f"user:{ODD_KEY}".encode()).decode(),
    "base64 of a header": base64.b64encode(f"Bearer {ODD_KEY}, and more".encode()).decode(),
    "hexadecimal": ODD_KEY.encode().hex(),
    "cut off": ODD_KEY[:14],
}


@pytest.mark.parametrize("form", FORMS)
def test_a_key_in_another_form(form: str) -> None:
    shown = redacted(f"You sent {FORMS[form]}", ODD_KEY)
    assert "[secret]" in shown
    assert len(shown) < len("You sent [secret]") + 30  # of base64, what was encoded around the key may stay
    assert not any(part in shown.lower() for part in ("own", "form", "0123", FORMS[form][8:20].lower()))


@pytest.mark.timeout(10)
@pytest.mark.parametrize("text", [ODD_KEY[:-1] * 5_000, "\\" * 100_000, ODD_KEY[0] + "\\" * 100_000, "---" * 30_000])
def test_forms_of_a_key_in_endless_texts(text: str) -> None:
    redacted(text, ODD_KEY)


@on_both_wires
async def test_a_server_that_repeats_the_key_in_a_header(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    hostile = {"x-request-id": f"id of {KEY} \x1b[31m\xe9 " + "x" * 500}
    async with provider(api) as (server, endpoint):
        server.queue(refusal(500, "Ouch", headers=hostile))
        error = await failure(endpoint)
        server.queue(Answer(headers=hostile, steps=(Text("Hi"), Finish())))
        async with open_stream(endpoint, REQUEST) as stream:
            seen = [error.request_id, stream.request_id]
            [_ async for _ in stream]
    for shown in seen:
        assert shown is not None
        assert shown.startswith("id of [secret] ?[31m")
        assert len(shown) <= 120
        assert shown.isascii()
        assert shown.isprintable()


def test_ordinary_words_stay() -> None:
    text = "This model's maximum context length is 4096 tokens; task-based risk-free ask-me"
    assert redacted(text) == text
