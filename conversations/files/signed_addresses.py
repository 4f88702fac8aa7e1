"""Where a file can be fetched without a session for a while: at an address of this site, or of the bucket, signed for that file alone.

Providers are given it for minutes, and pages of other sites for a day: their browsers have no session here.
"""

from __future__ import annotations

import ipaddress
import time
import uuid
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.core.signing import Signer
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from conversations.models import File, FilesSentAs, files_storage

VALID_SECONDS = 900
"""Providers fetch at once; a request may wait before it is sent."""
SHOWN_SECONDS = 24 * 3600
"""A page shows a picture for as long as it is open, and is given new addresses when it is loaded again."""
_signer = Signer(salt="conversations.files.signed_addresses")


def problem(sent_as: str) -> str:
    """Why files can't be sent so; "" where they can."""
    if sent_as == FilesSentAs.BUCKET and not hasattr(files_storage(), "querystring_auth"):
        return "Files are in a folder of this server, not in a bucket: see FILES_S3_BUCKET."
    if sent_as == FilesSentAs.SITE and not _is_public():
        return "This site has no public address: set SITE_URL to one that begins with https:// and that the provider can reach."
    return ""


def of(file: File, sent_as: str) -> str:
    """The address, for so long as is said above; "" where this server has none to give."""
    if sent_as not in (FilesSentAs.SITE, FilesSentAs.BUCKET) or problem(sent_as):
        return ""
    if sent_as == FilesSentAs.BUCKET:
        parameters = {"ResponseContentType": file.content_type} if file.content_type else {}
        return str(cast("Any", files_storage()).url(file.content.name, parameters=parameters, expire=VALID_SECONDS))
    return f"{settings.SITE_URL}{_path(file.pk, VALID_SECONDS)}"


def shown(file_id: uuid.UUID) -> str:
    """Below this site's origin, for a page of another site that shows the file. It is for the caller to know that its reader may see it."""
    return _path(file_id, SHOWN_SECONDS)


def is_valid(file_id: uuid.UUID, until: str, signature: str) -> bool:
    """Whether this was signed here, for this file, and isn't over."""
    if not (until.isascii() and until.isdecimal() and len(until) <= len(str(2**40)) and int(until) >= time.time()):
        return False
    return constant_time_compare(signature, _signature(file_id, int(until)))


def _path(file_id: uuid.UUID, seconds: int) -> str:
    until = int(time.time()) + seconds
    return f"{reverse('signed_file', args=[file_id])}?until={until}&signature={_signature(file_id, until)}"


def _signature(file_id: uuid.UUID, until: int) -> str:
    return _signer.signature(f"{file_id}:{until}")


def _is_public() -> bool:
    parts = urlsplit(settings.SITE_URL)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https" or not host or host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host
