"""Cases of a prompt: what it is asked, and by which checks its answer is judged."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from .identifiers import new_id
from .messages import Message
from .prompts import SystemPrompt


class Case(models.Model):
    """One question, with the conversation before it. What was taken from a user's conversation is deleted with it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    prompt = models.ForeignKey(SystemPrompt, on_delete=models.CASCADE, related_name="cases")
    message = models.ForeignKey(Message, null=True, blank=True, editable=False, on_delete=models.CASCADE, related_name="+")
    """The user's message that it was made from."""
    name = models.CharField(max_length=120)
    turns = models.JSONField(default=list)
    """Objects with `role` (“user” or “assistant”) and `text`; the last is the user's."""
    variables = models.JSONField(default=dict, blank=True)
    """Texts by name, which stand for `{{ name }}` in the prompt and in the turns."""
    expected = models.TextField(blank=True, help_text="What a good answer says, for the reader of the results and for a judge.")
    tags = models.JSONField(default=list, blank=True)
    checks = models.JSONField(default=list, blank=True)
    """See `evaluation.checks.check.Check`."""
    revision = models.PositiveIntegerField(default=1)
    """Counts the changes of what is asked and of the checks: what an earlier one passed says nothing of this one."""
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["prompt", "name", "id"]

    def __str__(self) -> str:
        """As the admin's log keeps it. A name that comes from a user's message is deleted with that."""
        return f"Case {self.pk}" if self.message_id else self.name
