"""Which users were told by mail that the model of a prompt is shut down."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from .identifiers import new_id
from .prompts import SystemPrompt


class RetirementNotice(models.Model):
    """One notice to one user, so many days before. Another day of shutting down asks for notices of its own."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    prompt = models.ForeignKey(SystemPrompt, on_delete=models.CASCADE, related_name="+")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    model = models.CharField(max_length=200)
    shutdown_date = models.DateField()
    days = models.PositiveSmallIntegerField()
    """Before the shutdown."""
    claim = models.UUIDField()
    """Which call of the job sends it, or did."""
    claimed = models.DateTimeField()
    sent = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["prompt", "recipient", "model", "shutdown_date", "days"], name="a_retirement_is_told_once")
        ]

    def __str__(self) -> str:
        return f"{self.model}, {self.days} days before {self.shutdown_date}"
