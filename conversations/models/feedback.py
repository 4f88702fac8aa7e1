"""What the user says of an answer: a thumb, and with it tags and words."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from .identifiers import new_id
from .messages import Message

MAX_WORDS_CHARACTERS = 2_000


class Thumb(models.TextChoices):
    UP = "up", "Thumbs up"
    DOWN = "down", "Thumbs down"


class FeedbackTag(models.TextChoices):
    """What was bad about an answer; a thumb up has none."""

    WRONG = "wrong", "Wrong"
    NOT_HELPFUL = "not_helpful", "Not helpful"
    TOO_LONG = "too_long", "Too long"
    REFUSED = "refused", "Refused"
    UNSAFE = "unsafe", "Unsafe"


class Feedback(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="feedback", db_index=False)  # the constraint has an index
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    thumb = models.CharField(max_length=4, choices=Thumb)
    tags = models.JSONField(default=list, blank=True)
    words = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "feedback"
        constraints = [models.UniqueConstraint(fields=["message", "user"], name="one_feedback_per_message_and_user")]

    def __str__(self) -> str:
        return f"Feedback {self.pk}"

    @property
    def tag_labels(self) -> list[str]:
        return [FeedbackTag(tag).label for tag in self.tags if tag in FeedbackTag.values]
