"""Providers, and the models that they have."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from .identifiers import new_id


class Origin(models.TextChoices):
    ADMIN = "admin", "Added here"
    ENVIRONMENT = "environment", "Environment"
    BUILT_IN = "built_in", "Built in"


class Api(models.TextChoices):
    RESPONSES = "responses", "Responses"
    CHAT_COMPLETIONS = "chat_completions", "Chat Completions"


class Resume(models.TextChoices):
    NOTHING = "", "Stop; the user can continue it"
    BACKGROUND = "background", "Background responses (Responses API)"
    PREFIX = "prefix", "Continue from the text so far (vLLM, llama.cpp)"


class FilesSentAs(models.TextChoices):
    BASE64 = "base64", "Within the request (Base64)"
    SITE = "site", "Signed address of this site"
    BUCKET = "bucket", "Signed address of the bucket"


_SECONDS = [MinValueValidator(0.1), MaxValueValidator(3600)]


class Provider(models.Model):
    """One OpenAI-compatible server. Those that the settings name are kept in step with them and change only there."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=80, unique=True)
    origin = models.CharField(max_length=12, choices=Origin, default=Origin.ADMIN, editable=False)
    base_url = models.CharField("base URL", max_length=300, help_text="With its /v1, such as https://api.openai.com/v1.")
    api = models.CharField("API", max_length=20, choices=Api, default=Api.CHAT_COMPLETIONS)
    enabled = models.BooleanField(default=True)
    priority = models.PositiveSmallIntegerField(default=10, help_text="If several providers have a model, the lowest number goes first.")
    default_model = models.CharField(
        max_length=200, blank=True, help_text="Used when a prompt doesn’t name a model. Leave empty to use this provider’s first model."
    )
    headers = models.JSONField(default=dict, blank=True, help_text="Sent with every request, e.g. for a gateway.")
    price_list = models.CharField(
        max_length=40,
        blank=True,
        help_text="Whose prices to use if the address doesn’t tell, e.g. openai behind a gateway. Models may have prices of their own.",
    )
    resume = models.CharField(
        "if the server dies mid-answer",
        max_length=12,
        choices=Resume,
        default=Resume.NOTHING,
        blank=True,
        help_text="How to finish an answer when the server process that was writing it has died.",
    )
    files_as = models.CharField(
        "files are sent as",
        max_length=8,
        choices=FilesSentAs,
        default=FilesSentAs.BASE64,
        db_default=FilesSentAs.BASE64,
        help_text="An address is good for 15 minutes, for one file, and without signing in: the provider has to be able to reach it.",
    )
    reconnects = models.BooleanField(
        "reconnect mid-answer",
        default=True,
        db_default=True,
        help_text="If the connection breaks mid-answer, continue the answer automatically, at most twice. "
        "If off, the answer stops there and the user can continue it.",
    )
    connect_seconds = models.FloatField(
        "connecting", default=10.0, validators=_SECONDS, help_text="Give up if there is no connection within this many seconds."
    )
    first_token_seconds = models.FloatField(
        "first token",
        default=120.0,
        validators=_SECONDS,
        help_text="Give up if no answer begins within this many seconds; five times as many for reasoning.",
    )
    next_token_seconds = models.FloatField(
        "between tokens", default=60.0, validators=_SECONDS, help_text="Give up after this many seconds of silence within an answer."
    )
    told_shutdown_dates = models.JSONField(default=dict, db_default={}, blank=True, editable=False)
    """When models are shut down, as its list of models says: days such as “2026-12-31”, by its names for them."""
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["priority", "name"]
        constraints = [
            models.UniqueConstraint(fields=["origin"], condition=~Q(origin="admin"), name="one_provider_of_the_settings"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_ours_to_change(self) -> bool:
        return self.origin == Origin.ADMIN


class Model(models.Model):
    """One model at one provider, under the name that prompts use. Several providers may have the same one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="models")
    name = models.CharField(max_length=200, help_text="As prompts and users call it.")
    name_there = models.CharField("provider’s name for it", max_length=200, blank=True, help_text="Where it differs from the name.")
    enabled = models.BooleanField(default=True)
    hidden = models.BooleanField(default=False, help_text="Prompts may use it; users can’t choose it.")
    window = models.PositiveIntegerField(
        "context window", null=True, blank=True, help_text="Tokens for question and answer together. Empty: as far as is known."
    )
    takes_images = models.BooleanField("vision", null=True, blank=True)
    takes_documents = models.BooleanField("PDF files", null=True, blank=True)
    hears = models.BooleanField("hears", null=True, blank=True)
    draws = models.BooleanField("draws", null=True, blank=True, help_text="Makes pictures, through the Images API.")
    draws_in_answers = models.BooleanField(
        "draws in answers", null=True, blank=True, help_text="Makes pictures amid an answer, by the tool of the Responses API."
    )
    transcribes = models.BooleanField("dictation", null=True, blank=True)
    embeds = models.BooleanField("embeddings", null=True, blank=True)
    speaks = models.BooleanField("reading aloud", null=True, blank=True)
    speech_to_speech = models.BooleanField("speech-to-speech", null=True, blank=True)
    takes_tools = models.BooleanField("tools", null=True, blank=True)
    takes_temperature = models.BooleanField("temperature", null=True, blank=True)
    efforts = models.JSONField("reasoning efforts", null=True, blank=True, help_text='Such as ["low", "high"]; [] for no reasoning.')
    shutdown_date = models.DateField("shut down on", null=True, blank=True, help_text="Empty: as the provider’s list of models says.")
    fallback_model = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text="Answers, with a note, once this model was shut down and no provider answers with it any more, "
        "unless a prompt has a fallback model of its own.",
    )
    input_price = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(0)])
    cached_price = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(0)])
    output_price = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(0)])
    reasoning_price = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(0)])
    audio_input_price = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(0)])
    audio_output_price = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(0)])
    minute_price = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(0)])
    character_price = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(0)])
    picture_prices = models.JSONField(default=dict, db_default={}, blank=True)
    """US dollars a picture, as texts, by its form: “1024x1024 high”, one of the two, or “” for all others."""
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="a_model_once_per_provider")]

    def __str__(self) -> str:
        return f"{self.name} at {self.provider.name}"

    @property
    def upstream_name(self) -> str:
        return self.name_there or self.name
