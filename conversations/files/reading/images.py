"""Images, encoded again: upright, without metadata, of a size that models take, and with a thumbnail."""

from __future__ import annotations

import contextlib
from io import BytesIO
from typing import IO

import pi_heif
from PIL import AvifImagePlugin, Image, ImageCms, ImageOps, MpoImagePlugin, WebPImagePlugin  # noqa: F401  (Pillow knows kinds whose module is loaded)

from .bounds import IMAGE_PIXELS, MAX_PIXELS, THUMBNAIL_PIXELS
from .result import Reading, Unreadable

_FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
    "image/heic": "HEIF",
}
MAX_PNG_BYTES = 4 * 1024 * 1024
"""What has no transparent parts and would take more becomes a JPEG."""
DAMAGED = "This image can’t be read: it is damaged or cut off."
TOO_MANY_PIXELS = (
    "This image has {width:,} × {height:,} pixels, which are {megapixels:,} megapixels. At most {most:,} are taken: make it smaller."
)
ANIMATED = "Of this animation, models see only the first picture."


def prepare(file: IO[bytes]) -> None:
    """Import what Pillow would import when it is needed."""
    Image.preinit()
    pi_heif.register_heif_opener()


def read(file: IO[bytes], media_type: str, extension: str) -> Reading:
    """Raises Unreadable."""
    upright, is_animated = _opened(file, media_type)
    encoded, encoded_type = _encoded(upright, lossless=media_type in ("image/png", "image/gif"))
    small = upright.copy()
    small.thumbnail((THUMBNAIL_PIXELS, THUMBNAIL_PIXELS))
    thumbnail = BytesIO()
    small.save(thumbnail, "WEBP", quality=80)
    width, height = upright.size
    note = ANIMATED if is_animated else ""
    return Reading("image", encoded_type, image=encoded, thumbnail=thumbnail.getvalue(), width=width, height=height, note=note)


def picture(file: IO[bytes], media_type: str) -> tuple[int, int, bytes]:
    """As a scanner would see it: width, height and a byte for each pixel. Raises Unreadable."""
    upright, _ = _opened(file, media_type)
    if upright.mode == "RGBA":
        paper = Image.new("RGBA", upright.size, "white")
        paper.alpha_composite(upright)
        upright = paper
    gray = upright.convert("L")
    return *gray.size, gray.tobytes()


def _opened(file: IO[bytes], media_type: str) -> tuple[Image.Image, bool]:
    """Upright, see `_upright`, and whether it is an animation. Raises Unreadable."""
    Image.MAX_IMAGE_PIXELS = None  # ours is asked below, and has words
    try:
        with Image.open(file, formats=[_FORMATS[media_type]]) as image:
            _require_size(*image.size)
            is_animated = getattr(image, "is_animated", False)
            return _upright(image), is_animated
    except (Unreadable, MemoryError):
        raise
    except Exception as error:
        raise Unreadable(DAMAGED) from error


def _require_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        counted = {"width": width, "height": height, "megapixels": width * height // 1_000_000, "most": MAX_PIXELS // 1_000_000}
        raise Unreadable(TOO_MANY_PIXELS.format(**counted))


def _upright(image: Image.Image) -> Image.Image:
    """Small enough, in sRGB, with colours of eight bits, turned as its metadata says, and without any."""
    orientation = image.getexif().get(0x0112, 1)
    profile = image.info.get("icc_profile")
    image.draft("RGB", (IMAGE_PIXELS, IMAGE_PIXELS))  # a JPEG is decoded smaller where it is much larger
    if image.mode in ("P", "PA", "LA", "1") or "transparency" in image.info:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    elif image.mode.startswith(("I", "F")):
        image = image.point(lambda value: value / 256).convert("L") if image.mode.startswith("I;16") else image.convert("L")
    image.thumbnail((IMAGE_PIXELS, IMAGE_PIXELS), reducing_gap=3.0)
    image = _in_srgb(image, profile)
    turned = Image.Exif()
    turned[0x0112] = orientation
    image.info = {"exif": turned.tobytes()}
    image = ImageOps.exif_transpose(image) if orientation in range(2, 9) else image
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    return bare


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    mode = "RGBA" if image.has_transparency_data else "L" if image.mode == "L" else "RGB"
    if profile and image.mode in ("RGB", "RGBA", "CMYK"):
        # Of a profile that makes no sense the colours are what they would be without.
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            found = ImageCms.ImageCmsProfile(BytesIO(profile))
            done = ImageCms.profileToProfile(image, found, ImageCms.createProfile("sRGB"), outputMode=mode)
            if done is not None:
                return done
    return image if image.mode == mode else image.convert(mode)


def _encoded(image: Image.Image, *, lossless: bool) -> tuple[bytes, str]:
    """As PNG or JPEG, which every model that sees can take."""
    encoded = BytesIO()
    if lossless or image.mode == "RGBA":
        image.save(encoded, "PNG")
        if image.mode == "RGBA" or encoded.tell() <= MAX_PNG_BYTES:
            return encoded.getvalue(), "image/png"
        encoded = BytesIO()
    image.save(encoded, "JPEG", quality=88)
    return encoded.getvalue(), "image/jpeg"
