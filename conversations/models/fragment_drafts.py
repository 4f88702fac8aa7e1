"""The draft of a fragment: what its authors are working on, and no prompt gets."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from .fragments import Fragment
from .identifiers import new_id


class FragmentDraft(models.Model):
    """One for each fragment, shared by all who edit it; there while the fragment has a text that isn't current."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    fragment = models.OneToOneField(Fragment, on_delete=models.CASCADE, related_name="draft")
    text = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=1)
    """Counts its saves."""
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    """Who saved it last."""
    updated = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"Draft of {self.fragment.name}"
