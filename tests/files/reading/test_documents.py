"""Text of documents, with marks of pages, and words on what is missing of it."""

from __future__ import annotations

import pytest

from conversations.files.reading import pdf as reader
from conversations.files.reading import reading, text
from conversations.files.reading.bounds import MAX_CHARACTERS
from conversations.files.reading.result import Unreadable
from tests.support.documents import encoded, halves, pdf, read

GERMAN = "Grüße aus Österreich, wo die Straßen schön und die Äpfel süß sind."


def test_a_pdf_has_marks_of_its_pages() -> None:
    found = read(pdf(["Newts regrow legs", "Moles dig"]))
    assert (found.kind, found.content_type, found.pages, found.note) == ("document", "application/pdf", 2, "")
    assert found.text == "[Page 1]\nNewts regrow legs\n\n[Page 2]\nMoles dig"


def test_a_pdf_that_is_encrypted_or_cut_off_is_refused() -> None:
    with pytest.raises(Unreadable, match=reader.ENCRYPTED):
        read(pdf(["Secret"], encrypted=True))
    with pytest.raises(Unreadable, match=reader.DAMAGED):
        read(pdf(["Newts"])[:40])


def test_a_pdf_without_text_is_taken_and_says_so() -> None:
    found = read(pdf(["", ""]))
    assert (found.text, found.pages, found.note) == ("", 2, reader.NO_TEXT.format(pages=2))


def test_of_too_many_pages_the_first_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_PAGES", 3)
    found = read(pdf(f"Line {number}" for number in range(1, 1201)))
    assert found.text.endswith("[Page 3]\nLine 3")
    assert found.note == "Of 1,200 pages, only the first 3 were read."


def test_of_pages_that_take_too_long_the_first_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conversations.files.reading.collected.time.process_time", iter([0, 0, 0, 100]).__next__)
    assert read(pdf(["One", "Two", "Three"])).note == "Of 3 pages, only the first 2 were read."


def test_of_long_text_the_beginning_is_read_and_said_so() -> None:
    found = read(b"word " * (MAX_CHARACTERS // 5 + 1))
    assert len(found.text) == MAX_CHARACTERS
    assert found.note == "Only the first 1,000,000 characters of it were read."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_text_in_each_encoding(encoding: str) -> None:
    assert read(GERMAN.encode(encoding)).text == GERMAN


def test_text_in_an_older_encoding_of_another_script() -> None:
    russian = "Это письмо написано в старой кодировке, которую всё ещё можно встретить. " * 3
    assert read(russian.encode("cp1251")).text.strip() == russian.strip()


@pytest.mark.parametrize("content", [b" \n\t ", "\ufeff".encode(), b"<html><body><script>x</script></body></html>"])
def test_what_holds_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable, match=text.EMPTY):
        read(content)


@pytest.mark.parametrize(
    ("extension", "content_type"),
    [
        ("csv", "text/csv"),
        ("md", "text/markdown"),
        ("py", "text/x-python"),
        ("png", "text/plain"),
        ("exe", "text/plain"),
        ("", "text/plain"),
    ],
)
def test_the_name_tells_kinds_of_text_apart_and_nothing_else(extension: str, content_type: str) -> None:
    assert read(b"a,b\r\n1,2", extension).content_type == content_type
    assert read(encoded(halves(), "PNG"), extension).content_type == "image/png"


def test_a_page_gives_what_it_shows() -> None:
    page = """<!DOCTYPE html><html><head><title>Newts &amp; moles</title><style>p { color: red }</style></head><body><script>alert(1)</script>
        <h1>Newts</h1><p>They <b>regrow</b> legs,<br>and   tails.</p><ul><li>one<li>two</ul>
        <table><tr><th>Name<th>Legs<tr><td>Newt<td>4</table><pre>a
  b</pre><template>hidden</template></body></html>"""
    found = read(page.encode())
    assert (found.kind, found.content_type) == ("document", "text/html")
    assert found.text == "Newts & moles\n\nNewts\n\nThey regrow legs,\nand tails.\n\none\ntwo\n\nName\tLegs\nNewt\t4\n\na\n  b"


def test_a_drawing_in_svg_is_text_and_never_an_image() -> None:
    drawing = '<?xml version="1.0"?>\n<!-- a --><!DOCTYPE svg PUBLIC "a" "b">\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    for name in ("svg", "png", ""):
        found = read(drawing.encode(), name)
        assert (found.kind, found.content_type, found.image, found.text) == ("document", "image/svg+xml", None, drawing)


@pytest.mark.parametrize(
    ("beginning", "content_type"),
    [
        (b"ID3\x04\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"OggS\x00\x02" + b"\x00" * 22 + b"OpusHead", "audio/ogg"),
        (b"fLaC\x00\x00", "audio/flac"),
        (b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42", "audio/mp4"),
        (b"\x1a\x45\xdf\xa3\x93\x42\x82\x84webm A_OPUS", "audio/webm"),
        (b"\x1a\x45\xdf\xa3\x93\x42\x82\x84webm V_VP9 A_OPUS", "video/webm"),
        (b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska V_VP9 A_OPUS", "video/x-matroska"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isomavc1", "video/mp4"),
        (b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ", "video/quicktime"),
        (b"\x00\x00\x00\x08wide\x00\x00\x10\x00mdat", "video/quicktime"),
    ],
)
def test_sound_is_known(beginning: bytes, content_type: str) -> None:
    found = read(beginning + b"\x00" * 100)
    assert (found.kind, found.content_type, found.text) == ("audio", content_type, "")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"OggS\x00\x02" + b"\x00" * 22 + b"\x80theora", reading.VIDEO.format("OGG")),
        (b"RIFF\x24\x00\x00\x00AVI LIST", reading.VIDEO.format("AVI")),
        (b"\x1f\x8b\x08" + b"\x00" * 50, reading.ARCHIVE),
        (b"name" + b"\x00" * 253 + b"ustar", reading.ARCHIVE),
        (b"II*\x00" + b"\x00" * 50, reading.OTHER_IMAGE.format("TIFF")),
        (b"\x7fELF" + bytes(range(256)), text.UNKNOWN),
        (b"MZ\x90\x00\x03\x00\x00\x00", text.UNKNOWN),
        (bytes(range(256)) * 4, text.UNKNOWN),
    ],
)
def test_other_kinds_are_refused_by_name(content: bytes, problem: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(content, "txt")
    assert str(caught.value) == problem
