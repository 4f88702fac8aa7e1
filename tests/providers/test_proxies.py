"""Proxies that the environment names: used where they can be, else passed over with a line in the log, and never for this machine."""

from __future__ import annotations

import logging

import pytest

from conversations import process_cache
from conversations.providers import clients, model_list, proxies
from conversations.providers.endpoint import Endpoint
from tests.support.provider_stream import KEY, failure, parts, provider
from tests.support.scripted_openai import ScriptedOpenAI

from .test_untidy_refusals import answering

VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
UNUSABLE = ["socks://127.0.0.1:9", "socks5://me:secret@127.0.0.1:9", "socks5h://gate:1080", "http://gate:port", "http://", "quic://gate"]


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize("proxy", [*UNUSABLE, "http://127.0.0.1:9"])
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY", "all_proxy"])
async def test_this_machine_is_asked_directly(monkeypatch: pytest.MonkeyPatch, variable: str, proxy: str) -> None:
    monkeypatch.setenv(variable, proxy)
    async with provider("chat_completions") as (_, endpoint):
        assert await model_list.list_models(endpoint) == ["scripted-model"]
        assert await parts(endpoint)


@pytest.mark.parametrize("proxy", UNUSABLE)
def test_what_cannot_be_used_is_passed_over_with_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, proxy: str
) -> None:
    process_cache.clear()
    monkeypatch.setenv("ALL_PROXY", proxy)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert proxies.proxy_for("https://api.example.org/v1") is None
    assert len(caplog.records) == 1
    assert "api.example.org" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("base_url", "proxy"),
    [
        ("https://api.example.org/v1", "http://secure:1"),
        ("http://api.example.org/v1", "http://all:2"),
        ("http://inside.example.com/v1", None),
        ("http://127.0.0.2:8000/v1", None),
        ("http://[::1]:8000/v1", None),
        ("http://model.localhost/v1", None),
    ],
)
def test_which_is_used(monkeypatch: pytest.MonkeyPatch, base_url: str, proxy: str | None) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://secure:1")
    monkeypatch.setenv("ALL_PROXY", "all:2")
    monkeypatch.setenv("NO_PROXY", ".example.com, other")
    assert proxies.proxy_for(base_url) == proxy


async def test_a_proxy_carries_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ScriptedOpenAI() as server:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.port}")
        try:
            assert await parts(Endpoint("http://provider.invalid/v1", "chat_completions", KEY, "m", 1000))
        finally:
            await clients.close_all()
        assert server.requests[0].path == "http://provider.invalid/v1/chat/completions"


async def test_a_proxy_that_lets_no_tunnel_through(monkeypatch: pytest.MonkeyPatch) -> None:
    async with answering(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n") as gate:
        monkeypatch.setenv("HTTPS_PROXY", gate.base_url.removesuffix("/v1"))
        error = await failure(Endpoint("https://provider.invalid/v1", "chat_completions", KEY, "m", 1000))
        assert (error.kind, error.status) == ("proxy", 403)
        assert "provider.invalid" in error.cause
