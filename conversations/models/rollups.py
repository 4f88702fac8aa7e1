"""The ledger of past days, added up: what reports read instead of a million attempts. Written by `usage.reports.rollups` only."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from .api_keys import ApiKey
from .attempts import AttemptKind, Purpose
from .prompt_versions import PromptVersion
from .providers import Provider


class RolledUpDay(models.Model):
    """A day (UTC) whose roll-ups are written. Its row is written with them, and makes sure that this happens once."""

    day = models.DateField(primary_key=True)
    made = models.DateTimeField(auto_now_add=True)
    has_signs = models.BooleanField(default=False, db_default=False)
    """Whether there are roll-ups of signs, too. They are counted again for some days."""

    def __str__(self) -> str:
        return f"{self.day}"


class UsedOnDay(models.Model):
    """A day's attempts at one model, for one kind of thing. `usage.reports.figures` says what each figure counts, by the same name."""

    day = models.DateField(db_index=True)
    model = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=12, choices=AttemptKind, default=AttemptKind.TEXT, db_default=AttemptKind.TEXT)
    replies = models.BigIntegerField()
    answered = models.BigIntegerField()
    input = models.BigIntegerField()
    cached = models.BigIntegerField()
    output = models.BigIntegerField()
    reasoning = models.BigIntegerField()
    input_audio = models.BigIntegerField(default=0, db_default=0)
    output_audio = models.BigIntegerField(default=0, db_default=0)
    pictures = models.BigIntegerField(default=0, db_default=0)
    heard_ms = models.BigIntegerField(default=0, db_default=0)
    spoken_ms = models.BigIntegerField(default=0, db_default=0)
    spoken_characters = models.BigIntegerField(default=0, db_default=0)
    files = models.BigIntegerField(default=0, db_default=0)
    pages = models.BigIntegerField(default=0, db_default=0)
    cost = models.BigIntegerField(help_text="Nanodollars.")
    used = models.BigIntegerField()
    unpriced = models.BigIntegerField()
    estimated = models.BigIntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.day}, {self.model}"


class RollUp(UsedOnDay):
    """The attempts of one day at one provider, model and so on."""

    provider = models.ForeignKey(Provider, null=True, db_constraint=False, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.ForeignKey(ApiKey, null=True, db_constraint=False, on_delete=models.SET_NULL, related_name="+", db_index=False)
    prompt_version = models.ForeignKey(
        PromptVersion, null=True, db_constraint=False, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    purpose = models.CharField(max_length=8, choices=Purpose)

    tries = models.BigIntegerField()
    tries_ok = models.BigIntegerField()
    not_counted = models.BigIntegerField()
    needed_retry = models.BigIntegerField()
    saved = models.BigIntegerField()
    estimated_cost = models.BigIntegerField(help_text="Nanodollars.")
    errors = models.JSONField(default=dict)
    failures = models.JSONField(default=dict)
    first_token = models.JSONField(default=dict)
    speed = models.JSONField(default=dict)
    duration = models.JSONField(default=dict, db_default={})
    answer_cost = models.JSONField(default=dict, db_default={})


class PersonalRollUp(UsedOnDay):
    """What one user used of one model, for one kind of thing, on one day."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, db_constraint=False, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        indexes = [models.Index(fields=["owner", "day"], name="personal_roll_ups_of_owner")]


class SignRollUp(models.Model):
    """What users did with the answers that a version began on one day. `usage.reports.signs` says what each figure counts."""

    day = models.DateField(db_index=True)
    prompt_version = models.ForeignKey(
        PromptVersion, null=True, db_constraint=False, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    answers = models.BigIntegerField()
    regenerated = models.BigIntegerField()
    edited = models.BigIntegerField()
    stopped = models.BigIntegerField()
    continued = models.BigIntegerField()
    copied = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.day}"
