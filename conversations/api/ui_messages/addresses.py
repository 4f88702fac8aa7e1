"""Where a page of another site fetches the files of a chat, and how it names them when it sends them back."""

from __future__ import annotations

import re
import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from conversations.files import signed_addresses

_OURS = re.compile(r"/files/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/(?:signed/)?")


class Addresses:
    """Those of one request's answer: of SITE_URL, or else of the origin that the request came to."""

    def __init__(self, request: HttpRequest) -> None:
        self._origin = settings.SITE_URL or request.build_absolute_uri("/").removesuffix("/")

    def of(self, file_id: str) -> str:
        """A signed address, good for a day, of a file that the caller may see."""
        return f"{self._origin}{signed_addresses.shown(uuid.UUID(file_id))}"


def file_named(url: str) -> uuid.UUID | None:
    """The file of this site that an address names, an earlier one, too. Whose it is remains to be asked."""
    if url[:5].lower() == "data:":
        return None
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    named = _OURS.fullmatch(path.removeprefix(settings.SITE_PATH.removesuffix("/")))
    return uuid.UUID(named[1]) if named else None
