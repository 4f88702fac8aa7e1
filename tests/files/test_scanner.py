"""Where a virus scanner is named, no file is taken that it has not passed."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conversations.files import storing
from conversations.files.refusal import FileRefused
from conversations.models import File, User

pytestmark = pytest.mark.django_db

CONTENT = b"Newts regrow legs. " * 20_000


class Clamd:
    """Answers what it is told to, once it was sent a whole stream, or after its first chunk."""

    def __init__(self, listener: socket.socket) -> None:
        self.answer, self.reads_all, self.scanned = b"stream: OK\0", True, b""
        self._listener = listener
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as sent:
                assert sent.read(10) == b"zINSTREAM\0"
                self.scanned = b""
                while length := struct.unpack("!I", sent.read(4))[0]:
                    self.scanned += sent.read(length)
                    if not self.reads_all:
                        break
                connection.sendall(self.answer)


@pytest.fixture(params=["port", "socket"])
def clamd(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> Iterator[Clamd]:
    if request.param == "port":
        listener = socket.create_server(("127.0.0.1", 0))
        settings.VIRUS_SCANNER = f"127.0.0.1:{listener.getsockname()[1]}"
    else:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(tmp_path / "clamd"))
        listener.listen()
        settings.VIRUS_SCANNER = str(tmp_path / "clamd")
    made = Clamd(listener)
    yield made
    listener.shutdown(socket.SHUT_RDWR)  # else its thread may accept for the next test, whose listener can get the same number
    made.thread.join()
    listener.close()


@pytest.fixture
def store(alice: User, tmp_path: Path) -> Callable[[], File]:
    (path := tmp_path / "whole").write_bytes(CONTENT)
    return lambda: storing.store(alice, path, "newts.txt")


def test_what_it_passes_is_taken(clamd: Clamd, store: Any) -> None:
    assert store().size == len(CONTENT)
    assert clamd.scanned == CONTENT


def test_what_it_finds_something_in_is_refused_by_name(clamd: Clamd, store: Any) -> None:
    clamd.answer = b"stream: Eicar-Test-Signature FOUND\0"
    with pytest.raises(FileRefused, match="found “Eicar-Test-Signature” in it") as refused:
        store()
    assert (refused.value.code, File.objects.exists()) == ("virus", False)


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: OK FOUND ERROR\0"])
@pytest.mark.parametrize("reads_all", [True, False])
def test_without_a_verdict_nothing_is_taken(clamd: Clamd, store: Any, answer: bytes, reads_all: bool) -> None:
    clamd.answer, clamd.reads_all = answer, reads_all
    with pytest.raises(FileRefused) as refused:
        store()
    assert (refused.value.code, refused.value.status, File.objects.exists()) == ("scanner", 503, False)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "/nowhere/clamd"])
def test_one_that_is_away_takes_nothing(settings: Any, store: Any, address: str) -> None:
    settings.VIRUS_SCANNER = address
    with pytest.raises(FileRefused, match="Try again later"):
        store()
    assert not File.objects.exists()
