"""Texts that several prompts share. Only their versions hold text, and a version never changes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models, transaction

from .identifiers import new_id
from .people import User

fragment_name = RegexValidator(r"\A[a-z0-9][a-z0-9_-]{0,49}\Z", "A name has at most 50 small letters, digits, hyphens and underscores.")


class Fragment(models.Model):
    """What prompts include by `{{> name }}`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=50, unique=True, validators=[fragment_name], help_text="Prompts include it as {{> name }}.")
    description = models.CharField(max_length=200, blank=True)
    current = models.ForeignKey("FragmentVersion", null=True, editable=False, on_delete=models.SET_NULL, related_name="+")
    """What prompts get that follow it."""
    policy_since = models.DateTimeField(null=True, editable=False)
    """Since when it is the site policy, which stands before each prompt's text. One fragment at most is."""
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def publish(self, text: str, *, author: User | None = None, note: str = "") -> FragmentVersion:
        """Make the next version, which all prompts that follow get with their next answer."""
        fragment = Fragment.objects.select_for_update().get(pk=self.pk)
        last = fragment.versions.order_by("-number").values_list("number", flat=True).first() or 0
        self.current = fragment.versions.create(number=last + 1, text=text, author=author, note=note)
        Fragment.objects.filter(pk=self.pk).update(current=self.current)
        return self.current


class FragmentVersion(models.Model):
    """One wording of a fragment. Immutable."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    fragment = models.ForeignKey(Fragment, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    note = models.CharField(max_length=200, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["fragment", "number"], name="version_number_once_per_fragment")]

    def __str__(self) -> str:
        return f"{self.fragment.name} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A fragment’s version never changes; publish a new one.")
        super().save(*args, **kwargs)
