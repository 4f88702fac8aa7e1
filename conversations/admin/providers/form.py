"""The change form of a provider."""

from __future__ import annotations

from typing import Any

from django import forms

from conversations.admin.base.addresses import same_server
from conversations.admin.base.optimistic_locking import OptimisticLocking
from conversations.admin.base.suggesting_input import SuggestingInput
from conversations.files import signed_addresses
from conversations.models import Api, Provider, Resume
from conversations.models.names import clean_name
from conversations.providers import base_urls, model_data, openai_itself

from . import presets
from .fields import HeadersField

FIELDSETS: Any = (
    (None, {"fields": ("name", "base_url", "api", "enabled")}),
    ("Routing", {"fields": ("priority", "default_model")}),
    ("Requests", {"fields": ("headers", "files_as", "resume", "reconnects", "price_list")}),
    ("Timeouts", {"fields": (("connect_seconds", "first_token_seconds", "next_token_seconds"),)}),
)
FIELDSETS_TO_VIEW: Any = (
    (None, {"fields": ("name", "origin", "base_url", "api", "enabled")}),
    ("Routing", {"fields": ("priority", "default_model")}),
    ("Requests", {"fields": ("header_names", "files_as", "resume", "reconnects", "price_list")}),
    ("Timeouts", {"fields": ("connect_seconds", "first_token_seconds", "next_token_seconds")}),
)


class ProviderForm(OptimisticLocking):
    headers = HeadersField(
        help_text="Sent with every request, e.g. for a gateway. One per line: “Name: value”. {{ user }} (a hash of the user’s id), "
        "{{ conversation }}, {{ prompt }}, {{ version }} and {{ attempt }} (this attempt’s id) are filled in; a header that names what a "
        "request doesn’t have is left out."
    )

    class Meta:
        model = Provider
        fields = (
            *("name", "base_url", "api", "enabled", "priority", "default_model", "headers", "resume", "files_as"),
            *("reconnects", "price_list"),
            *("connect_seconds", "first_token_seconds", "next_token_seconds"),
        )
        widgets = {"default_model": SuggestingInput, "price_list": SuggestingInput}  # noqa: RUF012  (Django's own way)

    may_enter_keys = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding and "enabled" in self.fields:
            self.initial.setdefault("enabled", False)
            self.fields["enabled"].help_text = "Best left until it was tested: a good test offers to enable it."
        for name, words in (("default_model", self._models), ("price_list", model_data.price_lists)):
            widget = self.fields[name].widget if name in self.fields else None
            if isinstance(widget, SuggestingInput):
                widget.suggestions = tuple(words())
                widget.attrs["class"] = "vTextField"
        if "base_url" in self.fields:
            self.fields["base_url"].widget.attrs |= {"class": "vLargeTextField", "inputmode": "url", "spellcheck": "false"}

    def _models(self) -> list[str]:
        if self.instance._state.adding:
            return []
        return list(self.instance.models.filter(enabled=True).values_list("name", flat=True))

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    def clean_base_url(self) -> str:
        try:
            address = base_urls.clean(presets.replaced(self.cleaned_data["base_url"]))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        moved = not self.instance._state.adding and not same_server(self.initial["base_url"], address)
        if moved and not self.may_enter_keys and self.instance.keys.exclude(sealed="").exists():
            raise forms.ValidationError(
                "The address leads to another server now, and a key goes only where it was entered for. You may not enter keys: "
                "ask an administrator who may."
            )
        return address

    def clean_files_as(self) -> str:
        sent_as = str(self.cleaned_data["files_as"])
        if problem := signed_addresses.problem(sent_as):
            raise forms.ValidationError(problem)
        return sent_as

    def clean_price_list(self) -> str:
        name = str(self.cleaned_data["price_list"]).strip()
        if name and name not in model_data.price_lists():
            raise forms.ValidationError(f"No price list has the name “{name}”. Known are {', '.join(model_data.price_lists())}.")
        return name

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        resume, api, address = data.get("resume"), data.get("api"), data.get("base_url")
        if resume == Resume.BACKGROUND and api == Api.CHAT_COMPLETIONS:
            self.add_error(
                "resume", "Background responses belong to the Responses API: choose that API, or another way to finish an answer."
            )
        if resume == Resume.PREFIX and (api == Api.RESPONSES or (address and openai_itself.is_openai(address))):
            self.add_error(
                "resume",
                "Only servers with the Chat Completions API that can continue a given answer can do this, "
                "such as vLLM or llama.cpp; OpenAI itself does not.",
            )
        return data
