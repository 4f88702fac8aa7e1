"""The prices in a model's form: what each is of, and those of pictures as lines."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from conversations.usage.ledger.prices import COLUMNS

PRICES = {f"{column}_price": rate for rate, column in COLUMNS.items()}
"""By the field of a model: the rate of a `Price`."""
PICTURES = "picture_prices"
OF_TOKENS = ("input_price", "cached_price", "output_price", "reasoning_price", "audio_input_price", "audio_output_price")
"""Own prices of tokens count where these have input and output."""
LABELS = {
    "input_price": "Input tokens",
    "cached_price": "Cached tokens",
    "output_price": "Output tokens",
    "reasoning_price": "Reasoning tokens",
    "audio_input_price": "Audio input tokens",
    "audio_output_price": "Audio output tokens",
    "minute_price": "Minute of audio",
    "character_price": "Characters read aloud",
    PICTURES: "Pictures",
}
HINTS = {
    "input_price": "US dollars per million tokens.",
    "cached_price": "Empty: as the input.",
    "output_price": "US dollars per million tokens.",
    "reasoning_price": "Empty: as the output.",
    "audio_input_price": "Of tokens that are sound. Empty: as the input.",
    "audio_output_price": "Empty: as the output.",
    "minute_price": "US dollars, of audio that is heard or made.",
    "character_price": "US dollars per million characters.",
    PICTURES: "US dollars for each picture, in lines: by size and quality (“1024x1024 high 0.17”), by one of them (“1536x1024 0.06”, "
    "“low 0.01”), and for all others (“other 0.04”).",
}
OTHERS = "other"
MOST_LINES = 60
_FORM = re.compile(r"(?:[1-9]\d{1,4}x[1-9]\d{1,4})?(?: ?[a-z][a-z_-]{0,15})?")


def rate(value: Decimal) -> Decimal:
    """Without the zeros of its column."""
    return value.quantize(Decimal(1)) if value == value.to_integral() else value.normalize()


class PicturePrices(forms.CharField):
    """Lines of size, quality and dollars, kept as dollars by form."""

    def __init__(self, **kwargs: Any) -> None:
        attributes = {"class": "vLargeTextField", "rows": 4, "autocomplete": "off", "spellcheck": "false"}
        super().__init__(**{"required": False, "widget": forms.Textarea(attributes), "label": LABELS[PICTURES], **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{form or OTHERS} {dollars}" for form, dollars in value.items()) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> Any:
        found: dict[str, str] = {}
        lines = [line.split() for line in str(value or "").lower().replace("×", "x").splitlines() if line.strip()]
        for *words, dollars in lines[: MOST_LINES + 1]:
            form = "" if words == [OTHERS] else " ".join(words)
            if (not words) or not _FORM.fullmatch(form):
                raise ValidationError(f"“{' '.join([*words, dollars])[:60]}” is no price of a picture. Write size, quality and dollars.")
            if form in found:
                raise ValidationError(f"“{form or OTHERS}” has two prices.")
            found[form] = _dollars(dollars)
        if len(found) > MOST_LINES:
            raise ValidationError(f"At most {MOST_LINES} prices of pictures.")
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return (initial or {}) != self.to_python(data)
        except ValidationError:
            return True


def _dollars(word: str) -> str:
    try:
        value = Decimal(word.lstrip("$"))
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or not 0 <= value < 1000:
        raise ValidationError(f"“{word[:20]}” is no price: write US dollars, such as 0.04.")
    return f"{rate(round(value, 6)):f}"
