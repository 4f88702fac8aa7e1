from __future__ import annotations

from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q

from .experiments import Arm, Experiment
from .identifiers import new_id
from .people import User
from .prompt_labels import MAX_LABEL_CHARACTERS
from .prompts import SystemPrompt

MAX_TITLE_CHARACTERS = 120


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def of(self, user: User) -> Self:
        """The user's own conversations: every query for a user starts here."""
        return self.filter(owner=user)


class TitleSource(models.TextChoices):
    WORDS = "words", "First words of the question"
    MODEL = "model", "Suggested by the model"
    PERSON = "person", "Written by the user"


class Conversation(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=MAX_TITLE_CHARACTERS, blank=True)
    title_source = models.CharField(max_length=10, choices=TitleSource, default=TitleSource.WORDS)
    prompt = models.ForeignKey(SystemPrompt, null=True, blank=True, on_delete=models.SET_NULL, related_name="conversations")
    model = models.CharField(max_length=200, blank=True, default="", db_default="", help_text="Chosen by its owner; empty: the prompt’s.")
    effort = models.CharField(max_length=20, blank=True, default="", db_default="", help_text="Chosen by its owner; empty: the prompt’s.")
    variables = models.JSONField(default=dict, db_default={}, blank=True, help_text="What its owner gave for the prompt’s variables.")
    prompt_label = models.CharField(
        max_length=MAX_LABEL_CHARACTERS,
        blank=True,
        default="",
        db_default="",
        help_text="Which of the prompt’s versions answers; empty: live.",
    )
    # The index is one of rows that take part in some: most conversations take part in none.
    experiment = models.ForeignKey(
        Experiment, null=True, blank=True, editable=False, db_index=False, on_delete=models.SET_NULL, related_name="conversations"
    )
    arm = models.CharField(max_length=9, blank=True, default="", db_default="", choices=Arm, editable=False)
    """Of its experiment; it stays, so that what was counted can be counted again."""
    pinned = models.BooleanField(default=False)
    archived = models.BooleanField(default=False)
    temporary = models.BooleanField(default=False)
    leaf = models.ForeignKey("Message", null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField()

    objects = ConversationQuerySet.as_manager()

    class Meta:
        ordering = ["-updated"]
        permissions = [("read_conversation", "Can read conversations of other users")]
        indexes = [
            models.Index(fields=["owner", "-updated", "-id"], name="conversations_of_owner"),
            models.Index(fields=["experiment", "arm"], condition=Q(experiment__isnull=False), name="conversations_of_experiment"),
        ]

    def __str__(self) -> str:
        return f"Conversation {self.pk}"

    @property
    def chosen_prompt(self) -> str | UUID | None:
        """As users name it when they choose it."""
        return f"{self.prompt_id}:{self.prompt_label}" if self.prompt_id and self.prompt_label else self.prompt_id

    @property
    def has_running_reply(self) -> bool:
        return self.messages.running().exists()
