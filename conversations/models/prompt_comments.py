"""Comments on lines of a prompt's version or draft."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from .identifiers import new_id
from .prompt_drafts import PromptDraft
from .prompt_versions import PromptVersion
from .prompts import SystemPrompt

MAX_COMMENT_CHARACTERS = 4000


class PromptComment(models.Model):
    """Of a version or of the draft. One on the draft goes with its lines, and on to the version that the draft becomes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    prompt = models.ForeignKey(SystemPrompt, on_delete=models.CASCADE, related_name="comments")
    version = models.ForeignKey(PromptVersion, null=True, on_delete=models.CASCADE, related_name="comments")
    draft = models.ForeignKey(PromptDraft, null=True, on_delete=models.CASCADE, related_name="comments")
    answered = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="answers")
    """The comment that this is an answer to; answers have no lines and no version of their own."""
    first_line = models.PositiveIntegerField(null=True)
    """From 1. Null where the lines are gone."""
    last_line = models.PositiveIntegerField(null=True)
    quoted = models.TextField(blank=True)
    """What the lines said when it was written."""
    text = models.TextField(max_length=MAX_COMMENT_CHARACTERS, blank=True)
    """Empty where it was deleted and has answers."""
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    edited = models.DateTimeField(null=True)
    resolved = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        default_permissions = ()
        ordering = ["created", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(version=None) | models.Q(draft=None), name="comment_on_a_version_or_the_draft"),
        ]

    def __str__(self) -> str:
        return f"Comment on {self.prompt}"
