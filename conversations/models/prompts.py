"""System prompts: what users choose as an assistant, and how a version of one becomes what they get."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q

from .identifiers import new_id
from .people import User
from .prompt_versions import PromptVersion


class Audience(models.TextChoices):
    EVERYONE = "everyone", "Everyone"
    STAFF = "staff", "Staff only"
    NOBODY = "nobody", "Nobody (hidden)"


class ModelChoice(models.TextChoices):
    """Which models users may choose in place of the prompt's own."""

    NONE = "", "None: the prompt’s model answers"
    LISTED = "listed", "Those listed below"
    ANY = "any", "Any model that isn’t hidden"


LIVE = "live"
"""The label of what chats use."""


class SystemPromptQuerySet(models.QuerySet["SystemPrompt"]):
    def offered_to(self, user: User) -> Self:
        """The published prompts that this user may choose, the default first. A visitor has the widget’s alone, whatever its audience."""
        if user.is_visitor:
            return self.filter(widgets__visitors__user=user, published__isnull=False, archived__isnull=True)
        audiences = [Audience.EVERYONE, Audience.STAFF] if user.is_staff else [Audience.EVERYONE]
        offered = self.filter(audience__in=audiences, published__isnull=False, archived__isnull=True)
        return offered.order_by("-is_default", "name", "id")


