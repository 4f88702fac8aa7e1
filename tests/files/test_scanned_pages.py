"""The text of scanned pages is recognised by a job, where tesseract is installed, within the limits of all reading."""

from __future__ import annotations

import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont

from conversations.commands import attachments
from conversations.files import storing
from conversations.files.reading import scanned_pages
from conversations.files.reading.pdf import NO_TEXT
from conversations.models import File, FileState, Job, User
from tests.support import jobs

pytestmark = pytest.mark.django_db
needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="needs tesseract, which `make test` installs")


def scanned(*pages: str) -> bytes:
    pictures = []
    for words in pages:
        picture = Image.new("L", (1240, 600), "white")
        ImageDraw.Draw(picture).text((100, 200), words, "black", ImageFont.load_default(60))
        pictures.append(picture)
    pictures[0].save(pdf := BytesIO(), "PDF", resolution=150, save_all=True, append_images=pictures[1:])
    return pdf.getvalue()


def photographed(words: str) -> bytes:
    picture = Image.new("RGBA", (1240, 600), (0, 0, 0, 0))
    ImageDraw.Draw(picture).text((100, 200), words, "black", ImageFont.load_default(60))
    picture.save(png := BytesIO(), "PNG")
    return png.getvalue()


@pytest.fixture
def store(alice: User, tmp_path: Path) -> Any:
    def store(content: bytes, *, reads_images: bool = False) -> File:
        (path := tmp_path / "whole").write_bytes(content)
        return storing.store(alice, path, "scan.pdf", reads_images=reads_images)

    return store


def read(file: File) -> File:
    assert file.state == FileState.READING, "No request waits for it."
    assert jobs.run(Job.objects.get()) == "It was read."
    file.refresh_from_db()
    return file


@needs_tesseract
def test_the_text_of_scanned_pages_is_recognised_by_a_job(store: Any) -> None:
    file = read(store(scanned("Newts regrow legs", "", "Tides follow the moon")))
    assert file.text == "[Page 1]\nNewts regrow legs\n\n[Page 2]\n\n[Page 3]\nTides follow the moon"
    assert (file.state, file.pages, file.problem) == (FileState.READY, 3, scanned_pages.RECOGNISED)
    assert file.tokens > 10


@needs_tesseract
def test_so_many_pages_are_recognised_and_it_is_said(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanned_pages, "RECOGNISED_PAGES", 1)
    file = read(store(scanned("Newts regrow legs", "Tides follow the moon")))
    assert file.text == "[Page 1]\nNewts regrow legs"
    assert file.problem == f"{scanned_pages.RECOGNISED} Of 2 pages, only the first 1 were read."


@needs_tesseract
def test_pages_on_which_nothing_is_found_stay_without_text(store: Any) -> None:
    file = read(store(scanned("")))
    assert (file.state, file.text, file.problem) == (FileState.READY, "", NO_TEXT.format(pages=1))


@needs_tesseract
def test_a_language_that_is_not_there_loses_no_file(store: Any, settings: Any) -> None:
    settings.OCR_LANGUAGES = "tlh"
    assert read(store(scanned("Newts regrow legs"))).problem == NO_TEXT.format(pages=1)


@needs_tesseract
def test_the_text_on_an_image_is_recognised_where_that_is_wished(store: Any) -> None:
    file = read(store(photographed("Newts can regrow their legs"), reads_images=True))
    assert (file.kind, file.content_type, file.text) == ("image", "image/png", "Newts can regrow their legs")
    assert (attachments.part(file)["recognised"], file.problem) == (9, scanned_pages.RECOGNISED_IMAGE)
    Job.objects.all().delete()
    bare = read(store(photographed("Newts"), reads_images=True))
    assert (bare.text, bare.problem, "recognised" in attachments.part(bare)) == ("", "", False)
    assert store(photographed("They are not read here at once")).state == FileState.READY


def test_without_it_the_file_is_ready_at_once(store: Any, settings: Any) -> None:
    settings.OCR_LANGUAGES = "off"
    file = store(scanned("Newts regrow legs"))
    assert (file.state, file.text, file.problem) == (FileState.READY, "", NO_TEXT.format(pages=1))
