"""What prompts say: the fields of a wording, and versions, which never change."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from .identifiers import new_id


class Worded(models.Model):
    """All that decides how a prompt answers: what a version keeps, and a draft changes.

    What is said of each field is in `studio/wording_fields.py`, and its widget in `admin/prompts/wording_fields.py`.
    """

    text = models.TextField(blank=True)
    model = models.CharField(max_length=200, blank=True, help_text="Empty: the provider’s default model.")
    parameters = models.JSONField(default=dict, blank=True)
    starters = models.JSONField(default=list, blank=True)
    variables = models.JSONField(default=list, db_default=[], blank=True)
    """Declarations, as `variables.py` describes them."""
    examples = models.JSONField(default=list, db_default=[], blank=True)
    """Messages before the conversation: {"role": "user" or "assistant", "text"}, by turns."""
    output_schema = models.JSONField(null=True, blank=True)
    """The JSON schema that answers follow."""

    class Meta:
        abstract = True


class PromptVersion(Worded):
    """One wording of a prompt. Immutable."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    prompt = models.ForeignKey("SystemPrompt", on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    is_template = models.BooleanField(default=False, db_default=False, editable=False)
    """Whether names in its text and examples are replaced. Versions made before there were any are sent as they are."""
    note = models.CharField(max_length=200, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    """Who published it."""
    writers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    """All who saved the draft that it was."""
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["prompt", "number"], name="version_number_once_per_prompt")]

    def __str__(self) -> str:
        return f"{self.prompt.name} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A prompt version never changes; publish a new one.")
        super().save(*args, **kwargs)
