"""Rewrites of a prompt's text that a model proposes, from cases of a run that failed."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from .identifiers import new_id
from .jobs import Job, JobState
from .runs import Run, RunState


class Improvement(models.Model):
    """One proposal, asked for once. It is judged on cases that it wasn't written from."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="improvements")
    candidate = models.PositiveSmallIntegerField()
    """Whose text is rewritten: its place in the run's candidates."""
    model = models.CharField(max_length=200, blank=True, help_text="Which one writes; empty: the provider’s default model.")
    seen = models.JSONField(default=list)
    """The ids of the cases that the model is shown. All others of the run are held out."""
    cap = models.BigIntegerField(help_text="Nanodollars that it may cost.")
    estimate = models.BigIntegerField(null=True, help_text="Nanodollars that it will cost at most; empty where a price is unknown.")
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True)
    proposal = models.TextField(blank=True)
    problem = models.CharField(max_length=300, blank=True, help_text="Why there is no proposal, in a sentence.")
    cost = models.BigIntegerField(null=True, help_text="Nanodollars; empty where the price is unknown.")
    judged_by = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="judged")
    """The last run of the held-out cases with the old text and the new one."""

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Rewrite of {self.created:%Y-%m-%d %H:%M}"

    @property
    def state(self) -> RunState:
        if self.finished:
            return RunState.STOPPED if self.problem else RunState.DONE
        if self.job is None:
            return RunState.PLANNED
        known = {JobState.WAITING: RunState.WAITING, JobState.RUNNING: RunState.RUNNING, JobState.FAILED: RunState.FAILED}
        return known.get(JobState(self.job.state), RunState.STOPPED)
