"""A file is read by a process that ends soon, has no secrets, and reaches nothing; and what it says is not trusted."""

from __future__ import annotations

import platform
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from conversations.files.reading import confinement, process
from conversations.files.reading.process import FAILED, TOO_LONG, TOO_MUCH_MEMORY, TOO_MUCH_TIME
from conversations.files.reading.result import Unreadable
from tests.support.documents import book, encoded, halves, opendocument, pdf, slides, word, workbook

ROOT = Path(process.__file__).parents[3]
CONFINES = sys.platform.startswith("linux") and platform.machine() in ("x86_64", "aarch64")


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def read(content: bytes, name: str = "a.txt") -> Any:
        (path := tmp_path / "content").write_bytes(content)
        return process.read(path, name)

    return read


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What runs in place of our own child process."""

    def child(script: str) -> None:
        (path := tmp_path / "child.py").write_text(f"import json, os, sys\nsys.path.insert(0, {str(ROOT)!r})\n{script}")
        monkeypatch.setattr(process, "CHILD", path)

    return child


def test_each_kind_comes_through_the_process_as_it_was_read(read: Any) -> None:
    image = read(encoded(halves(), "JPEG"), "a.jpg")
    assert (image.kind, image.content_type, image.width, image.height) == ("image", "image/jpeg", 24, 16)
    assert image.image.startswith(b"\xff\xd8\xff") and image.thumbnail.startswith(b"RIFF")
    assert read(pdf(["Newts", "Moles"]), "a").text == "[Page 1]\nNewts\n\n[Page 2]\nMoles"
    assert read("Größe\ud800".encode("utf-8", "replace"), "../../a.CSV").content_type == "text/csv"
    assert read("Größe".encode("cp1252")).text == "Größe"
    for kind in ("PNG", "WEBP", "AVIF", "GIF"):
        assert read(encoded(halves(), kind)).width == 24
    office = {"docx": word("Newts"), "xlsx": workbook({"Newts": [["a"]]}), "pptx": slides(["Newts"]), "epub": book(["Newts"])}
    others = {"odt": opendocument("text", "<text:p>Newts</text:p>"), "rtf": rb"{\rtf1\ansi Newts \'e4}", "html": b"<html><p>Newts"}
    mail = b"From: a@b.c\nTo: b@b.c\nSubject: =?koi8-r?q?=C1?=\nContent-Type: text/html; charset=latin-1\n\n<p>Newts"
    for kind, content in {**office, **others, "eml": mail}.items():
        assert "Newts" in read(content).text, kind
    with pytest.raises(Unreadable, match="This file is empty"):
        read(b" ")


ATTEMPTS = """
import ctypes, resource, signal, socket, threading
attempts = {
    "file": lambda: open("/etc/hostname"),
    "write": lambda: open("/tmp/written-by-a-reader", "w"),
    "delete": lambda: os.unlink("/tmp/written-by-a-reader"),
    "network": lambda: socket.socket(),
    "unix": lambda: socket.socketpair(),
    "fork": os.fork,
    "program": lambda: os.execv("/bin/true", ["true"]),
    "parent": lambda: os.kill(os.getppid(), 0),
    "its limits": lambda: resource.setrlimit(resource.RLIMIT_CPU, (1, 1)),
}
def denied(attempt):
    try:
        attempt()
    except (PermissionError, ValueError):
        return True
    return False
def attempted(file, media_type, extension):
    allowed = [name for name, attempt in attempts.items() if not denied(attempt)]
    (thread := threading.Thread(target=lambda: None)).start()
    thread.join()
    return Reading("document", "text/plain", json.dumps([allowed, sorted(os.environ)]))
from conversations.files.reading import child, text
from conversations.files.reading.result import Reading
text.read = attempted
child.main()
"""


@pytest.mark.skipif(not CONFINES, reason="only limits hold on this system")
def test_a_reader_reaches_nothing_and_knows_no_secrets(read: Any, child: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    child(ATTEMPTS)
    assert read(b"words").text in ('[[], ["LANG"]]', '[[], ["LANG", "LC_CTYPE"]]', '[[], ["LANG", "LD_LIBRARY_PATH"]]')


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("from conversations.files.reading import confinement\nconfinement.limit(2**40, 1, 60)\nwhile True: pass", TOO_MUCH_TIME),
        ("os.kill(os.getpid(), 9)", TOO_MUCH_MEMORY),
        ("os.kill(os.getpid(), 11)", FAILED),
        ("sys.exit(1)", FAILED),
        ("import time; time.sleep(60)", TOO_LONG),
        ("os.close(1)\nimport time; time.sleep(60)", TOO_LONG),
        ("import signal, time; signal.alarm(1); time.sleep(60)", TOO_LONG),
        ("while True: os.write(1, b'x' * 1000000)", FAILED),
        ("from conversations.files.reading import child, reading\ndef read(*given, **others): return bytes(2**30)\nchild.read = read\nchild.main()", TOO_MUCH_MEMORY),
    ],
    ids=["time", "no memory left", "crash", "failure", "waiting", "silence", "alarm", "endless", "memory"],
)  # fmt: skip
def test_what_costs_too_much_ends(read: Any, child: Any, monkeypatch: pytest.MonkeyPatch, script: str, problem: str) -> None:
    monkeypatch.setattr(process, "CHILD_WALL_SECONDS", 1 if problem is TOO_LONG and "alarm" not in script else 60)
    child(script)
    begun = time.monotonic()
    with pytest.raises(Unreadable) as caught:
        read(b"words")
    assert str(caught.value) == problem
    assert time.monotonic() - begun < 30


def answer(fields: dict[str, Any], blobs: str = "[]", after: str = "b''") -> str:
    whole = {
        "kind": "document",
        "content_type": "text/plain",
        "text": "",
        "pages": None,
        "width": None,
        "height": None,
        "note": "",
        **fields,
    }
    return f"said = json.dumps({{'reading': {whole!r}, 'blobs': {blobs}}}).encode()\nos.write(1, len(said).to_bytes(4, 'big') + said + {after})"


IMAGE = {"kind": "image", "content_type": "image/png", "width": 1, "height": 1}


@pytest.mark.parametrize(
    "script",
    [
        "pass",
        "os.write(1, b'words that are no answer')",
        "os.write(1, (2).to_bytes(4, 'big') + b'[]')",
        "os.write(1, (200000).to_bytes(4, 'big') + b'[' * 200000)",
        answer({"kind": "program"}),
        answer({"content_type": "text/html; charset=x\r\nSet-Cookie: a"}),
        answer({"text": 5}),
        answer({"pages": -1}),
        answer({"pages": True}),
        answer({"note": "x" * 5000}),
        answer(IMAGE, "[6, 4]", "b'<html>RIFF'"),
        answer({**IMAGE, "content_type": "text/html"}, "[6, 4]", "b'<html>RIFF'"),
        answer({**IMAGE, "width": None}, "[8, 4]", r"b'\x89PNG\r\n\x1a\nRIFF'"),
        answer(IMAGE, "[]"),
    ],
)
def test_what_a_process_that_was_taken_over_says_is_not_believed(read: Any, child: Any, script: str) -> None:
    child(script)
    with pytest.raises(Unreadable, match=FAILED):
        read(b"words")


def test_an_answer_that_is_right_is_believed(read: Any, child: Any) -> None:
    child(answer(IMAGE, "[8, 4]", r"b'\x89PNG\r\n\x1a\nRIFF'"))
    assert read(b"words").thumbnail == b"RIFF"


def test_where_a_system_can_not_confine_it_is_said_and_limits_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert confinement.confine() is False