class SystemPrompt(models.Model):
    """What users choose by name, as an assistant. Its text is in the published version.

    Who may use it and what they may choose is no part of a version: it changes nothing of an answer that is there, and restoring an old
    wording must not bring back old rights. A message says which model and parameters it was made with.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=200, blank=True, help_text="One line that helps users choose.")
    audience = models.CharField(max_length=20, choices=Audience, default=Audience.EVERYONE)
    is_default = models.BooleanField("default", default=False, help_text="Used when the user picks no prompt.")
    published = models.ForeignKey("PromptVersion", null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+")
    """Where the label `live` points. It has no row among the labels: replies find their version without one more query, and while
    processes are replaced, those of the version before publish by this column."""
    experiment = models.ForeignKey("Experiment", null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+")
    """The one that runs. A new conversation reads its prompt anyway, and so finds out without one more query that there is none."""
    model_choice = models.CharField(
        "models to choose from",
        max_length=8,
        blank=True,
        choices=ModelChoice,
        default=ModelChoice.NONE,
        db_default=ModelChoice.NONE,
        help_text="Besides the prompt’s own. Which models there are, and which of them are hidden, is set under Models.",
    )
    listed_models = models.TextField(blank=True, default="", db_default="", help_text="Names, one per line.")
    effort_choice = models.BooleanField(
        "reasoning effort may be chosen",
        default=False,
        db_default=False,
        help_text="Where the efforts that the model takes are known.",
    )
    switched_off = models.JSONField(
        default=list, db_default=[], blank=True, help_text="Names of what can’t be done in conversations with it."
    )
    draws = models.BooleanField(
        "the assistant draws",
        default=False,
        db_default=False,
        help_text="When a user asks for a picture in words, and its model can draw in answers.",
    )
    fallback_model = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text="Answers, with a note, once the prompt’s model was shut down and no provider answers with it any more.",
    )
    voice = models.CharField(
        max_length=80,
        blank=True,
        default="",
        db_default="",
        help_text="In which a model reads its answers aloud, as the provider calls it. Empty: the site’s.",
    )
    voice_speed = models.FloatField(
        "speed",
        null=True,
        blank=True,
        validators=[MinValueValidator(0.25), MaxValueValidator(4)],
        help_text="From 0.25 to 4; 1 is ordinary. Empty: the site’s.",
    )
    voice_instructions = models.CharField(
        "how it speaks",
        max_length=1_000,
        blank=True,
        default="",
        db_default="",
        help_text="In words, for models that take some, such as: slowly, and in good spirits. Empty: as the site’s.",
    )
    approvals_needed = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        choices=[(0, "none"), (1, "1"), (2, "2"), (3, "3")],
        help_text="Before a draft goes live, by users who wrote nothing of it. Set by superusers.",
    )
    cases_required = models.BooleanField(
        "its cases have to pass",
        default=False,
        db_default=False,
        help_text="Before a draft goes live: all of them, for exactly its wording. Set by superusers.",
    )
    live_reserved = models.BooleanField(
        "only those named below move “live”",
        default=False,
        db_default=False,
        help_text="Of all who may publish, the users and the members of the groups that are named, and superusers. Set by superusers.",
    )
    live_groups = models.ManyToManyField("auth.Group", blank=True, related_name="+", verbose_name="groups that move “live”")
    live_users = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name="users who move “live”")
    """A flag of its own says whether these count: where the last of them is deleted, `live` isn't everybody's by that."""
    review_percent = models.PositiveSmallIntegerField(
        "answers to review, in percent",
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text="So many are put into the review queue each night, beside those with a thumb down. Empty: as many as of other prompts. "
        "Set by superusers.",
    )
    tags = models.JSONField(default=list, db_default=[], blank=True)
    archived = models.DateTimeField(null=True, editable=False)
    """Since when it is offered for no new conversation. Never of the default prompt."""
    created = models.DateTimeField(auto_now_add=True)

    DETAILS = (
        "name",
        "description",
        "audience",
        "model_choice",
        "listed_models",
        "effort_choice",
        "switched_off",
        "draws",
        "fallback_model",
        "voice",
        "voice_speed",
        "voice_instructions",
    )
    """The fields that copies and files take over, beside the wording."""

    objects = SystemPromptQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        permissions = [
            ("publish_systemprompt", "Can publish system prompts and move their labels"),
            ("approve_systemprompt", "Can approve drafts of system prompts"),
            ("evaluate_systemprompt", "Can try system prompts and evaluate them"),
            ("stage_systemprompt", "Can chat with versions labelled staging"),
            ("experiment_systemprompt", "Can run experiments with system prompts"),
        ]
        constraints = [models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default_prompt")]

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def publish(self, *, text: str, author: User | None = None, note: str = "", label: str = LIVE, **content: Any) -> PromptVersion:
        """Make the next version and have `label` point at it. `content` may hold model, parameters and starters."""
        version = self.add_version(text=text, author=author, note=note, **content)
        self.point(label, version, by=author, reason=note)
        return version

    @transaction.atomic
    def add_version(self, **content: Any) -> PromptVersion:
        """Make the next version, at which no label points yet."""
        prompt = SystemPrompt.objects.select_for_update().get(pk=self.pk)
        last = prompt.versions.order_by("-number").values_list("number", flat=True).first() or 0
        texts = [content.get("text", ""), *(one["text"] for one in content.get("examples", ()))]
        return prompt.versions.create(number=last + 1, is_template=any("{{" in text for text in texts), **content)

    @transaction.atomic
    def point(self, name: str, version: PromptVersion | None, *, by: User | None = None, reason: str = "") -> PromptVersion | None:
        """Have the label point at this version of the prompt, or at none, and keep in the history that it does.

        Labels are moved here and nowhere else. Returns the version that it pointed at before; where that is the same, nothing happens.
        An experiment ends where `live` is moved.
        """
        prompt = SystemPrompt.objects.select_for_update(of=("self",)).select_related("published").get(pk=self.pk)
        if name == LIVE:
            before = prompt.published
            self._note_missed_move(before)
        else:
            label = prompt.labels.select_related("version").filter(name=name).first()
            before = label.version if label else None
        if before == version:
            return before
        if name == LIVE:
            prompt.published = self.published = version
            prompt.save(update_fields=["published"])
            for running in self.experiments.running():
                running.end_as_live_moved(version, by)
        elif version is None:
            prompt.labels.filter(name=name).delete()
        else:
            prompt.labels.update_or_create(name=name, defaults={"version": version})
        prompt.label_moves.create(name=name, version=version, by=by, reason=reason[:200])
        return before

    def _note_missed_move(self, live: PromptVersion | None) -> None:
        """A process of the version before this history publishes without it: what is live then was made live when it was made."""
        last = self.label_moves.filter(name=LIVE).order_by("-at", "-id").first()
        if live is not None and (last is None or last.version_id != live.pk):
            self.label_moves.create(name=LIVE, version=live, by=live.author, at=live.created, reason=live.note)

    @transaction.atomic
    def make_default(self) -> None:
        SystemPrompt.objects.filter(is_default=True).exclude(pk=self.pk).update(is_default=False)
        SystemPrompt.objects.filter(pk=self.pk).update(is_default=True)
        self.is_default = True
