"""The parameters that a prompt version may set, and what values they can have. Pure: the admin and the replies both read it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.core.exceptions import ValidationError

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh")
_WORD = re.compile(r"[a-z][a-z0-9_-]{0,19}")


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    label: str
    help: str
    kind: Literal["number", "whole", "word"]
    minimum: float = 0
    maximum: float = 0
    suggestions: tuple[str, ...] = ()

    def clean(self, value: Any) -> Any:
        """The value as it is sent; ValidationError with a sentence where it can't be."""
        if self.kind == "word":
            word = value.strip().lower() if isinstance(value, str) else ""
            if not _WORD.fullmatch(word):
                raise ValidationError(f"{self.label} is one word of at most 20 small letters, such as {', '.join(self.suggestions)}.")
            return word
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole and (self.kind == "whole" or not isinstance(value, float) or not math.isfinite(value)):
            raise ValidationError(f"{self.label} is {'a whole number' if self.kind == 'whole' else 'a number'}.")
        if not self.minimum <= value <= self.maximum:
            raise ValidationError(f"{self.label} lies between {self.minimum:,} and {self.maximum:,}.")
        return value


PARAMETERS: dict[str, Parameter] = {
    parameter.name: parameter
    for parameter in (
        Parameter("temperature", "Temperature", "0 = predictable, 2 = very random.", "number", 0, 2),
        Parameter("top_p", "Top p", "Choose only among the likeliest words that make up this share: 0 to 1.", "number", 0, 1),
        Parameter(
            "max_output_tokens",
            "Max output tokens",
            "Where an answer is cut off. Includes reasoning tokens.",
            "whole",
            1,
            1_000_000,
        ),
        Parameter(
            "reasoning_effort",
            "Reasoning effort",
            "For reasoning models; accepted values depend on the model.",
            "word",
            suggestions=EFFORTS,
        ),
    )
}


def clean(values: Mapping[str, Any]) -> dict[str, Any]:
    """Only what is set (neither None nor empty), each value checked. ValidationError names every parameter that is wrong."""
    cleaned: dict[str, Any] = {}
    errors: dict[str, ValidationError] = {}
    for name, value in values.items():
        if value is None or value == "":
            continue
        if name not in PARAMETERS:
            errors[name] = ValidationError(f"There is no parameter called “{name}”.")
            continue
        try:
            cleaned[name] = PARAMETERS[name].clean(value)
        except ValidationError as error:
            errors[name] = error
    if errors:
        raise ValidationError(errors)
    return cleaned
