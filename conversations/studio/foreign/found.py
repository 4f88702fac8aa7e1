"""A prompt that was found in another product's file, with what of it can't be carried over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.text import slugify

from conversations.models.names import without_turns
from conversations.models.parameters import PARAMETERS
from conversations.models.variables import BUILT_IN, MAX_VARIABLES, Declaration, is_name
from conversations.rendering.syntax import Name, pieces
from conversations.studio import bounds
from conversations.studio.checks import plain
from conversations.studio.files.document import Document
from conversations.studio.wording import wording_of

NAMES = {
    "max_tokens": "max_output_tokens",
    "maxTokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
    "maxOutputTokens": "max_output_tokens",
    "topP": "top_p",
    "reasoningEffort": "reasoning_effort",
}
MAX_QUOTED_CHARACTERS = 60


class NotRecognised(Exception):
    """The file hasn't the shape of what that product writes."""


@dataclass
class Found:
    name: str
    description: str = ""
    text: str = ""
    model: str = ""
    fallback_model: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    """Sentences without a full stop, one for each thing."""
    examples: list[dict[str, str]] = field(default_factory=list)
    """Messages of user and assistant, by turns, as a wording has them."""
    defaults: dict[str, Any] = field(default_factory=dict)
    """Values of variables, where there are some beside the text."""
    has_text: bool = True
    """Whether there is anything to be a system prompt."""

    def leave_out(self, what: str) -> None:
        self.left_out.append(what)

    def take_settings(self, settings: Mapping[str, Any]) -> None:
        """The model and what we know of parameters; the rest is left out by name."""
        for given, value in settings.items():
            name = NAMES.get(given, given)
            if value is None or value in ({}, []):
                continue
            if name in ("model", "model_name") and isinstance(value, str):
                self.model = self.model or value
            elif name == "reasoning" and isinstance(value, Mapping):
                self.take_settings({("reasoning_effort" if key == "effort" else f"reasoning.{key}"): one for key, one in value.items()})
            elif name in PARAMETERS:
                self._take_parameter(name, value)
            else:
                self.leave_out(f"{given} ({quoted(value)})")

    def _take_parameter(self, name: str, value: Any) -> None:
        try:
            self.parameters[name] = PARAMETERS[name].clean(value)
        except ValidationError as error:
            self.leave_out(f"{name} ({quoted(value)}): {error.messages[0].rstrip('.')}")

    def document(self, source: str) -> Document:
        """As a draft will hold it; what is too long for that is cut and told."""
        self.text = self._cut("text", plain(self.text), bounds.TEXT_LENGTH)
        variables = self._variables()
        return Document(
            slug=(slugify(self.name) or "imported")[: bounds.MAX_SLUG_CHARACTERS].strip("-_") or "imported",
            wording={
                **wording_of(None),
                "text": self.text,
                "model": self._cut("model", self.model, bounds.MAX_MODEL_CHARACTERS),
                "parameters": self.parameters,
                "variables": variables,
                "examples": self.examples,
            },
            name=self._cut("name", without_turns(one_line(self.name)), bounds.MAX_NAME_CHARACTERS) or "Imported",
            description=self._cut("description", one_line(self.description), bounds.MAX_DESCRIPTION_CHARACTERS),
            fallback_model=self._cut("fallback model", self.fallback_model, bounds.MAX_MODEL_CHARACTERS),
            source=source,
        )

    def _variables(self) -> list[Declaration]:
        """Of each name in text and examples that isn't built in: a text that is required, or has its value there as default."""
        texts = [self.text, *(one["text"] for one in self.examples)]
        names = [piece.name for text in texts for piece in pieces(text) if isinstance(piece, Name) and piece.name not in BUILT_IN]
        names = list(dict.fromkeys(names))
        taken = [name for name in names if is_name(name)][:MAX_VARIABLES]
        if left := [name for name in names if name not in taken]:
            self.leave_out(f"variables for {', '.join(f'{{{{{name}}}}}' for name in left)}: they stay in the text as they are written")
        declared = []
        for name in taken:
            value = self.defaults.get(name)
            given = {"default": value} if isinstance(value, str) and value.strip() else {"required": True}
            declared.append({"name": name, "type": "long_text", **given})
        return declared

    def _cut(self, what: str, text: str, most: int) -> str:
        if len(text) > most:
            self.leave_out(f"the end of its {what}, which has {len(text):,} characters; {most:,} can be kept")
        return text[:most]


def one_line(text: str) -> str:
    return " ".join(plain(text).split())


def quoted(value: Any) -> str:
    """A value, short enough for a sentence."""
    text = one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))
    return f"“{text[:MAX_QUOTED_CHARACTERS]}…”" if len(text) > MAX_QUOTED_CHARACTERS else f"“{text}”"
