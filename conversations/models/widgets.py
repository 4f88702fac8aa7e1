"""Widgets: an assistant on pages of other sites, and the visitors who talk to it there."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from .identifiers import new_id
from .people import User
from .prompt_labels import MAX_LABEL_CHARACTERS
from .prompts import SystemPrompt
from .sealed_secret import SealedSecret

KEY_BYTES = 12
MAX_NAME_CHARACTERS = 80
MAX_SUBJECT_CHARACTERS = 255
_AT_LEAST_ONE = [MinValueValidator(1)]


class Layout(models.TextChoices):
    BUBBLE = "bubble", "A button in the corner that opens it"
    INLINE = "inline", "In the page, where its script stands"


class Theme(models.TextChoices):
    PAGE = "page", "As the page and the visitor’s device have it"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


class Language(models.TextChoices):
    PAGE = "", "The page’s"
    ENGLISH = "en", "English"
    GERMAN = "de", "German"
    FRENCH = "fr", "French"
    SPANISH = "es", "Spanish"


class Visitors(models.TextChoices):
    ANONYMOUS = "anonymous", "All visitors of the sites below"
    SIGNED = "signed", "Users of the sites below, whom their server signs in with a token"


def new_key() -> str:
    return secrets.token_urlsafe(KEY_BYTES)


class Widget(SealedSecret):
    """An assistant that one script tag puts on another site. Its key is public: it is in the script's address.

    Its visitors are users of a group of their own, so limits and budgets count them as they count everyone.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=32, unique=True, default=new_key, editable=False)
    name = models.CharField(max_length=MAX_NAME_CHARACTERS, unique=True, help_text="How administrators know it; visitors don’t see it.")
    prompt = models.ForeignKey(SystemPrompt, null=True, on_delete=models.SET_NULL, related_name="widgets", verbose_name="assistant")
    prompt_label = models.CharField(
        "version",
        max_length=MAX_LABEL_CHARACTERS,
        blank=True,
        default="",
        db_default="",
        help_text="A label of the assistant’s versions, such as staging; empty: the live version. Where there is no such label any more, "
        "the live version answers.",
    )
    active = models.BooleanField(default=True, help_text="If off, it isn’t shown, and answers no visitor.")
    origins = models.JSONField("sites", default=list)
    """Origins as browsers send them, or “https://*.example.org”."""
    layout = models.CharField(max_length=6, choices=Layout, default=Layout.BUBBLE)
    title = models.CharField(max_length=60, default="Chat")
    greeting = models.CharField(max_length=500, blank=True, help_text="What the assistant says first. No model is asked for it.")
    starters = models.JSONField(default=list)
    theme = models.CharField(max_length=5, choices=Theme, default=Theme.PAGE)
    accent = models.CharField(
        "accent colour",
        max_length=7,
        default="#2a6a5c",
        validators=[RegexValidator(r"\A#[0-9a-fA-F]{6}\Z", "A colour is “#” and six digits, such as #2a6a5c.")],
    )
    language = models.CharField(max_length=2, blank=True, choices=Language, default=Language.PAGE, help_text="Of its own few words.")
    visitors_are = models.CharField("visitors", max_length=9, choices=Visitors, default=Visitors.ANONYMOUS)
    sealed = models.TextField(editable=False, blank=True, default="")
    """The secret with which a host signs tokens of its users; empty until one was drawn."""
    hands_over = models.BooleanField(
        "goes on in this site",
        default=False,
        help_text="A visitor who has an account here may take the conversation along: it is theirs then, with its assistant.",
    )
    takes_pictures = models.BooleanField(
        "visitors may send pictures",
        default=False,
        db_default=False,
        help_text="Where the assistant’s model sees: up to three with a message, made smaller in the visitor’s browser. They are kept and "
        "deleted with the conversation.",
    )
    visitor_messages_per_day = models.PositiveIntegerField("messages a day of each visitor", default=50, validators=_AT_LEAST_ONE)
    messages_per_day = models.PositiveIntegerField("messages a day of all visitors", default=500, validators=_AT_LEAST_ONE)
    daily_cost = models.DecimalField(
        "budget of all visitors a day",
        null=True,
        blank=True,
        max_digits=12,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01"))],
        help_text="US dollars. When it is used up, no answer begins before midnight. Empty: the month’s budget alone counts.",
    )
    visitor_daily_cost = models.DecimalField(
        "budget of each visitor a day",
        null=True,
        blank=True,
        max_digits=12,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01"))],
        help_text="US dollars, of one visitor. Empty: none of their own.",
    )
    new_visitors_per_minute = models.PositiveIntegerField(
        default=20, validators=_AT_LEAST_ONE, help_text="Who writes for the first time. More are asked to try again in a minute."
    )
    keep_days = models.PositiveIntegerField(
        "days to keep conversations",
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text="A visitor who hasn’t come back for so long is deleted with all that was said.",
    )
    group = models.OneToOneField(Group, editable=False, on_delete=models.PROTECT, related_name="widget")
    """Of its visitors: what they may use together and each is limited as for every group."""
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Also makes its group, which bears its name."""
        named = f"Visitors of {self.name}"
        if self._state.adding and self.group_id is None:
            self.group = Group.objects.create(name=named)
        else:
            Group.objects.filter(pk=self.group_id).exclude(name=named).update(name=named)
        super().save(*args, **kwargs)


class VisitorQuerySet(models.QuerySet["Visitor"]):
    def of(self, widget: Widget) -> Self:
        return self.filter(widget=widget)


class Visitor(models.Model):
    """Who writes to a widget: a user who can't sign in, known by a secret in the visitor's browser or by the host's token."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    widget = models.ForeignKey(Widget, on_delete=models.CASCADE, related_name="visitors")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="visitor")
    digest = models.CharField(max_length=64)
    subject = models.CharField(
        max_length=MAX_SUBJECT_CHARACTERS, blank=True, help_text="Who it is for the host, which signed the visitor in."
    )
    created = models.DateTimeField(auto_now_add=True)
    last_seen = models.DateTimeField(help_text="When the visitor last wrote.")

    objects = VisitorQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["widget", "digest"], name="a_visitor_is_known_once")]
        indexes = [models.Index(fields=["widget", "last_seen"], name="visitors_by_last_visit")]

    def __str__(self) -> str:
        return str(self.user)

    @staticmethod
    def new_user() -> User:
        """Not saved yet."""
        user = User(is_visitor=True)
        user.username = f"visitor-{user.pk.hex}"
        user.set_unusable_password()
        return user
