from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from .conversations import Conversation
from .messages import Message
from .people import User


class SearchEntryQuerySet(models.QuerySet["SearchEntry"]):
    def of(self, user: User) -> Self:
        """The entries of the user's own conversations: every query for a user starts here."""
        return self.filter(owner=user)


class SearchEntry(models.Model):
    """What is searched of a message, or, without one, of a conversation's title.

    Each database keeps an index of `words` beside the table, and keeps it true by itself (see `conversations.search`).
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    message = models.OneToOneField(Message, null=True, on_delete=models.CASCADE, related_name="+")
    words = models.TextField(help_text="Folded, with a space before and after each.")

    objects = SearchEntryQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name_plural = "search entries"
        constraints = [
            models.UniqueConstraint(fields=["conversation"], condition=Q(message=None), name="a_conversation_has_one_title_entry"),
        ]
        indexes = [models.Index(fields=["owner", "id"], name="search_entries_of_owner")]

    def __str__(self) -> str:
        return f"Search entry {self.pk}"
