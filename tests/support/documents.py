"""Small files of many kinds, and what is read in them."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from office_oxide import PptxWriter, XlsxWriter, create_from_markdown
from PIL import Image

from conversations.files.reading import reading
from conversations.files.reading.result import Reading

HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAcdtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9jAAAAAERAAAIAAQAAAAAB6wAB"
    "AAAAAAAAADgAAgAAAAACIwABAAAAAAAAAGYAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAB"
    "BmlwcnAAAADlaXBjbwAAAHVodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQApQgEBA3AAAAMAkAAAAwAAAwAeoCCB"
    "BZbqrprm4CGgwIAAAAyAAAADAIRiAAEABkQBwXPBiQAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAAAChjbGFwAAAAGAAAAAEAAAAQAAAAAf///9gA"
    "AAAC////0AAAAAIAAAAQcGl4aQAAAAADCAgIAAAACWlyb3QDAAAAGWlwbWEAAAAAAAAAAQABBoECAwWEhgAAABppcmVmAAAAAAAAAA5jZHNjAAIAAQABAAAApm1kYXQAAAA0"
    "KAGvGSF2YkD3l0T+/j5K85yb+dwZhJqcsrUYTBNF/+F4vpZq8s1cNkDFSLK1xpdQrZMsuwAAAAZFeGlmAABNTQAqAAAACAACARIAAwAAAAEABgAAiCUABAAAAAEAAAAmAAAA"
    "AAACAAEAAgAAAAJOAAAAAAIABQAAAAMAAABEAAAAAAAAADAAAAABAAAACAAAAAEAAAAOAAAAAQ=="
)
"""Blue and red beside each other, 24 × 16 pixels, to be turned clockwise, taken at 48° north. No library of ours writes this kind."""


def exif_with_gps(orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Camera of Alice"
    exif[0x8825] = {1: "N", 2: (48.0, 8.0, 14.0)}
    return exif.tobytes()


def halves(size: tuple[int, int] = (24, 16)) -> Image.Image:
    """Blue on the left, red on the right."""
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((20, 20, 200), (0, 0, size[0] // 2, size[1]))
    return image


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    image.save(written := BytesIO(), kind, **options)
    return written.getvalue()


def pdf(pages: Iterable[str], *, encrypted: bool = False) -> bytes:
    """With a line of text on each page; without a table of its objects, which readers then make."""
    contents = [f"BT /F 12 Tf 20 100 Td ({text}) Tj ET" for text in pages]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(contents)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(contents)} /Kids [{kids}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, content in enumerate(contents):
        place = f"/Parent 2 0 R /MediaBox [0 0 300 200] /Resources << /Font << /F 3 0 R >> >> /Contents {5 + 2 * number} 0 R"
        objects += [f"<< /Type /Page {place} >>", f"<< /Length {len(content)} >>\nstream\n{content}\nendstream"]
    body = "".join(f"{number} 0 obj\n{text}\nendobj\n" for number, text in enumerate(objects, 1))
    secret = "(" + "x" * 32 + ")"
    encryption = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O {secret} /U {secret} /P -4 >> /ID [(a) (a)]" if encrypted else ""
    return f"%PDF-1.4\n{body}trailer\n<< /Root 1 0 R /Size {len(objects) + 1} {encryption} >>\n%%EOF".encode()


def read(content: bytes, extension: str = "") -> Reading:
    """As the child process would, without its walls."""
    return reading.read(BytesIO(content), extension)


def shown(content: bytes | None) -> Image.Image:
    assert content is not None
    image = Image.open(BytesIO(content))
    image.load()
    return image


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    with ZipFile(written := BytesIO(), "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return written.getvalue()


def word(markdown: str) -> bytes:
    """A .docx."""
    with TemporaryDirectory() as folder:
        create_from_markdown(markdown, "docx", path := f"{folder}/a.docx")
        return Path(path).read_bytes()


def workbook(sheets: dict[str, list[list[str | float]]]) -> bytes:
    """A .xlsx."""
    writer = XlsxWriter()
    for name, rows in sheets.items():
        sheet = writer.add_sheet(name)
        for row, cells in enumerate(rows):
            for column, value in enumerate(cells):
                writer.set_cell(sheet, row, column, value)
    return writer.to_bytes()


def slides(titles: list[str]) -> bytes:
    """A .pptx."""
    writer = PptxWriter()
    for title in titles:
        slide = writer.add_slide()
        writer.set_slide_title(slide, title)
        writer.add_slide_text(slide, f"About {title}")
    return writer.to_bytes()


def opendocument(kind: str, body: str, manifest: str = "") -> bytes:
    names = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table"))
    drawing = 'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    content = f"<office:document-content {names} {drawing}><office:body>{body}</office:body></office:document-content>"
    named = f"application/vnd.oasis.opendocument.{kind}"
    return zipped({"mimetype": named, "content.xml": '<?xml version="1.0"?>' + content, "META-INF/manifest.xml": manifest})


def book(chapters: list[str], **others: str) -> bytes:
    """An EPUB, its chapters written down in another order than they are read in."""
    items = "".join(f'<item id="c{number}" href="text/c%20{number}.xhtml"/>' for number in reversed(range(len(chapters))))
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(len(chapters)))
    container = '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfile full-path="OPS/book.opf"/></container>'
    package = f'<package xmlns="http://www.idpf.org/2007/opf"><manifest>{items}</manifest><spine>{spine}</spine></package>'
    pages = {f"OPS/text/c {number}.xhtml": f"<html><body><p>{words}</p></body></html>" for number, words in enumerate(chapters)}
    fixed = {"mimetype": "application/epub+zip", "META-INF/container.xml": container, "OPS/book.opf": package}
    return zipped({**fixed, **pages, **others})
