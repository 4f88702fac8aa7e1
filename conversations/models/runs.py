"""Runs: cases put to candidates, which are wordings with a model and parameters, and what came of it."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from .cases import Case
from .identifiers import new_id
from .jobs import Job, JobState
from .prompts import SystemPrompt

MAX_REPEATS = 20


class RunState(models.TextChoices):
    PLANNED = "planned", "not started"
    WAITING = "waiting", "waiting"
    RUNNING = "running", "running"
    DONE = "done", "done"
    STOPPED = "stopped", "stopped"
    FAILED = "failed", "failed"


class Run(models.Model):
    """Every case is put to every candidate, `repeats` times."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    prompt = models.ForeignKey(SystemPrompt, on_delete=models.CASCADE, related_name="runs")
    candidates = models.JSONField(default=list)
    """As they were when the run was made: see `evaluation.candidate.Candidate`. The first is what the others are compared with."""
    cases = models.ManyToManyField(Case, related_name="+")
    repeats = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(MAX_REPEATS)])
    cap = models.BigIntegerField(help_text="Nanodollars that it may cost.")
    estimate = models.BigIntegerField(null=True, help_text="Nanodollars that it will likely cost; empty where a price is unknown.")
    judge_model = models.CharField(max_length=200, blank=True)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    stopped = models.CharField(max_length=300, blank=True, help_text="Why it ended before its end, in a sentence.")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Run of {self.prompt.name}, {self.created:%Y-%m-%d %H:%M}"

    @property
    def state(self) -> RunState:
        if self.finished:
            return RunState.STOPPED if self.stopped else RunState.DONE
        if self.job is None:
            return RunState.RUNNING if self.started else RunState.PLANNED
        known = {JobState.WAITING: RunState.WAITING, JobState.RUNNING: RunState.RUNNING, JobState.FAILED: RunState.FAILED}
        return known.get(JobState(self.job.state), RunState.STOPPED)


class Result(models.Model):
    """What one candidate answered to one case."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="results")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="results")
    case_revision = models.PositiveIntegerField()
    wording = models.CharField(max_length=64, blank=True)
    """The digest of the candidate's wording, where it is one of the prompt's."""
    candidate = models.PositiveSmallIntegerField()
    """Its place in the run's candidates."""
    repeat = models.PositiveSmallIntegerField()
    output = models.TextField(blank=True)
    finish_reason = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=300, blank=True)
    """Why there is no answer, in a sentence."""
    model = models.CharField(max_length=200, blank=True)
    input_tokens = models.PositiveIntegerField(null=True)
    output_tokens = models.PositiveIntegerField(null=True)
    cost = models.BigIntegerField(null=True, help_text="Nanodollars; empty where the price is unknown.")
    judge_cost = models.BigIntegerField(default=0, help_text="Nanodollars.")
    first_token_ms = models.PositiveIntegerField(null=True)
    duration_ms = models.PositiveIntegerField(default=0)
    findings = models.JSONField(null=True)
    """Of each check: see `evaluation.checks.finding.Finding`. None until they were made."""
    passed = models.BooleanField(null=True)
    """By its checks; None without any, or without an answer."""
    verdict = models.BooleanField(null=True)
    """Of a user, which counts in place of `passed`."""
    note = models.CharField(max_length=300, blank=True)
    judged_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    judged = models.DateTimeField(null=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["run", "case", "candidate", "repeat"], name="asked_once_a_run")]

    def __str__(self) -> str:
        return f"{self.case} ({self.candidate}, {self.repeat})"

    @property
    def is_good(self) -> bool | None:
        """Whether it passed, by a user's verdict or else by its checks; None where that is open."""
        return self.passed if self.verdict is None else self.verdict
