"""The draft of a prompt: what its authors are working on, and no chat uses."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from .identifiers import new_id
from .prompt_versions import PromptVersion, Worded
from .prompts import SystemPrompt


class PromptDraft(Worded):
    """One for each prompt, shared by all who edit it; there while the prompt has changes that aren't live."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    prompt = models.OneToOneField(SystemPrompt, on_delete=models.CASCADE, related_name="draft")
    base = models.ForeignKey(PromptVersion, null=True, on_delete=models.SET_NULL, related_name="+")
    """The version that it was begun from, or has become under a label other than live."""
    revision = models.PositiveIntegerField(default=1)
    """Counts its saves."""
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    """Who saved it last."""
    writers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    """All who saved it since it was begun."""
    updated = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"Draft of {self.prompt.name}"
