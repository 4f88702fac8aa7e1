"""Experiments: a version of a prompt answers a share of its new conversations, beside the one that is live."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from .identifiers import new_id
from .jobs import Job
from .people import User
from .prompt_versions import PromptVersion
from .prompts import SystemPrompt

UNWATCHED = timedelta(minutes=30)
"""Without a look at it for so long, something is wrong with what should watch it."""


class Arm(models.TextChoices):
    LIVE = "live", "live"
    CANDIDATE = "candidate", "candidate"


class Metric(models.TextChoices):
    """What is compared between the arms. Less is better, but for THUMBS_UP."""

    THUMBS_UP = "thumbs_up", "Thumbs up, of those given"
    THUMBS_DOWN = "thumbs_down", "Thumbs down, of all answers"
    ERRORS = "errors", "Errors"
    COST = "cost", "Cost of an answer"
    FIRST_TOKEN = "first_token", "Time to the first token"
    TOTAL_TIME = "total_time", "Time of an answer"


class Ending(models.TextChoices):
    BY_HAND = "by_hand", "ended by hand"
    PUBLISHED = "published", "published"
    LIVE_MOVED = "live_moved", "live was moved"
    GUARD = "guard", "ended by a guard"
    PLAN = "plan", "ended as planned"
    HIDDEN = "hidden", "the prompt was hidden"


class ExperimentQuerySet(models.QuerySet["Experiment"]):
    def running(self) -> Self:
        return self.filter(ended=None)

    def unwatched(self, now: datetime) -> Self:
        """Those that run without anything looking whether a guard ends them."""
        return self.running().annotate(seen=Coalesce("checked", "started")).filter(seen__lt=now - UNWATCHED)


class Experiment(models.Model):
    """What it compares never changes; its guards and its planned end can. While it runs, it is its prompt's `experiment`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    prompt = models.ForeignKey(SystemPrompt, on_delete=models.CASCADE, related_name="experiments")
    live = models.ForeignKey(PromptVersion, on_delete=models.CASCADE, related_name="+")
    """What was live when it began. Once something else is, the candidate answers no more."""
    candidate = models.ForeignKey(PromptVersion, on_delete=models.CASCADE, related_name="+")
    share = models.PositiveSmallIntegerField(help_text="Per cent of new conversations that the candidate answers.")
    goal = models.CharField(max_length=12, choices=Metric, default=Metric.THUMBS_UP)
    guards = models.JSONField(default=dict, blank=True)
    """By metric, how much worse than live the candidate may be: in percentage points for shares, else in per cent."""
    fewest = models.PositiveIntegerField(help_text="Conversations in each arm before a guard or a verdict says anything.")
    until = models.DateTimeField(null=True, blank=True)
    most_conversations = models.PositiveIntegerField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    started = models.DateTimeField(default=timezone.now)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    """What looks at it next."""
    checked = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    ending = models.CharField(max_length=12, choices=Ending, blank=True)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it ended, in a sentence.")

    objects = ExperimentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["prompt"], condition=Q(ended=None), name="one_running_experiment_per_prompt")]

    def __str__(self) -> str:
        return f"Version {self.candidate.number} beside version {self.live.number}"

    @property
    def is_running(self) -> bool:
        return self.ended is None

    @property
    def is_unwatched(self) -> bool:
        return self.is_running and (self.checked or self.started) < timezone.now() - UNWATCHED

    @transaction.atomic
    def end(self, ending: Ending, reason: str, by: User | None = None) -> bool:
        """Its conversations follow what is live with their next answer. False where it had ended already.

        The admin log has it with the prompt, in the name of who started it where no user ends it.
        """
        ended = {"ended": timezone.now(), "ended_by": by, "ending": ending, "reason": reason[:300], "job": None}
        if not Experiment.objects.running().filter(pk=self.pk).update(**ended):
            return False
        for name, value in ended.items():
            setattr(self, name, value)
        SystemPrompt.objects.filter(experiment=self.pk).update(experiment=None)
        said = f"Ended the experiment with version {self.candidate.number}, which answered {self.share} % of new conversations: {reason}"
        self.log(f"{said} All conversations follow what is live.", by or self.started_by)
        return True

    def end_as_live_moved(self, to: PromptVersion | None, by: User | None) -> None:
        """The candidate is live now, or what it was compared with isn't any more."""
        if to == self.candidate:
            self.end(Ending.PUBLISHED, f"Version {self.candidate.number} was made live.", by)
        else:
            self.end(Ending.LIVE_MOVED, f"{f'Version {to.number}' if to else 'No version'} was made live meanwhile.", by)

    def log(self, said: str, by: User | None) -> None:
        """With the prompt, whose history it is. An entry of the admin log is some user's: without one there is none."""
        if by is not None:
            LogEntry.objects.log_actions(by.pk, [self.prompt], CHANGE, said, single_object=True)
