"""Counters of limits and budgets, and what is held back for answers that run."""

from __future__ import annotations

from django.db import models

from .attempts import AttemptKind


class MessageRate(models.Model):
    """How far a subject ("site", "group:…", "user:…" or "token:…") is ahead of its messages a minute. Made with its first that counts."""

    subject = models.CharField(primary_key=True, max_length=60)
    arrival = models.BigIntegerField(help_text="When its next message would come at an even pace, in microseconds since 1970.")

    def __str__(self) -> str:
        return self.subject


class Spending(models.Model):
    """What a subject ("site", "group:…", "user:…" or "token:…") has used in a month, and what its running answers may still use.

    Of one kind alone it is a subject of its own, such as "user:…#pictures".

    Costs are nanodollars. Counted from the ledger when a budget first needs it.
    """

    subject = models.CharField(max_length=60)
    month = models.DateField()
    spent_cost = models.BigIntegerField(default=0)
    spent_tokens = models.BigIntegerField(default=0)
    spent_units = models.BigIntegerField(default=0, db_default=0)
    """Of a budget for one kind: pictures, milliseconds of audio, or files."""
    reserved_cost = models.BigIntegerField(default=0)
    reserved_tokens = models.BigIntegerField(default=0)
    reserved_units = models.BigIntegerField(default=0, db_default=0)
    counted = models.DateTimeField(help_text="When it was last counted from the ledger.")
    used_up = models.DateTimeField(null=True, help_text="When webhooks were told that its budget is used up.")
    is_fresh = models.BooleanField(default=True, help_text="Whether it is to be counted once more, when every process knows of it.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "month"], name="spending_once_a_month")]

    def __str__(self) -> str:
        return f"{self.subject}, {self.month:%B %Y}"


class Reservation(models.Model):
    """What one running answer may use at most, held back from budgets. It outlives the answer's message, so no foreign key."""

    reply = models.UUIDField(db_index=True)
    owner = models.UUIDField()
    token = models.UUIDField(null=True)
    """Of the API token that the answer was asked for with."""
    month = models.DateField()
    subjects = models.JSONField(default=list)
    cost = models.BigIntegerField(default=0)
    tokens = models.BigIntegerField(default=0)
    kind = models.CharField(max_length=12, choices=AttemptKind, default=AttemptKind.TEXT, db_default=AttemptKind.TEXT)
    units = models.BigIntegerField(default=0, db_default=0)
    model = models.CharField(max_length=200, blank=True, default="", db_default="")
    """Of what no message is kept."""
    input_cost = models.BigIntegerField(default=0, help_text="What reading the conversation will likely cost.")
    input_tokens = models.BigIntegerField(default=0)
    output_cost = models.BigIntegerField(default=0, help_text="Of the longest answer.")
    output_tokens = models.BigIntegerField(default=0)
    said = models.PositiveIntegerField(default=0, help_text="Characters that were there when it began.")
    created = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["created"], name="reservations_by_time")]

    def __str__(self) -> str:
        return f"Reservation for {self.reply}"
