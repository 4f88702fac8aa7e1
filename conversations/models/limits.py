"""How much users may use: limits, grants beyond them, and the counters of budgets."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from .attempts import AttemptKind
from .identifiers import new_id

AMOUNTS = ("messages_per_minute", "concurrent_replies", "monthly_cost", "monthly_tokens", "monthly_units", "storage_mb")
MONTHLY = ("monthly_cost", "monthly_tokens", "monthly_units")
_POSITIVE = [MinValueValidator(1)]
_TWICE = "There is such a limit already. Change that one."


class Counting(models.TextChoices):
    EACH = "each", "Each user separately"
    TOGETHER = "together", "All of them together"
    TRIALS = "trials", "Trials of prompts, which count for no user"


class BudgetKind(models.TextChoices):
    """What a budget may be for alone."""

    TEXT = "text", "Text"
    FILES = "files", "Text with files"
    PICTURES = "pictures", "Pictures"
    AUDIO = "audio", "Audio"
    EMBEDDINGS = "embeddings", "Embeddings"

    @classmethod
    def of(cls, kind: str) -> BudgetKind:
        """That which counts attempts of this `AttemptKind`."""
        return cls.AUDIO if kind in _HEARD_OR_SPOKEN else cls(kind)

    @property
    def counted(self) -> list[str]:
        """The kinds of attempts that it counts."""
        return list(_HEARD_OR_SPOKEN) if self == BudgetKind.AUDIO else [self.value]


_HEARD_OR_SPOKEN = (AttemptKind.TRANSCRIPTS.value, AttemptKind.SPEECH.value, AttemptKind.TALK.value)
KINDS_WITH_UNITS = (BudgetKind.PICTURES, BudgetKind.AUDIO, BudgetKind.FILES)
"""They are counted in pictures, minutes and files."""


class Limit(models.Model):
    """What users may use. Without a group or a user it is for everyone. Of all limits that apply to a user, the strictest wins."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    group = models.ForeignKey(Group, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="limits", verbose_name="user")
    counting = models.CharField("applies to", max_length=8, choices=Counting, default=Counting.EACH)
    kind = models.CharField(
        "only for",
        max_length=12,
        choices=BudgetKind,
        blank=True,
        default="",
        db_default="",
        help_text="Empty: everything together. Audio is what is transcribed, read aloud and talked.",
    )
    messages_per_minute = models.PositiveIntegerField(
        "messages a minute",
        null=True,
        blank=True,
        validators=_POSITIVE,
        help_text="Up to this many in a burst, and per minute on average.",
    )
    concurrent_replies = models.PositiveIntegerField(
        "answers at once", null=True, blank=True, validators=_POSITIVE, help_text="How many may be written at the same time."
    )
    monthly_cost = models.DecimalField(
        null=True,
        blank=True,
        max_digits=12,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01"))],
        help_text="US dollars a month.",
    )
    monthly_tokens = models.PositiveBigIntegerField(null=True, blank=True, validators=_POSITIVE, help_text="Read and written, a month.")
    monthly_units = models.PositiveIntegerField(
        "pictures, minutes or files",
        null=True,
        blank=True,
        validators=_POSITIVE,
        help_text="A month: pictures that are made, minutes of audio that are heard or made, files that answers are given.",
    )
    storage_mb = models.PositiveIntegerField(
        "storage for files",
        null=True,
        blank=True,
        validators=_POSITIVE,
        help_text="Megabytes that the files of each user may have together. In place of the setting FILE_STORAGE_MB.",
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created"]
        constraints = [
            models.UniqueConstraint(
                fields=["counting", "kind"],
                condition=Q(group=None, person=None),
                name="one_limit_for_everyone",
                violation_error_message=_TWICE,
            ),
            models.UniqueConstraint(
                fields=["group", "counting", "kind"], condition=Q(person=None), name="one_limit_per_group", violation_error_message=_TWICE
            ),
            models.UniqueConstraint(fields=["person", "kind"], name="one_limit_per_person", violation_error_message=_TWICE),
            models.CheckConstraint(condition=Q(group=None) | Q(person=None), name="a_limit_is_for_a_group_or_a_person"),
            models.CheckConstraint(
                condition=Q(*((f"{amount}__isnull", False) for amount in AMOUNTS), _connector=Q.OR), name="a_limit_limits_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self._whom}, {self.get_kind_display().lower()}" if self.kind else self._whom

    @property
    def _whom(self) -> str:
        if self.person_id:
            return f"{self.person}"
        if self.is_for_trials:
            return "Trials of prompts"
        who = f"Group {self.group}" if self.group_id else "Everyone"
        return f"{who}, {'together' if self.counting == Counting.TOGETHER else 'each'}"

    @property
    def is_shared(self) -> bool:
        """Whether several users use it up together."""
        return self.counting != Counting.EACH and self.person_id is None

    @property
    def is_for_trials(self) -> bool:
        return self.counting == Counting.TRIALS

    def clean(self) -> None:
        # An error of a field, because then the constraint isn't checked as well and doesn't show its name.
        if self.group_id and self.person_id:
            raise ValidationError({"person": "A limit is for a group or for a user. Leave one of the two empty, or both for everyone."})
        if self.is_for_trials and (self.group_id or self.person_id):
            raise ValidationError({"counting": "Trials of prompts have one budget for all users: leave group and user empty."})
        if self.is_for_trials and (self.messages_per_minute is not None or self.concurrent_replies is not None):
            raise ValidationError({"counting": "Of trials only what they take in a month can be limited."})
        if self.kind and any(getattr(self, amount) is not None for amount in set(AMOUNTS) - set(MONTHLY)):
            raise ValidationError({"kind": "Of one kind only what is used in a month can be limited."})
        if self.kind and self.is_for_trials:
            raise ValidationError({"kind": "The budget of trials is for everything together."})
        if self.monthly_units is not None and self.kind not in KINDS_WITH_UNITS:
            raise ValidationError({"monthly_units": "Choose pictures, audio or text with files under “Only for”."})
        if self.is_shared and self.storage_mb is not None:
            raise ValidationError({"storage_mb": "Storage is each user’s own: choose “Each user separately”."})
        if all(getattr(self, amount) is None for amount in AMOUNTS):
            raise ValidationError({AMOUNTS[0]: "Enter at least one amount."})
        if self.person_id:
            self.counting = Counting.EACH  # for one user both are the same


class Grant(models.Model):
    """An extra amount for one user in one month. It raises every budget that counts this user alone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="grants", verbose_name="user")
    month = models.DateField(help_text="Its first day.")
    cost = models.DecimalField(
        null=True, blank=True, max_digits=12, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))], help_text="US dollars."
    )
    tokens = models.PositiveBigIntegerField(null=True, blank=True, validators=_POSITIVE)
    note = models.CharField(max_length=200, blank=True, help_text="Why; for other administrators.")
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created"]
        indexes = [models.Index(fields=["person", "month"], name="grants_of_person")]
        constraints = [
            models.CheckConstraint(condition=Q(cost__isnull=False) | Q(tokens__isnull=False), name="a_grant_grants_something"),
        ]

    def __str__(self) -> str:
        return f"Grant to {self.person}, {self.month:%B %Y}"

    def clean(self) -> None:
        if self.cost is None and self.tokens is None:
            raise ValidationError({"cost": "Grant dollars, tokens, or both."})
