"""Sounds that are kept, for all users who have the same text read in the same voice, and deleted by age and by what they take together."""

from __future__ import annotations

import logging
import uuid
from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Sum
from django.utils import timezone

from conversations.files import stored
from conversations.jobs.context import TaskContext
from conversations.jobs.tasks import task
from conversations.models import Sound, SoundClaim, SoundUse

log = logging.getLogger(__name__)

MIB = 1024 * 1024
AT_ONCE = 200
CLAIMED = timedelta(seconds=10)
"""For so long others wait for a sound that one is making, unless it is claimed for longer meanwhile. What a killed process claimed is free
then."""
NOTED_AFTER = timedelta(days=1)
"""A sound that was listened to within this time isn't noted as heard again: each note is a write."""


def find(key: str) -> Sound | None:
    """The sound, noted as heard."""
    sound, now = Sound.objects.filter(pk=key).first(), timezone.now()
    if sound is not None and sound.heard < now - NOTED_AFTER:
        Sound.objects.filter(pk=key).update(heard=now)
    return sound


def note_use(key: str, message_id: uuid.UUID) -> None:
    """That this message is read aloud with it: so it goes with the last that is."""
    if not SoundUse.objects.filter(sound=key, message=message_id).exists():
        with suppress(IntegrityError):  # the message was deleted just now
            SoundUse.objects.bulk_create([SoundUse(sound=key, message_id=message_id)], ignore_conflicts=True)


def claim(key: str) -> datetime | None:
    """Until when the caller alone is to make it, unless `release` comes first. None while another is."""
    now = timezone.now()
    claims, until = SoundClaim.objects.filter(key=key), now + CLAIMED
    if (known := claims.first()) is not None:
        is_mine = known.until < now and bool(claims.filter(until=known.until).update(until=until))
    else:
        _, is_mine = SoundClaim.objects.get_or_create(key=key, defaults={"until": until})
    return until if is_mine else None


def renew(key: str, until: datetime) -> datetime | None:
    """Until when it is claimed now. None where another has claimed it meanwhile."""
    later = timezone.now() + CLAIMED
    return later if SoundClaim.objects.filter(key=key, until=until).update(until=later) else None


def release(key: str, until: datetime) -> None:
    """What another has claimed meanwhile stays."""
    SoundClaim.objects.filter(key=key, until=until).delete()


def content_of(sound: Sound) -> bytes:
    """Raises OSError where it is gone."""
    with sound.content.open() as opened:
        return bytes(opened.read())


def keep(key: str, name: str, size: int, content_type: str) -> None:
    """What was stored under this name."""
    try:
        Sound(key=key, content=name, content_type=content_type, size=size).save(force_insert=True)
    except IntegrityError:  # made twice at once
        stored.delete([name])
    except BaseException:
        stored.delete([name])
        raise


@task(title="Delete old sounds of what was read aloud", takes_context=True)
def sweep_sounds(context: TaskContext) -> str:
    """Those that were last heard more than SPEECH_CACHE_DAYS ago, then those not heard for longest, down to SPEECH_CACHE_MB."""
    old = Sound.objects.filter(heard__lt=timezone.now() - timedelta(days=settings.SPEECH_CACHE_DAYS))
    going = list(old.values_list("key", flat=True))
    surplus = (Sound.objects.exclude(pk__in=old).aggregate(all=Sum("size"))["all"] or 0) - settings.SPEECH_CACHE_MB * MIB
    if surplus > 0:
        for key, size in Sound.objects.exclude(pk__in=old).order_by("heard").values_list("key", "size").iterator():
            if surplus <= 0:
                break
            going.append(key)
            surplus -= size
    for start in range(0, len(going), AT_ONCE):
        context.check()
        _delete(going[start : start + AT_ONCE])
    return f"{len(going):,} deleted."


def _delete(keys: list[str]) -> None:
    rows = Sound.objects.filter(pk__in=keys)
    names = list(rows.values_list("content", flat=True))
    rows.delete()
    stored.delete(names)
