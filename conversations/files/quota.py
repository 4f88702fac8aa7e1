"""How much of the storage a user has, and may have."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db.models import Sum

from conversations.models import File, Upload
from conversations.usage.limits import locks

from .refusal import FileRefused

MIB = 1024 * 1024


def used_bytes(owner_id: uuid.UUID, besides: Upload | None = None) -> int:
    """Of the user's files, and of what their uploads (besides this one) will be once they are done."""
    stored = File.objects.filter(owner=owner_id).aggregate(sum=Sum("size"))["sum"] or 0
    uploads = Upload.objects.filter(owner=owner_id, file=None)
    if besides is not None:
        uploads = uploads.exclude(pk=besides.pk)
    return stored + (uploads.aggregate(sum=Sum("size"))["sum"] or 0)


def allowed_mb(owner_id: uuid.UUID) -> int | None:
    """None: without a limit."""
    return settings.FILE_STORAGE_MB or None


def require(owner_id: uuid.UUID, size: int, upload: Upload | None = None) -> None:
    """Raises FileRefused where the user has no room for `size` bytes more, which came by `upload`. In the transaction that notes them."""
    allowed = allowed_mb(owner_id)
    if allowed is None:
        return
    locks.hold([f"files:{owner_id}"])
    used = used_bytes(owner_id, upload)
    if used + size > allowed * MIB:
        raise FileRefused(
            "limit",
            f"Your files take {used / MIB:,.1f} of the {allowed:,} MB that you have, so this one of {size / MIB:,.1f} MB doesn’t fit. "
            "Delete conversations with files that you no longer need.",
            403,
        )
