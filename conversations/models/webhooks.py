"""Where other programs are told of events, and what was sent there."""

from __future__ import annotations

from django.db import models

from .identifiers import new_id
from .jobs import OVER, Job
from .sealed_secret import SealedSecret


class Webhook(SealedSecret):
    """An address that is told of the events chosen for it. Its secret, with which messages are signed, is sealed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=80, unique=True, help_text="How lists and the log name it.")
    url = models.CharField("address", max_length=500, help_text="What takes the messages, such as https://ci.example.org/hooks/prompts.")
    events = models.JSONField(default=list)
    """Names of `webhooks.events.EVENTS`."""
    active = models.BooleanField(default=True, help_text="If off, nothing is sent, and what happens meanwhile is never told.")
    sealed = models.TextField(editable=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class DeliveryState(models.TextChoices):
    WAITING = "waiting", "waiting"
    DELIVERED = "delivered", "delivered"
    FAILED = "failed", "failed for good"


class WebhookDelivery(models.Model):
    """A message to a webhook, with what came of its last attempt."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=40)
    body = models.TextField(help_text="What is sent and signed, the same in each attempt.")
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    """What makes the next attempt, or made the last. No other job may."""
    attempts = models.PositiveSmallIntegerField(default=0)
    retries = models.PositiveSmallIntegerField(default=0)
    """Of these, since it was last sent by hand or made."""
    created = models.DateTimeField(auto_now_add=True, db_index=True)
    tried = models.DateTimeField("last attempt", null=True)
    status = models.PositiveSmallIntegerField("HTTP status", null=True)
    duration_ms = models.PositiveIntegerField(null=True)
    answer = models.TextField(blank=True, help_text="The beginning of what was answered.")
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "webhook deliveries"
        ordering = ["-id"]
        default_permissions = ()
        indexes = [models.Index(fields=["webhook", "-id"], name="deliveries_of_a_webhook")]

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook.name}"

    @property
    def message_id(self) -> str:
        """The same in each attempt, by which the receiver knows it again."""
        return f"msg_{self.pk.hex}"

    @property
    def is_stuck(self) -> bool:
        """Whether it waits for a job that is gone: cancelled by hand, say."""
        return self.state == DeliveryState.WAITING and (self.job is None or self.job.state in OVER)
