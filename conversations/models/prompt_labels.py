"""Labels of a prompt, which point at its versions, and every move that a label made."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .identifiers import new_id
from .prompt_versions import PromptVersion
from .prompts import LIVE, SystemPrompt

STAGING = "staging"
MAX_LABEL_CHARACTERS = 36

label_name = RegexValidator(
    rf"\A[a-z0-9._-]{{1,{MAX_LABEL_CHARACTERS}}}\Z",
    f"A label has at most {MAX_LABEL_CHARACTERS} characters: small letters a to z, digits, dots, hyphens and underscores.",
)


class PromptLabel(models.Model):
    """All labels but `live`, which is the prompt's `published`. Moved by `SystemPrompt.point` alone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    prompt = models.ForeignKey(SystemPrompt, on_delete=models.CASCADE, related_name="labels")
    name = models.CharField(max_length=MAX_LABEL_CHARACTERS, validators=[label_name])
    version = models.ForeignKey(PromptVersion, on_delete=models.CASCADE, related_name="labels")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["prompt", "name"], name="label_once_per_prompt"),
            models.CheckConstraint(condition=~Q(name=LIVE), name="live_is_what_is_published"),
        ]

    def __str__(self) -> str:
        return self.name


class LabelMove(models.Model):
    """From `at` on, the label pointed at this version, or at none. Never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    prompt = models.ForeignKey(SystemPrompt, on_delete=models.CASCADE, related_name="label_moves")
    name = models.CharField(max_length=MAX_LABEL_CHARACTERS)
    version = models.ForeignKey(PromptVersion, null=True, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["prompt", "name", "-at"], name="moves_of_label")]

    def __str__(self) -> str:
        return f"{self.name}: {self.version or 'none'}"
