"""Images are encoded again: upright, without metadata, of a size that models take, and with a thumbnail."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from PIL import Image, ImageCms

from conversations.files.reading.images import ANIMATED, DAMAGED
from conversations.files.reading.result import Unreadable
from tests.support.documents import HEIC, encoded, exif_with_gps, halves, read, shown

BLUE, RED = (20, 20, 200), (200, 30, 30)


def is_near(found: Any, wanted: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 45 for one, other in zip(found[:3], wanted, strict=True))


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (encoded(halves(), "JPEG", exif=exif_with_gps()), "image/jpeg"),
        (encoded(halves(), "PNG", exif=exif_with_gps()), "image/png"),
        (encoded(halves(), "WEBP", exif=exif_with_gps()), "image/jpeg"),
        (encoded(halves(), "AVIF", exif=exif_with_gps()), "image/jpeg"),
        (encoded(halves().convert("P", palette=Image.Palette.ADAPTIVE), "GIF", comment=b"Camera of Alice"), "image/png"),
        (encoded(halves().convert("CMYK"), "JPEG", exif=exif_with_gps()), "image/jpeg"),
    ],
    ids=["JPEG", "PNG", "WebP", "AVIF", "GIF", "CMYK"],
)
def test_each_kind_is_taken_and_loses_its_metadata(content: bytes, encoding: str) -> None:
    assert b"Camera of Alice" in content
    found = read(content)
    assert (found.kind, found.content_type, found.width, found.height) == ("image", encoding, 24, 16)
    for image in (found.image, found.thumbnail):
        assert image and b"Camera" not in image and not shown(image).getexif() and "icc_profile" not in shown(image).info
        assert is_near(shown(image).convert("RGB").getpixel((4, 8)), BLUE)
        assert is_near(shown(image).convert("RGB").getpixel((20, 8)), RED)
    assert shown(found.thumbnail).format == "WEBP"


def test_heic_is_taken_and_turned_once() -> None:
    found = read(HEIC)
    assert (found.content_type, found.width, found.height) == ("image/jpeg", 16, 24)
    image = shown(found.image)
    assert not image.getexif()
    assert is_near(image.getpixel((8, 4)), BLUE) and is_near(image.getpixel((8, 20)), RED)


@pytest.mark.parametrize(("orientation", "blue"), [(2, "right"), (3, "right"), (6, "top"), (8, "bottom")])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_they_are_turned_upright(orientation: int, blue: str, kind: str) -> None:
    found = read(encoded(halves(), kind, exif=exif_with_gps(orientation)))
    size, place = {"right": ((24, 16), (20, 8)), "top": ((16, 24), (8, 4)), "bottom": ((16, 24), (8, 20))}[blue]
    assert (found.width, found.height) == size
    for image in (found.image, found.thumbnail):
        assert is_near(shown(image).convert("RGB").getpixel(place), BLUE)


def test_what_is_large_is_made_smaller() -> None:
    found = read(encoded(halves((5000, 100)), "JPEG"))
    assert (found.width, found.height) == (2048, 41) == shown(found.image).size
    assert shown(found.thumbnail).size == (512, 10)
    found = read(encoded(halves((1, 9000)), "PNG"))
    assert (found.width, found.height) == (1, 2048)


def test_transparent_parts_stay() -> None:
    image = halves().convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    for content in (encoded(image, "PNG"), encoded(image, "WEBP", lossless=True)):
        found = read(content)
        assert (found.content_type, shown(found.image).mode) == ("image/png", "RGBA")
    palette = halves().convert("P", palette=Image.Palette.ADAPTIVE)
    assert shown(read(encoded(palette, "PNG", transparency=0)).image).mode == "RGBA"


def test_a_lossless_image_that_would_be_large_becomes_a_jpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conversations.files.reading.images.MAX_PNG_BYTES", 100)
    assert read(encoded(halves(), "PNG")).content_type == "image/png"
    assert read(encoded(Image.effect_noise((50, 50), 120), "PNG")).content_type == "image/jpeg"


def test_sixteen_bits_of_grey_become_eight() -> None:
    grey = Image.new("I;16", (8, 8), 200 * 256)
    assert shown(read(encoded(grey, "PNG")).image).convert("L").getpixel((4, 4)) == 200


def test_colours_are_brought_to_srgb_and_a_hostile_profile_is_left_out() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for profile in (b"\x00" * 300, b"acsp" * 100, lab):
        assert is_near(shown(read(encoded(halves(), "JPEG", icc_profile=profile)).image).getpixel((4, 8)), BLUE)


def test_of_an_animation_the_first_picture_is_shown_and_said_so() -> None:
    animation = encoded(halves(), "GIF", save_all=True, append_images=[halves().rotate(180)])
    found = read(animation)
    assert found.note == ANIMATED
    assert is_near(shown(found.image).convert("RGB").getpixel((4, 8)), BLUE)


def test_too_many_pixels_are_refused_with_numbers_before_they_are_unpacked() -> None:
    header = b"IHDR" + (40_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    bomb = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0d" + header + zlib.crc32(header).to_bytes(4, "big")
    with pytest.raises(Unreadable, match=r"40,000 × 40,000 pixels, which are 1,600 megapixels. At most 120"):
        read(bomb + encoded(halves(), "PNG")[33:])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_one_that_is_cut_off_is_refused(kind: str) -> None:
    content = encoded(halves((300, 200)), kind)
    with pytest.raises(Unreadable, match=DAMAGED):
        read(content[: len(content) * 2 // 3])
