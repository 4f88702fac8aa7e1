"""Where a provider can fetch a file for some minutes: at an address of this site, or of the bucket, signed for that file alone."""

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
    until = int(time.time()) + VALID_SECONDS
    path = reverse("signed_file", args=[file.pk])
    return f"{settings.SITE_URL}{path}?until={until}&signature={_signature(file.pk, until)}"


def is_valid(file_id: uuid.UUID, until: str, signature: str) -> bool:
    """Whether this was signed here, for this file, and isn't over."""
    if not (until.isascii() and until.isdecimal() and len(until) <= len(str(2**40)) and int(until) >= time.time()):
        return False
    return constant_time_compare(signature, _signature(file_id, int(until)))


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
