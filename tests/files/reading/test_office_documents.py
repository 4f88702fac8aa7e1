"""Text of what office programs, book makers and mail programs write, with marks of sheets, slides and chapters."""

from __future__ import annotations

import sys

import pytest

from conversations.files.reading import epub, office, zips
from conversations.files.reading.reading import ARCHIVE
from conversations.files.reading.result import Unreadable
from tests.support.documents import book, opendocument, read, slides, word, workbook, zipped

OFFICE = "application/vnd.openxmlformats-officedocument."


def refusal(content: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        read(content)
    return str(caught.value)


def test_word_gives_headings_lists_and_tables() -> None:
    found = read(word("# Newts\n\nThey **regrow** legs.\n\n| Name | Legs |\n|---|---|\n| Newt | 4 |\n"), "png")
    assert (found.kind, found.content_type, found.pages) == ("document", OFFICE + "wordprocessingml.document", None)
    assert found.text == "# Newts\n\nThey **regrow** legs.\n\n| Name | Legs |\n| --- | --- |\n| Newt | 4 |"


def test_a_workbook_has_marks_of_its_sheets() -> None:
    found = read(workbook({"Legs & tails": [["Newt", 4.0], ["## No sheet", 1.5]], "Empty": [], "More": [["Mole"]]}))
    assert (found.content_type, found.pages) == (OFFICE + "spreadsheetml.sheet", 2)
    assert found.text.startswith("[Sheet Legs & tails]\n") and "\n\n[Sheet More]\n" in found.text
    assert "| Newt | 4 |" in found.text and "| ## No sheet | 1.5 |" in found.text and "Empty" not in found.text


def test_a_presentation_has_marks_of_its_slides() -> None:
    found = read(slides(["Newts", "Moles"]))
    assert (found.content_type, found.pages) == (OFFICE + "presentationml.presentation", 2)
    assert found.text == "[Slide 1]\nNewts\n\nAbout Newts\n\n[Slide 2]\nMoles\n\nAbout Moles"


def test_opendocument_text() -> None:
    body = "<text:tracked-changes><text:p>gone</text:p></text:tracked-changes><text:h>Newts</text:h>"
    found = read(
        opendocument(
            "text",
            f'<office:text>{body}<text:p>They<text:s text:c="2"/><text:span>regrow</text:span><text:tab/>legs</text:p></office:text>',
        )
    )
    assert (found.content_type, found.text) == ("application/vnd.oasis.opendocument.text", "Newts\nThey  regrow\tlegs")


def test_opendocument_sheets_and_slides() -> None:
    def row(*words: str) -> str:
        cells = "".join(f"<table:table-cell><text:p>{word}</text:p></table:table-cell>" for word in words)
        return f"<table:table-row>{cells}</table:table-row>"

    sheets = f'<table:table table:name="Legs">{row("Newt", "4")}{row("Mole", "4")}</table:table><table:table table:name="More">{row("x")}</table:table>'
    found = read(opendocument("spreadsheet", sheets))
    assert found.text.replace(" \t", "\t").replace(" \n", "\n").rstrip() == "[Sheet Legs]\nNewt\t4\nMole\t4\n\n[Sheet More]\nx"
    found = read(opendocument("presentation", "<draw:page><text:p>Newts</text:p></draw:page><draw:page><text:p>Moles</text:p></draw:page>"))
    assert (found.text, found.pages) == ("[Slide 1]\nNewts\n\n[Slide 2]\nMoles", 2)


def test_a_book_is_read_in_its_order() -> None:
    found = read(book(["First", "Then", "Last"]), "zip")
    assert (found.content_type, found.pages) == ("application/epub+zip", 3)
    assert found.text == "[Chapter 1]\nFirst\n\n[Chapter 2]\nThen\n\n[Chapter 3]\nLast"


def test_rtf() -> None:
    found = read(rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 Gr\'fc\'dfe {\b an} alle\par Newts \u8364?}")
    assert (found.content_type, found.text) == ("application/rtf", "Grüße an alle\nNewts €")


MAIL = b"""Return-Path: <alice@example.org>\r
From: =?utf-8?q?Alic=C3=A9?= <alice@example.org>\r
To: bob@example.org\r
Subject: =?iso-8859-1?q?Gr=FC=DFe?=\r
Date: Fri, 27 Nov 2026 15:00:00 +0000\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=x\r
\r
--x\r
Content-Type: %b\r
Content-Transfer-Encoding: quoted-printable\r
\r
%b\r
--x\r
Content-Type: application/zip; name="legs.zip"\r
Content-Disposition: attachment; filename="legs.zip"\r
Content-Transfer-Encoding: base64\r
\r
UEsDBA==\r
--x--\r
"""


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (b"text/plain; charset=iso-8859-1", b"Newts =FCber alles"),
        (b"text/html; charset=utf-8", b"<p>Newts <i>=C3=BCber</i> alles<script>x</script>"),
        (b"text/plain; charset=no-such-thing", b"Newts =C3=BCber alles"),
    ],
)
def test_a_mail_gives_who_what_and_the_names_of_attachments(kind: bytes, words: bytes) -> None:
    found = read(MAIL % (kind, words))
    assert found.content_type == "message/rfc822"
    assert found.text.splitlines()[:4] == [
        "From: Alicé <alice@example.org>",
        "To: bob@example.org",
        "Date: Fri, 27 Nov 2026 15:00:00 +0000",
        "Subject: Grüße",
    ]
    assert "\nNewts über alles\n" in found.text and found.text.endswith("[Attachment, not read: legs.zip]")


def test_text_that_only_looks_like_a_mail_is_text() -> None:
    assert read(b"From: here\nTo: there\nthe way is long").content_type == "text/plain"


def test_archives_are_not_unpacked() -> None:
    assert refusal(zipped({"a.txt": "words"})) == ARCHIVE
    assert refusal(zipped({"word/document.xml": "<a/>"})) == ARCHIVE


def ole(stream: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le") + bytes(512)


def test_what_is_encrypted_says_so() -> None:
    assert refusal(ole("EncryptedPackage")) == office.ENCRYPTED
    assert refusal(opendocument("text", "", manifest="<manifest:encryption-data/>")) == office.ENCRYPTED
    assert refusal(book(["x"], **{"META-INF/encryption.xml": "http://www.w3.org/2001/04/xmlenc#aes128-cbc"})) == epub.ENCRYPTED


def test_what_is_empty_damaged_or_of_another_program_says_so() -> None:
    assert refusal(opendocument("text", "<office:text><text:p> </text:p></office:text>")) == office.EMPTY
    assert refusal(book([""])) == office.EMPTY
    assert refusal(rb"{\rtf1 }") == office.EMPTY
    assert refusal(workbook({"Empty": []})) == office.EMPTY
    for content in (word("Newts"), workbook({"a": [["b"]]}), opendocument("text", "<text:p>a</text:p>"), book(["a"])):
        assert refusal(content[: len(content) // 2]) == zips.DAMAGED
    assert refusal(opendocument("text", "<text:p>")) == zips.DAMAGED
    assert refusal(ole("WordDocument")) == zips.DAMAGED
    assert refusal(ole("__substg1.0_1000001F")) == office.OLD_OTHER


def test_where_the_system_has_no_package_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "office_oxide", None)
    assert refusal(word("Newts")) == office.NO_READER
