"""How much of the storage a user has, and may have."""

from __future__ import annotations

import uuid
from typing import NamedTuple

from django.conf import settings
from django.db.models import Sum

from conversations.models import File, Upload
from conversations.usage.limits import in_force, locks

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
    """None: without a limit. What limits in the admin say replaces the setting."""
    return in_force.storage_mb(owner_id) or settings.FILE_STORAGE_MB or None


class Standing(NamedTuple):
    """How much of their storage a user has filled."""

    used: int
    allowed: int | None
    """Bytes, as those used."""

    @property
    def percent(self) -> int | None:
        return None if self.allowed is None else min(100, self.used * 100 // self.allowed)

    @property
    def used_in_words(self) -> str:
        return in_words(self.used)

    @property
    def allowed_in_words(self) -> str:
        return in_words(self.allowed or 0)


def standing(owner_id: uuid.UUID) -> Standing:
    allowed = allowed_mb(owner_id)
    return Standing(used_bytes(owner_id), None if allowed is None else allowed * MIB)


def in_words(size: int) -> str:
    """Megabytes, whole ones without a fraction; never so few that something were nothing."""
    if not size or size % MIB == 0:
        return f"{size // MIB:,} MB"
    return f"{max(size / MIB, 0.1):,.1f} MB"


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
            f"Your files take {in_words(used)} of the {allowed:,} MB that you have, so this one of {in_words(size)} doesn’t fit. "
            "Delete some of those that you no longer need under “Your files”.",
            403,
        )
