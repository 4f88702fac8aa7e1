"""Static files that are named by their content come without Django; whatever is unusual about a request still goes there."""

import gzip
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import brotli
import pytest

from tests.support.serving import Served, Serving

DJANGO = "X-Request-Id"
"""A header of all responses that Django makes."""


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    serving = Serving()
    yield serving("http://127.0.0.1:9/v1", DATABASE_URL="", REDIS_URL="", SITE_PATH="/chat/", BEHIND_TLS="true", ALLOWED_HOSTS="*")
    serving.end()


@pytest.fixture(scope="module")
def script(served: Served) -> Path:
    return next((served.data_dir / "static" / "js").glob("chat.*.js"))


def ask(served: Served, path: str, method: str = "GET", *, scheme: str = "https", **headers: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", served.port, timeout=20)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, headers={"X-Forwarded-Proto": scheme, "Accept-Encoding": "identity", **given})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip;q=0", None), ("identity", None)])
@pytest.mark.parametrize("prefix", ["/chat/static/js/", "/static/js/"])  # a proxy may pass the site's path on or leave it out
def test_the_usual_request_is_answered_in_the_encoding_that_it_accepts(
    served: Served, script: Path, prefix: str, accepted: str, encoding: str | None
) -> None:
    response, body = ask(served, f"{prefix}{script.name}?again", Accept_Encoding=accepted)
    assert response.status == 200
    assert response.headers["Content-Encoding"] == encoding
    assert {"br": brotli.decompress, "gzip": gzip.decompress}.get(encoding or "", bytes)(body) == script.read_bytes()
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert "immutable" in response.headers["Cache-Control"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Strict-Transport-Security"]
    assert DJANGO not in response.headers


def test_what_a_browser_has_already_is_not_sent_again(served: Served, script: Path) -> None:
    path = f"/chat/static/js/{script.name}"
    tag = ask(served, path)[0].headers["ETag"]
    response, body = ask(served, path, If_None_Match=tag)
    assert (response.status, body) == (304, b"")
    assert ask(served, path, If_None_Match='"another"')[0].status == 200
    assert ask(served, path, Accept_Encoding="br")[0].headers["ETag"] != tag


def test_the_unusual_goes_on_to_django(served: Served, script: Path) -> None:
    path = f"/chat/static/js/{script.name}"
    part, body = ask(served, path, Range="bytes=3-6")
    assert (part.status, body) == (206, script.read_bytes()[3:7])
    head, body = ask(served, path, "HEAD")
    assert (head.status, body) == (200, b"")
    unencrypted, _ = ask(served, path, scheme="http")
    assert unencrypted.status == 301
    assert unencrypted.headers["Location"].startswith("https://")
    missing, _ = ask(served, "/chat/static/js/chat.000000000000.js")
    assert missing.status == 404
    outside, _ = ask(served, "/chat/static/../secret_key")
    assert outside.status == 404
    assert all(DJANGO in response.headers for response in (part, head, unencrypted, missing, outside))


def test_a_large_file_is_left_to_what_sends_it_piece_by_piece(served: Served) -> None:
    largest = max((served.data_dir / "static" / "npm").rglob("*.js"), key=lambda file: file.stat().st_size)
    response, body = ask(served, f"/chat/static/{largest.relative_to(served.data_dir / 'static')}")
    assert body == largest.read_bytes()
    assert DJANGO in response.headers
