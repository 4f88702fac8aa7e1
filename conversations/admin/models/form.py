"""The change form of a model: what it can do and costs, beside what is known of that."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.admin.base.optimistic_locking import OptimisticLocking
from conversations.admin.base.shown import day
from conversations.admin.base.suggesting_input import SuggestingInput
from conversations.models import Model
from conversations.routing import offered

from .known import beside, capabilities_of, price_beside, price_of, told_shutdown_date
from .price_fields import HINTS, LABELS, OF_TOKENS, PICTURES, PRICES, PicturePrices, rate

NO_REASONING = "-"
MOST_EFFORTS = 12
_EFFORT = re.compile(r"[a-z][a-z0-9_-]{0,19}")
CAPABILITIES = (
    *("window", "takes_images", "takes_documents", "hears", "draws", "draws_in_answers", "transcribes", "speaks", "embeds"),
    *("speech_to_speech", "takes_tools", "takes_temperature", "efforts"),
)


ALWAYS_TOLD = ("input_price", "cached_price", "output_price")
"""Prices of which it is said, too, that they are unknown."""


class EffortsField(forms.CharField):
    """Words separated by commas, kept as a list; nothing is unknown, and a dash is a model that doesn't reason."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return ", ".join(value) or NO_REASONING
        return value

    def to_python(self, value: Any) -> Any:
        text = (value or "").strip().lower()
        if not text:
            return None
        if text in (NO_REASONING, "–", "—"):
            return []
        words = list(dict.fromkeys(word for word in re.split(r"[\s,;]+", text) if word))
        for word in words:
            if not _EFFORT.fullmatch(word):
                raise ValidationError(f"“{word[:30]}” is not an effort. Write words separated by commas, such as: low, medium, high.")
        if len(words) > MOST_EFFORTS:
            raise ValidationError(f"At most {MOST_EFFORTS} efforts; these are {len(words)}.")
        return words

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return initial != self.to_python(data)
        except ValidationError:
            return True


class ModelForm(OptimisticLocking):
    efforts = EffortsField(
        required=False,
        label="Reasoning efforts",
        widget=forms.TextInput({"class": "vTextField", "autocomplete": "off", "spellcheck": "false"}),
    )

    picture_prices = PicturePrices()

    class Meta:
        model = Model
        fields = (
            *("provider", "name", "name_there", "enabled", "hidden", *CAPABILITIES, "shutdown_date", "fallback_model"),
            *(*PRICES, PICTURES),
        )
        widgets: ClassVar = {"fallback_model": SuggestingInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hints = {
            "shutdown_date": "Empty: as the provider’s list of models says.",
            "takes_documents": "Given as they are, pages and all, which takes more tokens; otherwise as text.",
            "hears": "Given recordings in WAV and MP3 as they are; otherwise their transcripts.",
            "draws": "Makes pictures, through the provider’s Images API.",
            "draws_in_answers": "Where a prompt lets its assistant draw, and the provider speaks the Responses API.",
            "transcribes": "It makes text of what users say, and is offered for nothing else.",
            "embeds": "It makes vectors of texts, for programs, and is offered for nothing else.",
            "speaks": "It reads answers aloud (/v1/audio/speech), and is offered for nothing else.",
            "speech_to_speech": "Users talk with it, and hear its own voice (the Realtime API).",
            "window": "Tokens for question and answer together.",
            "efforts": "Separated by commas, such as: low, medium, high. Empty: unknown. A dash: no reasoning.",
            **HINTS,
        }
        known = self._known()
        for name in (*CAPABILITIES, "shutdown_date", *LABELS):
            if name in self.fields:
                self.fields[name].help_text = format_html("{} {}", hints.get(name, ""), known.get(name, ""))
                self.fields[name].label = LABELS.get(name, self.fields[name].label)
                if name in PRICES and (price := getattr(self.instance, name)) is not None:
                    self.initial[name] = rate(price)

        if "fallback_model" in self.fields:
            widget = self.fields["fallback_model"].widget
            assert isinstance(widget, SuggestingInput)
            widget.suggestions = tuple(name for name in offered.names() if name != self.instance.name)

    def clean_fallback_model(self) -> str:
        name = str(self.cleaned_data["fallback_model"]).strip()
        if name and name == (self.cleaned_data.get("name") or self.instance.name):
            raise ValidationError("That is this model: choose another one.")
        return name

    def _known(self) -> dict[str, str]:
        """By field: the sentence that says what is known without the row."""
        model = self.instance
        if model._state.adding:
            return {}
        can = capabilities_of(model, model.provider)
        said = {name: beside(getattr(model, name), getattr(can, name)) for name in CAPABILITIES}
        price = price_of(model, model.provider)
        for field, name in PRICES.items():
            known = getattr(price, name) if price else None
            said[field] = "" if known is None and field not in ALWAYS_TOLD else price_beside(getattr(model, field), known)
        told = told_shutdown_date(model)
        corrected = SafeString(" <strong>Corrected here.</strong>") if told and model.shutdown_date not in (None, told) else ""
        said["shutdown_date"] = format_html("It says: {}.{}", day(told), corrected) if told else "So far it says nothing."
        return said

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        given = {name for name in OF_TOKENS if data.get(name) is not None}
        if given and not {"input_price", "output_price"} <= given and not set(PRICES) & self.errors.keys():
            missing = "input_price" if "input_price" not in given else "output_price"
            self.add_error(missing, "Your own prices need both, input and output. Leave all empty to use the known ones.")
        return data
