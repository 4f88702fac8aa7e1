"""Files made to do harm: none gets through, none costs more than its limits, and each is told of in words."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

from conversations.files.reading import process
from conversations.files.reading.result import Unreadable
from tests.support.documents import HEIC, book, encoded, exif_with_gps, halves, opendocument, pdf, read, slides, word, workbook, zipped

ROOT = Path(process.__file__).parents[3]
SMALL = {
    **{kind: encoded(halves(), kind) for kind in ("PNG", "JPEG", "GIF", "WEBP", "AVIF")},
    "word": word("Newts"),
    "workbook": workbook({"a": [["b"]]}),
    "slides": slides(["a"]),
    "book": book(["Newts"]),
    "OpenDocument": opendocument("text", "<text:p>Newts</text:p>"),
    "RTF": rb"{\rtf1 Newts\par \'e4\u8364?}",
    "mail": b"From: a@example.org\nTo: b@example.org\nSubject: =?utf-8?q?a=C3=A4?=\nContent-Type: text/html\n\n<p>Newts",
    "HEIC": HEIC,
    "PDF": pdf(["Newts"]),
    "page": b"<!doctype html><p>Newts <b>regrow</b> legs",
    "UTF-16": "Newts".encode("utf-16"),
}
FLIPS = """
import io, json, random, sys, time
sys.path.insert(0, sys.argv[1])
from conversations.files.reading import confinement, reading
from conversations.files.reading.result import Unreadable
confinement.limit(2**30, 60, 120)
odd, slowest, done = [], 0, 0
for kind, content in json.loads(sys.stdin.read()).items():
    whole = bytes.fromhex(content)
    chance = random.Random(kind)
    places = chance.sample(range(len(whole)), min(len(whole), 150))
    for changed in [*(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1:] for at in places), *(whole[:at] for at in places[:50])]:
        begun = time.process_time()
        try:
            reading.read(io.BytesIO(changed), "")
        except Unreadable:
            pass
        except Exception as error:
            odd.append(f"{kind}: {error!r}")
        slowest, done = max(slowest, time.process_time() - begun), done + 1
print(json.dumps([odd, slowest, done]))
"""


def test_files_with_a_changed_bit_or_cut_anywhere_end_in_words_and_at_once() -> None:
    samples = json.dumps({kind: content.hex() for kind, content in SMALL.items()})
    done = subprocess.run([sys.executable, "-I", "-B", "-c", FLIPS, str(ROOT)], input=samples, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    odd, slowest, count = json.loads(done.stdout)
    assert (odd, count > 1000) == ([], True)
    assert slowest < 5


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "AVIF"])
def test_of_a_polyglot_only_the_picture_is_left(kind: str) -> None:
    script = b"<script>alert(1)</script>"
    for extra in (script, pdf(["Newts"]), b"PK\x03\x04" + b"\x00" * 200, b"<?php system($_GET[0]); ?>"):
        found = read(encoded(halves(), kind) + extra, "html")
        assert found.kind == "image" and extra not in (found.image or extra) and extra not in (found.thumbnail or extra)
    hidden = encoded(halves(), "PNG")[:33] + chunk(b"tEXt", b"Comment\x00" + script) + encoded(halves(), "PNG")[33:]
    assert script not in (read(hidden).image or script)
    assert script not in (read(encoded(halves(), "JPEG", comment=script, exif=exif_with_gps())).image or script)


@pytest.mark.parametrize("name", ["png", "jpg", "html", "exe", "svg", "pdf"])
def test_what_is_named_wrongly_is_what_it_holds(name: str) -> None:
    assert read(b"<html><body>Words<script>alert(1)</script>", name).text == "Words"
    assert read(pdf(["Words"]), name).content_type == "application/pdf"
    assert read(encoded(halves(), "GIF"), name).content_type == "image/png"


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def bomb_in_pixels() -> bytes:
    """6,000 × 6,000 pixels, of which each is promised and almost none is there."""
    header = chunk(b"IHDR", (6_000).to_bytes(4, "big") * 2 + b"\x08\x06\x00\x00\x00")
    rows = zlib.compress(bytes(24_001 * 100), 9)
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def bomb_in_words() -> bytes:
    """100 MB of words about the picture."""
    words = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(100_000_000), 1))
    return encoded(halves(), "PNG")[:33] + words + encoded(halves(), "PNG")[33:]


def bomb_in_a_page() -> bytes:
    """A page whose content is 50 MB once it is unpacked."""
    packed = zlib.compress(bytes(50_000_000), 1)
    stream = b"5 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed) + packed + b"\nendstream\nendobj\n"
    return pdf(["Newts"]).replace(b"5 0 obj\n", b"9 0 obj\n").replace(b"trailer", stream + b"trailer")


LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "' + "&a;" * 1000 + '"><!ENTITY c "' + "&b;" * 1000 + '">]>'


def that_claims(content: bytes, size: int) -> bytes:
    """A zip file whose list says that each of its parts has so many bytes."""
    found = bytearray(content)
    at = found.find(b"PK\x01\x02")
    while at >= 0:
        found[at + 24 : at + 28] = size.to_bytes(4, "little")
        at = found.find(b"PK\x01\x02", at + 4)
    return bytes(found)


def test_what_would_unpack_to_too_much_is_refused_with_numbers() -> None:
    parts = {"[Content_Types].xml": "<Types/>", "word/document.xml": "<a/>"}
    with pytest.raises(Unreadable, match=r"1,144 MB once unpacked, in 2 parts. At most 400 MB in 10,000 parts"):
        read(that_claims(zipped(parts), 600_000_000))
    with pytest.raises(Unreadable, match=r"in 10,002 parts"):
        read(zipped({**parts, **{str(number): "" for number in range(10_000)}}))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (bomb_in_pixels, "a.png"),
        (bomb_in_words, "a.png"),
        (bomb_in_a_page, "a.pdf"),
        (lambda: pdf("Newts" for _ in range(10_000)), "a.pdf"),
        (lambda: b"<div>" * 500_000 + b"Newts", "a.html"),
        (lambda: b"<!doctype html>" + b"<table>" * 100_000 + b"Newts", "a.html"),
        (lambda: that_claims(word("Newts" * 200_000), 1), "a.docx"),
        (lambda: zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": LAUGHS + "<a>&c;</a>"}), "a.odt"),
        (lambda: book(["a"], **{"OPS/book.opf": LAUGHS + "<a>&c;</a>"}), "a.epub"),
        (lambda: zipped({"[Content_Types].xml": LAUGHS + "<a>&c;</a>", "word/document.xml": LAUGHS + "<a>&c;</a>"}), "a.docx"),
        (lambda: b"{\\rtf1 " + b"{" * 300_000 + b"Newts", "a.rtf"),
        (lambda: b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><a>&b;</a>', "a.xml"),
    ],
    ids=[
        "pixels",
        "words of a picture",
        "page",
        "10,000 pages",
        "nested",
        "nested tables",
        "lies",
        "laughs",
        "laughs of a book",
        "laughs in Word",
        "groups",
        "entities",
    ],
)
def test_bombs_cost_no_more_than_the_limits(tmp_path: Path, content: Any, name: str) -> None:
    (path := tmp_path / "content").write_bytes(content())
    try:
        found = process.read(path, name)
    except Unreadable as error:
        assert str(error).endswith(".")
    else:
        assert len(found.text) <= 1_000_000
        assert "haha" not in found.text
