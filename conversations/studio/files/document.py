"""A prompt as its file holds it: plain values, whether they came from a file or from the database."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from conversations.models import Audience, ModelChoice, SystemPrompt
from conversations.models.parameters import PARAMETERS
from conversations.studio.wording import Wording, wording_of

from .format import render

NO_MODEL_CHOICE = "none"
"""How files write ModelChoice.NONE, which is an empty text."""


@dataclass(frozen=True, slots=True)
class Document:
    slug: str
    wording: Wording
    name: str
    description: str = ""
    audience: str = Audience.EVERYONE
    default: bool = False
    model_choice: str = ModelChoice.NONE
    listed_models: list[str] = field(default_factory=list)
    effort_choice: bool = False
    switched_off: list[str] = field(default_factory=list)
    draws: bool = False
    fallback_model: str = ""
    voice: str = ""
    voice_speed: float | None = None
    voice_instructions: str = ""
    base: str = ""
    """The digest of what was on the site when the file was last exported or imported."""
    source: str = ""
    """Which file it was read from, as it is named in sentences."""
    text_line: int = 1
    """The line of that file where the text begins, from 1."""

    def head(self) -> dict[str, Any]:
        """What stands in the front matter, without `base` and without what is as it would be anyway."""
        wording: dict[str, Any] = {name: value for name, value in self.wording.items() if name != "text"}
        wording["parameters"] = {name: _number(wording["parameters"][name]) for name in PARAMETERS if name in wording["parameters"]}
        return {"name": self.name} | {
            name: value
            for name, value in {
                "description": self.description,
                "audience": "" if self.audience == Audience.EVERYONE else str(self.audience),
                "default": self.default,
                **wording,
                "model_choice": str(self.model_choice),
                "listed_models": self.listed_models,
                "effort_choice": self.effort_choice,
                "switched_off": self.switched_off,
                "draws": self.draws,
                "fallback_model": self.fallback_model,
                "voice": self.voice,
                "voice_speed": _number(self.voice_speed),
                "voice_instructions": self.voice_instructions,
            }.items()
            if value
        }

    @property
    def digest(self) -> str:
        return digest([self.head(), self.wording["text"]])

    def rendered(self, base: str = "") -> str:
        return render(self.head(), self.wording["text"], base)


def digest(content: Any) -> str:
    """The same for the same plain values on every site and in every version of this program that knows them."""
    written = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def document_of(prompt: SystemPrompt) -> Document:
    """What is live of the prompt; an empty wording where nothing is."""
    details = {name: getattr(prompt, name) for name in SystemPrompt.DETAILS}
    return Document(
        slug=prompt.slug,
        wording=wording_of(prompt.published),
        default=prompt.is_default,
        **{**details, "listed_models": prompt.listed_models.splitlines()},
    )


def _number(value: Any) -> Any:
    """1.0 is written 1: databases and people write either."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
