"""What kind of file it is, told by what is in it. Nothing here trusts a name, and nothing but the beginning is read."""

from __future__ import annotations

import struct
from typing import IO

HEAD_BYTES = 64 * 1024

_BEGINNINGS = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"%PDF-": "application/pdf",
    b"{\\rtf": "application/rtf",
    b"PK\x03\x04": "application/zip",
    b"PK\x05\x06": "application/zip",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "application/x-ole-storage",
    b"\x1a\x45\xdf\xa3": "video/webm",
    b"ID3": "audio/mpeg",
    b"fLaC": "audio/flac",
    b"OggS": "audio/ogg",
    b"#!AMR": "audio/amr",
    b"\x1f\x8b": "application/gzip",
    b"BZh": "application/x-bzip2",
    b"\xfd7zXZ\x00": "application/x-xz",
    b"7z\xbc\xaf\x27\x1c": "application/x-7z-compressed",
    b"Rar!\x1a\x07": "application/vnd.rar",
    b"\x28\xb5\x2f\xfd": "application/zstd",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
    b"8BPS": "image/vnd.adobe.photoshop",
    b"\xff\x0a": "image/jxl",
    b"\x00\x00\x00\x0cJXL ": "image/jxl",
}
_UNTITLED = (b"moov", b"mdat", b"wide", b"free", b"pnot")
"""With which QuickTime files begin that don't say what they are."""
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/avi"}
_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "image/heic"),
    **dict.fromkeys((b"M4A ", b"M4B "), "audio/mp4"),
    b"qt  ": "video/quicktime",
}


def sniffed(file: IO[bytes]) -> str:
    """Its media type; empty for what may be text, and for what isn't known. Leaves the file at its beginning."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    file.seek(0)
    found = next((kind for beginning, kind in _BEGINNINGS.items() if head.startswith(beginning)), "")
    if found == "video/webm":
        return _of_matroska(head)
    if found == "audio/ogg" and b"\x80theora" in head:
        return "video/ogg"
    if found:
        return found
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        return _by_brands(head)
    if head[4:8] in _UNTITLED and head[0] < 2:  # the length of what follows, which no text begins with
        return "video/quicktime"
    if head.startswith(b"FORM") and head[8:12] in (b"AIFF", b"AIFC"):
        return "audio/aiff"
    if _is_bitmap(head):
        return "image/bmp"
    if kind := _of_mpeg_audio(head):
        return kind
    if head[257:262] == b"ustar":
        return "application/x-tar"
    # What was put before a PDF by a mail program or a printer.
    return "application/pdf" if b"%PDF-" in head[:1024] else ""


def _by_brands(head: bytes) -> str:
    """ISO/IEC 14496-12: the major brand, a version, and the brands that it is compatible with."""
    length = min(int.from_bytes(head[:4], "big"), len(head), 256)
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, length - 3, 4))]
    if b"avif" in brands or b"avis" in brands:
        return "image/avif"  # the major brand may be that of its container
    return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), "video/mp4")


def _is_bitmap(head: bytes) -> bool:
    return head.startswith(b"BM") and len(head) > 18 and head[6:10] == b"\x00" * 4 and head[15:18] == b"\x00" * 3


def _of_matroska(head: bytes) -> str:
    """WebM is Matroska of some codecs. Without a track of pictures, whose codecs' names begin with V_, it is sound."""
    kind = "webm" if b"webm" in head[:64] else "x-matroska"
    return f"video/{kind}" if b"V_" in head else f"audio/{kind}"


def _of_mpeg_audio(head: bytes) -> str:
    """MPEG layers 1 to 3, and AAC in ADTS: eleven bits that are set, then no value that is reserved. FF FE begins text in UTF-16."""
    if len(head) < 4 or head.startswith(b"\xff\xfe") or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return ""
    if head[1] & 0xF6 == 0xF0:  # ADTS
        return "audio/aac" if head[2] >> 2 & 0x0F < 13 else ""
    (word,) = struct.unpack(">I", head[:4])
    version, layer, bitrate, rate = word >> 19 & 3, word >> 17 & 3, word >> 12 & 15, word >> 10 & 3
    return "audio/mpeg" if version != 1 and layer != 0 and bitrate not in (0, 15) and rate != 3 else ""
