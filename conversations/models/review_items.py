"""The review queue: answers that a reviewer is to look at, and what came of it."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from .identifiers import new_id
from .messages import Message
from .people import User

MAX_NOTE_CHARACTERS = 2_000


class ReviewReason(models.TextChoices):
    THUMB = "thumb", "Thumbs down"
    SAMPLE = "sample", "Sample"


class ReviewOutcome(models.TextChoices):
    FINE = "fine", "Nothing wrong with the answer"
    PROMPT = "prompt", "The prompt should change"
    MODEL = "model", "The model went wrong"
    OTHER = "other", "Something else"


class ReviewItemQuerySet(models.QuerySet["ReviewItem"]):
    def open(self) -> Self:
        return self.filter(done=None)

    def next_first(self) -> Self:
        """Thumbs down before samples, older before newer, and what was skipped at the end."""
        return self.order_by(F("skipped").asc(nulls_first=True), "-reason", "pk")


class ReviewItem(models.Model):
    """Of one answer, with which it is deleted: its note may say what was said."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="review_item")
    reason = models.CharField(max_length=6, choices=ReviewReason)
    created = models.DateTimeField(auto_now_add=True)
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    """Who looks at it, or did."""
    skipped = models.DateTimeField(null=True)
    done = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=6, blank=True, choices=ReviewOutcome)
    note = models.TextField(blank=True, max_length=MAX_NOTE_CHARACTERS)

    objects = ReviewItemQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name, verbose_name_plural = "answer to review", "answers to review"
        default_permissions = ()
        indexes = [models.Index(fields=["reason", "id"], condition=Q(done=None), name="open_review_items")]

    def __str__(self) -> str:
        return f"Review of {self.message_id}"

    def is_with(self, user: User) -> bool:
        return self.assignee_id == user.pk
