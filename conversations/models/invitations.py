"""Invitations: links with which new users make their accounts. A link's token is told once; only its digest is stored."""

from __future__ import annotations

import hashlib
import secrets

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from .identifiers import new_id

TOKEN_BYTES = 32


class InvitationState(models.TextChoices):
    OPEN = "open", "open"
    USED_UP = "used up", "used up"
    EXPIRED = "expired", "expired"
    REVOKED = "revoked", "revoked"
    UNBACKED = "unbacked", "its maker may no longer invite"


class Invitation(models.Model):
    """A link that makes accounts, in groups, until it expires, is used up or is revoked."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    note = models.CharField("for", max_length=200, blank=True, help_text="Who gets the link. Only administrators see it.")
    email = models.EmailField("email address", blank=True)
    groups = models.ManyToManyField(Group, blank=True, related_name="+")
    max_uses = models.PositiveIntegerField(
        "uses",
        null=True,
        blank=True,
        default=1,
        validators=[MinValueValidator(1)],
        help_text="How many accounts can be made with the link. Leave empty for any number.",
    )
    uses = models.PositiveIntegerField(default=0, editable=False)
    users = models.ManyToManyField(settings.AUTH_USER_MODEL, editable=False, related_name="invitations")
    expires = models.DateTimeField()
    revoked = models.DateTimeField(null=True, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    is_first_admin = models.BooleanField(
        default=False, editable=False, help_text="Whether it is the link that the server printed, which is noted when it is used."
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return self.note or self.email or f"Invitation of {timezone.localtime(self.created):%-d %B %Y, %H:%M}"

    @property
    def state(self) -> InvitationState:
        if self.revoked:
            return InvitationState.REVOKED
        if self.max_uses is not None and self.uses >= self.max_uses:
            return InvitationState.USED_UP
        if self.expires <= timezone.now():
            return InvitationState.EXPIRED
        return InvitationState.OPEN if self._is_backed() else InvitationState.UNBACKED

    def _is_backed(self) -> bool:
        """Whether its maker may still give what it gives: groups are given by superusers only."""
        if self.made_by is None or not self.made_by.has_perm("conversations.add_invitation"):  # inactive users have none
            return False
        return self.made_by.is_superuser or not self.groups.exists()

    def draw_token(self) -> str:
        """A new token for the link, of 256 random bits; save the row afterwards."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self.digest = digest(token)
        return token

    def take(self) -> bool:
        """Count one more use. False where it is no longer open. Call it in the transaction that makes the account: of several that
        want the last use at the same moment one gets it, and a transaction that is rolled back gives it back."""
        left = Q(max_uses=None) | Q(uses__lt=F("max_uses"))
        usable = type(self).objects.filter(left, pk=self.pk, revoked=None, expires__gt=timezone.now())
        return usable.update(uses=F("uses") + 1) == 1


def digest(token: str) -> str:
    """What is stored of a token. How long a look-up by it takes tells nothing of the tokens that there are."""
    return hashlib.sha256(token.encode()).hexdigest()
