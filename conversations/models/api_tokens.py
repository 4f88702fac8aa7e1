"""Tokens with which programs use the API as a user. A token is told once; only its digest is stored."""

from __future__ import annotations

import secrets
from datetime import datetime
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .identifiers import new_id
from .invitations import TOKEN_BYTES, digest
from .people import User
from .prompts import SystemPrompt

TOKEN_PREFIX = "sk-chat-"  # noqa: S105  (what every token begins with: scanners of repositories find it by that)
SHOWN_CHARACTERS = 6
"""Of the random part of a token, by which its owner knows it again. The 37 others are 220 bits."""


class Scope(models.TextChoices):
    CHAT = "chat", "Ask assistants"
    RAW_MODELS = "raw_models", "Ask models without an assistant"
    READ_PROMPTS = "read_prompts", "Read prompts"
    WRITE_PROMPTS = "write_prompts", "Change drafts of prompts and publish them"
    READ_USAGE = "read_usage", "Read what was used"


class ApiTokenState(models.TextChoices):
    USABLE = "usable", "usable"
    EXPIRED = "expired", "expired"
    REVOKED = "revoked", "revoked"
    INACTIVE = "inactive", "its user is inactive"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def of(self, user: User) -> Self:
        return self.filter(user=user)

    def with_limits(self) -> Self:
        """Those that have limits of their own."""
        limited = Q(requests_per_minute__isnull=False) | Q(monthly_cost__isnull=False) | Q(monthly_tokens__isnull=False)
        return self.filter(limited, revoked=None).order_by()


class ApiToken(models.Model):
    """What a program names to act as its user, within the scopes. It can do nothing that the user can't."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80, help_text="What uses it, such as “Website search”.")
    prefix = models.CharField(max_length=20, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    """Values of `Scope`."""
    is_limited_to_prompts = models.BooleanField(
        "only the assistants named below", default=False, help_text="If off, all that its user may choose, those of later, too."
    )
    prompts = models.ManyToManyField(SystemPrompt, blank=True, related_name="+", verbose_name="assistants")
    """A flag of its own says whether these count: where the last of them is deleted, the token isn't good for all by that."""
    requests_per_minute = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Answers: up to this many in a burst, and per minute on average.",
    )
    monthly_cost = models.DecimalField(
        null=True,
        blank=True,
        max_digits=12,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01"))],
        help_text="US dollars a month. The budgets of its user count besides.",
    )
    monthly_tokens = models.PositiveBigIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Tokens of models, read and written, a month."
    )
    expires = models.DateTimeField(null=True, blank=True, help_text="Empty: never.")
    last_used = models.DateTimeField("last use", null=True, editable=False, help_text="To within a minute.")
    revoked = models.DateTimeField(null=True, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "API token"
        verbose_name_plural = "API tokens"
        ordering = ["-created"]
        permissions = [
            ("make_apitoken", "Can make API tokens for themselves"),
            ("use_raw_models", "Can ask models without an assistant through the API"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def draw(self) -> str:
        """A new token, of 256 random bits; save the row afterwards."""
        token = TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
        self.digest, self.prefix = digest(token), token[: len(TOKEN_PREFIX) + SHOWN_CHARACTERS]
        return token

    def state(self, now: datetime | None = None) -> ApiTokenState:
        """What stands in the way of using it, the most lasting first. Needs its user."""
        if self.revoked:
            return ApiTokenState.REVOKED
        if self.expires is not None and self.expires <= (now or timezone.now()):
            return ApiTokenState.EXPIRED
        return ApiTokenState.USABLE if self.user.is_active else ApiTokenState.INACTIVE
