"""A company's own certificate authority, named by SSL_CERT_FILE, is trusted; what is not encrypted needs none."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conversations.providers import certificates
from conversations.providers.parts import Finish
from tests.support import certificate_authority
from tests.support.provider_stream import failure, parts, provider

from .test_untidy_refusals import answering, stored


@contextlib.contextmanager
def trusting(monkeypatch: pytest.MonkeyPatch, file: Path) -> Iterator[None]:
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    certificates.context_of.cache_clear()
    try:
        yield
    finally:
        certificates.context_of.cache_clear()


async def test_it_is_trusted_where_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    authority, server = certificate_authority.make(tmp_path)
    whole = stored("44-gzip-although-identity-was-asked.http")
    async with answering(whole, tls=server) as endpoint:
        certificates.context_of.cache_clear()
        error = await failure(endpoint)
        assert error.kind == "network"
        assert "certificate" in error.cause.lower()
    with trusting(monkeypatch, authority):
        async with answering(whole, tls=server) as endpoint:
            assert (await parts(endpoint))[-1] == Finish("stop")


async def test_a_file_that_is_missing_harms_only_what_is_encrypted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with trusting(monkeypatch, tmp_path / "missing.pem"):
        async with provider("chat_completions") as (_, endpoint):
            assert (await parts(endpoint))[-1] == Finish("stop")
            error = await failure(replace(endpoint, base_url="https://127.0.0.1:1/v1"))
            assert (error.kind, "missing.pem" in error.cause or "No such file" in error.cause) == ("network", True)
