"""The ledger: every attempt. Rows are written once, and outlive the replies that they were made for."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from .api_keys import ApiKey
from .api_tokens import ApiToken
from .identifiers import new_id
from .messages import Message
from .prompt_versions import PromptVersion
from .providers import Provider

NANO = 1_000_000_000
"""Costs are whole nanodollars: sums stay exact on every database."""


class Purpose(models.TextChoices):
    ANSWER = "answer", "Answer"
    TITLE = "title", "Title"
    TRIAL = "trial", "Trial"
    RUN = "run", "Run of cases"
    JUDGE = "judge", "Judge"
    IMAGE = "image", "Picture"
    AUDIO = "audio", "Audio"
    API = "api", "API"


class AttemptKind(models.TextChoices):
    """What was made or read, which reports and budgets tell apart. An answer to which files were given is of a kind of its own."""

    TEXT = "text", "Text"
    FILES = "files", "Text with files"
    PICTURES = "pictures", "Pictures"
    TRANSCRIPTS = "transcripts", "Transcripts"
    SPEECH = "speech", "Speech"
    TALK = "talk", "Speech to speech"
    EMBEDDINGS = "embeddings", "Embeddings"


USERS_OWN = (Purpose.ANSWER, Purpose.TITLE, Purpose.IMAGE, Purpose.AUDIO, Purpose.API)
"""What counts as a user's own use. What is done with prompts has a budget of its own, and no user's figures have it."""


OK, STOPPED = "ok", "stopped"
"""Outcomes beside the kinds of errors: see `providers.errors`."""

NOT_COUNTED = ("stopped", "content_filter", "context", "images", "handed_over")
"""Outcomes that a user or a restart caused: they say nothing about whether the site works."""


def forget_cause(collector: Any, field: models.Field[Any, Any], attempts: models.QuerySet[Attempt], using: str) -> None:
    """What is done as something is deleted that attempts point to: they stay, without it and without words that may be quoted from it."""
    # This first, for it finds its rows by the other field.
    collector.add_field_update(Attempt._meta.get_field("cause"), "", attempts.exclude(cause=""))
    models.SET_NULL(collector, field, attempts, using)


forget_cause.lazy_sub_objs = True  # type: ignore[attr-defined]  # as SET_NULL has it: the rows aren't read


class Attempt(models.Model):
    """One request upstream. The last one for a reply is `final`: its outcome is the reply's. Number 0: no provider was asked."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # What an attempt was made for may be deleted while it runs. Its row must be written all the same: no database constraints.
    recorded = models.DateTimeField(help_text="When it was written, which is when it ended or a moment later.")
    purpose = models.CharField(max_length=8, choices=Purpose, default=Purpose.ANSWER)
    kind = models.CharField(max_length=12, choices=AttemptKind, default=AttemptKind.TEXT, db_default=AttemptKind.TEXT)
    reply = models.ForeignKey(Message, null=True, blank=True, db_constraint=False, on_delete=forget_cause, related_name="attempts")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, db_constraint=False, db_index=False, on_delete=forget_cause, related_name="+"
    )
    prompt_version = models.ForeignKey(
        PromptVersion, null=True, blank=True, db_constraint=False, on_delete=models.SET_NULL, related_name="+"
    )
    provider = models.ForeignKey(
        Provider, null=True, blank=True, db_constraint=False, db_index=False, on_delete=models.PROTECT, related_name="+"
    )
    key = models.ForeignKey(ApiKey, null=True, blank=True, db_constraint=False, db_index=False, on_delete=models.SET_NULL, related_name="+")
    token = models.ForeignKey(
        ApiToken,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="API token",
    )
    """With which a program asked for it; None where a user did."""
    for_message = models.UUIDField(null=True, blank=True, editable=False)
    """What it was for where no reply is: the answer that was read aloud, or what was said and transcribed."""
    passage_start = models.PositiveIntegerField(null=True, blank=True, editable=False)
    """Of that answer, by characters: the passage that was read aloud, up to before `passage_end`."""
    passage_end = models.PositiveIntegerField(null=True, blank=True, editable=False)
    for_file = models.UUIDField(null=True, blank=True, editable=False)
    """The recording that was transcribed."""
    model = models.CharField(max_length=200, blank=True)

    number = models.PositiveSmallIntegerField(help_text="Which try this was (1 = first); 0 where no provider could be asked.")
    final = models.BooleanField(default=True)
    outcome = models.CharField(max_length=20, help_text="“ok”, “stopped”, or the kind of error.")
    cause = models.CharField(max_length=500, blank=True, help_text="What the provider said. It may quote the message.")
    status = models.PositiveSmallIntegerField("HTTP status", null=True, blank=True)
    request_id = models.CharField(max_length=120, blank=True, help_text="The provider’s own number for it.")
    retry_after = models.FloatField(null=True, blank=True, help_text="Seconds.")
    started = models.DateTimeField()
    first_token_ms = models.PositiveIntegerField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField()
    characters = models.PositiveIntegerField(default=0, help_text="Of the answer, that came.")
    input_tokens = models.PositiveIntegerField(null=True, blank=True)
    cached_tokens = models.PositiveIntegerField(null=True, blank=True)
    output_tokens = models.PositiveIntegerField(null=True, blank=True)
    reasoning_tokens = models.PositiveIntegerField(null=True, blank=True)
    input_audio_tokens = models.PositiveIntegerField(null=True, blank=True, help_text="Of the input.")
    output_audio_tokens = models.PositiveIntegerField(null=True, blank=True, help_text="Of the output.")
    estimated = models.BooleanField(default=False, help_text="The provider’s count never came.")
    # What is counted beside tokens; empty where an attempt has no such unit, or it is unknown.
    pictures = models.PositiveSmallIntegerField(null=True, blank=True, help_text="That were made.")
    picture_form = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="Their size and quality, such as “1024x1024 high”."
    )
    heard_ms = models.PositiveIntegerField("heard", null=True, blank=True, help_text="Milliseconds of sound.")
    spoken_ms = models.PositiveIntegerField("spoken", null=True, blank=True, help_text="Milliseconds of sound.")
    spoken_characters = models.PositiveIntegerField(null=True, blank=True, help_text="Of the text that was read aloud.")
    files = models.PositiveSmallIntegerField("files read", null=True, blank=True)
    pages = models.PositiveIntegerField("pages read", null=True, blank=True)
    cost = models.BigIntegerField(null=True, blank=True, help_text="Nanodollars; empty where the price is unknown.")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["recorded"], name="attempts_by_time"),
            models.Index(fields=["owner", "recorded"], name="attempts_of_owner"),
            models.Index(fields=["provider", "recorded"], name="attempts_at_provider"),
            models.Index(fields=["key", "recorded"], name="attempts_with_key"),
            models.Index(fields=["token", "recorded"], condition=Q(token__isnull=False), name="attempts_with_token"),
            models.Index(fields=["recorded"], condition=~Q(outcome="ok"), name="attempts_that_failed"),
        ]

    def __str__(self) -> str:
        return f"Attempt {self.pk}"
