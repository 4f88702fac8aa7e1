"""Rows that hold a secret, sealed for each row alone."""

from __future__ import annotations

from django.db import models
from django.views.decorators.debug import sensitive_variables

from . import sealed


class SealedSecret(models.Model):
    """Of a row with a secret. The field is each model's own, for not each says the same of an empty one."""

    sealed: models.TextField[str, str]

    class Meta:
        abstract = True

    @property
    def secret(self) -> str:
        """Raises sealed.Unreadable."""
        return sealed.unseal(self.sealed, self.pk)

    @sensitive_variables("secret")
    def take(self, secret: str) -> None:
        """Hold this secret from now on. The caller saves."""
        self.sealed = sealed.seal(secret, self.pk)
