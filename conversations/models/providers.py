"""Providers, the models that they have, and their keys."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.views.decorators.debug import sensitive_variables

from . import sealed
from .identifiers import new_id

LAST = 4
"""Characters of a key that may be shown."""


class Origin(models.TextChoices):
    ADMIN = "admin", "Added here"
    ENVIRONMENT = "environment", "Environment"
    BUILT_IN = "built_in", "Built in"


class Api(models.TextChoices):
    RESPONSES = "responses", "Responses"
    CHAT_COMPLETIONS = "chat_completions", "Chat Completions"


class Resume(models.TextChoices):
    NOTHING = "", "Not at all: the person continues it"
    BACKGROUND = "background", "Background responses (Responses API)"
    PREFIX = "prefix", "Goes on from a text (vLLM, llama.cpp)"


_SECONDS = [MinValueValidator(0.1), MaxValueValidator(3600)]


class Provider(models.Model):
    """One OpenAI-compatible server. Those that the settings name are kept in step with them and change only there."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=80, unique=True)
    origin = models.CharField(max_length=12, choices=Origin, default=Origin.ADMIN, editable=False)
    base_url = models.CharField("base URL", max_length=300, help_text="With its /v1, such as https://api.openai.com/v1.")
    api = models.CharField("API", max_length=20, choices=Api, default=Api.CHAT_COMPLETIONS)
    enabled = models.BooleanField(default=True)
    priority = models.PositiveSmallIntegerField(
        default=10, help_text="Of several that have a model, the one with the lowest number is asked first."
    )
    default_model = models.CharField(
        max_length=200, blank=True, help_text="Asked for when a prompt names no model. Empty: the first that it has."
    )
    headers = models.JSONField(default=dict, blank=True, help_text="Sent along with every request, as a gateway may want it.")
    price_list = models.CharField(
        max_length=40,
        blank=True,
        help_text="Whose prices count, such as openai, where the address doesn't tell (a gateway). Models may have prices of their own.",
    )
    resume = models.CharField(
        "finishing lost answers",
        max_length=12,
        choices=Resume,
        default=Resume.NOTHING,
        blank=True,
        help_text="How an answer goes on whose process died.",
    )
    connect_seconds = models.FloatField(
        "connecting", default=10.0, validators=_SECONDS, help_text="Seconds until a connection must be there."
    )
    first_token_seconds = models.FloatField(
        "first token",
        default=120.0,
        validators=_SECONDS,
        help_text="Seconds until the answer must begin; five times as long for models that are asked to think.",
    )
    next_token_seconds = models.FloatField(
        "between tokens", default=60.0, validators=_SECONDS, help_text="Seconds of silence within an answer."
    )
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
    name = models.CharField(max_length=200, help_text="As prompts and people call it.")
    name_there = models.CharField(max_length=200, blank=True, help_text="As the provider calls it, where that differs.")
    enabled = models.BooleanField(default=True)
    hidden = models.BooleanField(default=False, help_text="Prompts may use it; people can't pick it.")
    window = models.PositiveIntegerField(null=True, blank=True, help_text="Tokens. Empty: as far as is known.")
    takes_images = models.BooleanField("vision", null=True, blank=True)
    takes_tools = models.BooleanField("tools", null=True, blank=True)
    takes_temperature = models.BooleanField("temperature", null=True, blank=True)
    efforts = models.JSONField(
        "reasoning efforts", null=True, blank=True, help_text='Such as ["low", "high"]; [] where it doesn\'t reason.'
    )
    input_price = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(0)])
    cached_price = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(0)])
    output_price = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(0)])
    reasoning_price = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(0)])
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="a_model_once_per_provider")]

    def __str__(self) -> str:
        return f"{self.name} at {self.provider.name}"

    @property
    def upstream_name(self) -> str:
        return self.name_there or self.name


class ApiKey(models.Model):
    """A key of a provider. Its secret is sealed; the settings' own key has none here, for it stays in the settings."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="keys")
    label = models.CharField(max_length=80, help_text="How reports name it.")
    sealed = models.TextField(editable=False, blank=True)
    last_four = models.CharField(max_length=LAST, editable=False, blank=True)
    enabled = models.BooleanField(default=True)
    cooling_until = models.DateTimeField(null=True, blank=True, editable=False)
    refused = models.DateTimeField(null=True, blank=True, editable=False, help_text="Since when the provider has not accepted it.")
    trouble = models.TextField(blank=True, editable=False, help_text="What the provider said.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "API key"
        verbose_name_plural = "API keys"
        ordering = ["provider", "label"]
        constraints = [models.UniqueConstraint(fields=["provider", "label"], name="a_key_label_once_per_provider")]

    def __str__(self) -> str:
        return f"{self.label} (…{self.last_four})" if self.last_four else self.label

    @property
    def secret(self) -> str:
        """Raises sealed.Unreadable."""
        return sealed.unseal(self.sealed)

    @sensitive_variables("secret")
    def take(self, secret: str) -> None:
        """Hold this secret from now on; what was wrong with the previous one doesn't count any more. The caller saves."""
        self.sealed = sealed.seal(secret)
        self.last_four = secret[-LAST:] if len(secret) >= 4 * LAST else ""  # of a short one, four would be most of it
        self.cooling_until = self.refused = None
        self.trouble = ""
