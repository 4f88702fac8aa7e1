"""Webhooks reach no address of the server's own network, however it is written, unless the site allows that."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import pytest

from conversations.webhooks import addresses, sending

from .receiver import Receiver


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
        "[::1]", "[::]", "[fe80::1]", "[fe80::1%25eth0]", "[fd00::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
        "[2001:0:7f00:1::]", "[ff02::1]", "[fec0::1]", "[64:ff9b:1::7f00:1]", "[::7f00:1]", "[::ffff:0:127.0.0.1]",
    ],
)  # fmt: skip
def test_addresses_of_the_own_network_are_refused(host: str) -> None:
    with pytest.raises(ValueError, match=r"own network|Write an address"):
        addresses.check(f"https://{host}/hook")


@pytest.mark.parametrize(
    "url",
    ["https://93.184.215.14/hook?a=b", "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:8443/", "https://ci.example/é",
     "https://[64:ff9b::5db8:d70e]/", "https://[::ffff:93.184.215.14]/"],
)  # fmt: skip
def test_public_addresses_are_taken(url: str) -> None:
    assert addresses.check(url) == url


@pytest.mark.parametrize(
    "url",
    ["http://ci.example/", "ftp://ci.example/", "https://", "ci.example", "https://a:b@ci.example/", "https://ci.example/#a", "https://a b/",
     "https://ci.example:0/", "https://ci.example:99999/", "https://[::1", "file:///etc/passwd", "https://ci.example/\n"[:-1] + "\r\nx: y"],
)  # fmt: skip
def test_what_is_no_such_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        addresses.check(url)


def test_private_ones_may_be_allowed(settings: Any) -> None:
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
    assert addresses.check("http://127.0.0.1:8000/hook") == "http://127.0.0.1:8000/hook"


@pytest.mark.parametrize("name", ["localhost", "2130706433", "0x7f.1", "127.1", "127.0.0.1.", "１２７.0.0.1", "127。0。0。1", "①②⑦.0.0.1"])
def test_names_are_judged_by_where_they_lead(name: str, receiver: Receiver) -> None:
    with receiver.running() as address:
        port = address.rpartition(":")[2]
        answer = sending.post(f"https://{name}:{port}/", {}, b"{}")
    is_written_otherwise = "not a canonical IPv4 address" in answer.error or "Name or service" in answer.error
    assert answer.error == addresses.PRIVATE or (is_written_otherwise and name != "localhost")
    assert answer.status is None and not receiver.received


def test_no_private_address_of_a_name_is_connected_to(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else the name leads to, and whenever it says so."""
    with receiver.running() as address:
        port = int(address.rpartition(":")[2])

        async def lookup(*arguments: Any, **options: Any) -> Any:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in ("10.0.0.1", "127.0.0.1")]

        monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", lookup)
        answer = sending.post(f"https://ci.example:{port}/", {}, b"{}")
    assert answer.error == addresses.PRIVATE and not receiver.received


def test_a_look_up_that_hangs_holds_no_message_beyond_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    hangs = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: hangs.wait(30))
    monkeypatch.setattr(sending, "SECONDS", 0.2)
    try:
        answer = sending.post("https://ci.example/", {}, b"{}")
        assert answer.error.startswith("No answer came within") and answer.duration_ms < 20_000
    finally:
        hangs.set()


def test_an_address_that_was_allowed_once_is_judged_again(receiver: Receiver, settings: Any) -> None:
    with receiver.running() as address:
        assert "Write an address that starts with https://" in sending.post(f"{address}/", {}, b"{}").error
        settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
        assert sending.post(f"{address}/", {}, b"{}").error == ""
    assert len(receiver.received) == 1
