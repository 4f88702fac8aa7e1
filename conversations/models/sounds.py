"""What was read aloud, kept so that the next listening costs nothing. It is in the storage `files`, and counts for no user’s quota."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from .files import files_storage, random_name
from .messages import Message


class Sound(models.Model):
    """A passage as a model said it in one voice. It tells not what is said: it is found by who has the text."""

    key = models.CharField(max_length=64, primary_key=True, help_text="SHA-256 of the text and of how it is said.")
    content = models.FileField(storage=files_storage, upload_to=random_name)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField(help_text="Bytes.")
    heard = models.DateTimeField(default=timezone.now, db_index=True, help_text="When it was last listened to, give or take a day.")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Sound {self.key[:8]}"


class SoundUse(models.Model):
    """That a passage of this message was read aloud with a sound: with the last of these messages the sound goes."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    sound = models.CharField(max_length=64, db_index=True, help_text="Its key. It may not be there yet, or not any more.")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["message", "sound"], name="a_sound_once_per_message")]

    def __str__(self) -> str:
        return f"Sound {self.sound[:8]} of message {self.message_id}"


class SoundClaim(models.Model):
    """That a sound is being made: until then others wait for it, rather than have it made and paid for twice."""

    key = models.CharField(max_length=64, primary_key=True)
    until = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Claim of sound {self.key[:8]}"
