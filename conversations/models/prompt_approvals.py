"""Who approved a wording of a prompt to become live."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from .identifiers import new_id
from .prompts import SystemPrompt


class PromptApproval(models.Model):
    """Of one wording, whichever draft or version says it: a change of it asks for new ones."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    prompt = models.ForeignKey(SystemPrompt, on_delete=models.CASCADE, related_name="approvals")
    digest = models.CharField(max_length=64)
    """SHA-256 of the wording, in hexadecimal."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["prompt", "digest", "by"], name="approval_once_per_user")]

    def __str__(self) -> str:
        return f"{self.by} approved {self.prompt}"
