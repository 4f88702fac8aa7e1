"""The fields of a wording. What compares, merges, copies, stores and checks wordings goes by this list, which has those of `Worded`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from django.core.exceptions import ValidationError

from conversations.models import parameters
from conversations.models.variables import clean_declarations

from . import bounds, checks


@dataclass(frozen=True, slots=True)
class WordingField:
    name: str
    label: str
    kind: Literal["text", "value", "settings", "lines", "named", "exchanges", "structure"]
    """How it is compared, and how two changes of it come together: line by line and word by word; as a whole; name by name
    (`settings`); entry by entry, each of them once (`lines`); by the entries' names (`named`); message and answer together
    (`exchanges`); as a whole, but shown in lines (`structure`)."""
    empty: Callable[[], Any]
    clean: Callable[[Any], Any]
    """From a plain value, as files hold it. ValidationError with a sentence."""

    def opened(self, value: Any) -> Any:
        """What was stored and shown before, whether it would be taken today or not. ValidationError where it is no such value at all."""
        if self.kind in ("text", "value") and isinstance(value, str):
            return value
        if self.kind == "lines" and isinstance(value, list):
            return [str(one) for one in value]
        return self.clean(self.empty() if value is None else value)


def _output_schema(value: Any) -> dict[str, Any] | None:
    if not value:
        return None
    if not isinstance(value, dict) or value.get("type") != "object":
        raise ValidationError("An output schema is a JSON schema, with “type”: “object”.")
    try:
        written = json.dumps(value, allow_nan=False, ensure_ascii=False)
        written.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ValidationError("An output schema holds what JSON can hold.") from error
    if "\\u0000" in written:
        raise ValidationError("An output schema holds no NUL.")
    size = len(written)
    if size > bounds.MAX_SCHEMA_CHARACTERS:
        raise ValidationError(f"An output schema can have {bounds.MAX_SCHEMA_CHARACTERS:,} characters; this one has {size:,}.")
    return value


def _examples(value: Any) -> list[dict[str, str]]:
    if not isinstance(value, list):
        raise ValidationError("Examples are a list of messages, each with its role and its text.")
    if len(value) > bounds.MAX_EXAMPLES:
        raise ValidationError(f"There may be {bounds.MAX_EXAMPLES} example messages; these are {len(value)}.")
    found = []
    for number, one in enumerate(value):
        role = ("user", "assistant")[number % 2]
        if not isinstance(one, dict) or one.keys() != {"role", "text"} or one["role"] != role:
            raise ValidationError("Example messages have a role and a text: user and assistant by turns, the user first.")
        text = checks.text("An example message", one["text"], bounds.MAX_EXAMPLE_CHARACTERS)
        if not text.strip():
            raise ValidationError("An example message is empty.")
        found.append({"role": role, "text": text})
    if len(found) % 2:
        raise ValidationError("The last example message is the assistant’s: the conversation follows.")
    return found


FIELDS = {
    field.name: field
    for field in (
        WordingField("text", "Text", "text", str, lambda value: checks.text("The text", value, bounds.TEXT_LENGTH)),
        WordingField("model", "Model", "value", str, lambda value: checks.line("model", value, bounds.MAX_MODEL_CHARACTERS)),
        WordingField("parameters", "Parameters", "settings", dict, parameters.clean),
        WordingField(
            "starters",
            "Starters",
            "lines",
            list,
            lambda value: checks.lines("starters", value, bounds.MAX_STARTERS, bounds.STARTER_LENGTH),
        ),
        WordingField("variables", "Variables", "named", list, clean_declarations),
        WordingField("examples", "Example messages", "exchanges", list, _examples),
        WordingField("output_schema", "Output schema", "structure", lambda: None, _output_schema),
    )
}
