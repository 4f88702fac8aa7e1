"""The form of a webhook. Its secret is no part of it: that is drawn here, and shown once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from conversations.admin.base.optimistic_locking import OptimisticLocking
from conversations.models import Webhook
from conversations.webhooks import addresses, mailing
from conversations.webhooks.events import EVENTS

WHERE = (
    "What takes the messages, such as https://ci.example.org/hooks/prompts; or mailto: and the address of an administrator, "
    "who is sent each as a mail."
)


class WebhookForm(OptimisticLocking):
    events = forms.MultipleChoiceField(choices=EVENTS.items(), widget=forms.CheckboxSelectMultiple, label="Events")

    class Meta:
        model = Webhook
        fields = ("name", "url", "events", "active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "url" in self.fields:
            self.fields["url"].help_text = WHERE
            self.fields["url"].widget.attrs.update({"class": "vTextField", "inputmode": "url", "spellcheck": "false"})

    def clean_url(self) -> str:
        if "url" not in self.changed_data:
            return str(self.cleaned_data["url"])  # judged again before each attempt; where it may no longer go, it can be switched off
        try:
            url = self.cleaned_data["url"]
            return mailing.check(url) if mailing.is_mail(url) else addresses.check(url)
        except ValueError as error:
            raise ValidationError(str(error)) from error
