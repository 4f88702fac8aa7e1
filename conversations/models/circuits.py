from __future__ import annotations

from django.db import models

from .identifiers import new_id
from .providers import Provider


class OpenCircuit(models.Model):
    """A model at a provider that is not asked after repeated failures. Without a row its circuit is closed, as nearly all are."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # A provider may be deleted while its failures are written down, which must not fail for that.
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, db_constraint=False, related_name="open_circuits")
    model = models.CharField(max_length=200, help_text="As the provider calls it.")
    open_until = models.DateTimeField(help_text="After that one request may try.")
    trial_until = models.DateTimeField(null=True, blank=True, help_text="Until then a trial is under way; after that it counts as lost.")
    failed_trials = models.PositiveSmallIntegerField(default=0, help_text="In a row: each doubles the time for which it is open.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "model"], name="a_circuit_once_per_model")]

    def __str__(self) -> str:
        return f"{self.model}, open until {self.open_until:%H:%M:%S}"
