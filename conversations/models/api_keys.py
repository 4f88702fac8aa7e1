"""API keys of providers, and what stands in the way of using one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.db import models
from django.views.decorators.debug import sensitive_variables

from .identifiers import new_id
from .providers import Provider
from .sealed_secret import SealedSecret

LAST = 4
"""Characters of a key that may be shown."""


class KeyState(StrEnum):
    USABLE = "usable"
    COOLING = "cooling"
    REFUSED = "refused"
    DISABLED = "disabled"

    @classmethod
    def of(cls, *, enabled: bool, refused: bool, cooling_until: datetime | None, now: datetime) -> KeyState:
        """What stands in the way of using a key, the most lasting first."""
        if not enabled:
            return cls.DISABLED
        if refused:
            return cls.REFUSED
        return cls.COOLING if cooling_until is not None and cooling_until > now else cls.USABLE


class ApiKey(SealedSecret):
    """A key of a provider. Its secret is sealed; the settings' own key has none here, for it stays in the settings."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="keys")
    label = models.CharField(max_length=80, help_text="How reports name it.")
    sealed = models.TextField(editable=False, blank=True)
    last_four = models.CharField(max_length=LAST, editable=False, blank=True)
    enabled = models.BooleanField(default=True)
    cooling_until = models.DateTimeField(null=True, blank=True, editable=False)
    refused = models.DateTimeField(null=True, blank=True, editable=False, help_text="Since when the provider has not accepted it.")
    trouble = models.TextField(blank=True, editable=False, help_text="The kind of error for which it rests or was refused.")
    trouble_status = models.PositiveSmallIntegerField(null=True, blank=True, editable=False, help_text="The HTTP status of that error.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "API key"
        verbose_name_plural = "API keys"
        ordering = ["provider", "label"]
        constraints = [models.UniqueConstraint(fields=["provider", "label"], name="a_key_label_once_per_provider")]

    def __str__(self) -> str:
        return f"{self.label} (…{self.last_four})" if self.last_four else self.label

    def state(self, now: datetime) -> KeyState:
        """As its row says; whether its secret can be opened is another question."""
        return KeyState.of(enabled=self.enabled, refused=self.refused is not None, cooling_until=self.cooling_until, now=now)

    @sensitive_variables("secret")
    def take(self, secret: str) -> None:
        """Hold this secret from now on; what was wrong with the previous one doesn't count any more. The caller saves."""
        super().take(secret)
        self.last_four = secret[-LAST:] if len(secret) >= 4 * LAST else ""  # of a short one, four would be most of it
        self.cooling_until = self.refused = self.trouble_status = None
        self.trouble = ""
