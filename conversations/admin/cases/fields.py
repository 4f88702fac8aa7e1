"""The form fields of what a case holds: a conversation, variables, tags and checks, all typed as text."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from conversations.evaluation.checks.bounds import InvalidCheck
from conversations.evaluation.checks.check import KINDS, Check, clean_all

MAX_TURNS_CHARACTERS = 200_000
BLANK_ROWS = 2
_TURN = re.compile(r"^(User|Assistant):[ \t]?", re.MULTILINE)
_VARIABLE = re.compile(r"([\w.-]{1,60})\s*:\s?(.*)")


class TurnsField(forms.CharField):
    """Turns as “User: …” and “Assistant: …”, or one question as it is. A line that begins so within a text has a backslash before it."""

    widget = forms.Textarea({"rows": 8, "class": "vLargeTextField"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, max_length=MAX_TURNS_CHARACTERS, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        if len(value) == 1 and not _TURN.search(value[0]["text"]):
            return value[0]["text"]
        return "\n\n".join(f"{turn['role'].capitalize()}: {_TURN.sub(_escaped, turn['text'])}" for turn in value)

    def to_python(self, value: Any) -> Any:
        text = str(super().to_python(value)).replace("\r\n", "\n").replace("\0", "")
        cut = _TURN.split(text)
        if len(cut) == 1:
            turns = [{"role": "user", "text": text.strip()}]
        elif cut[0].strip():
            raise ValidationError("Begin with “User:”, or write one question without it.")
        else:
            turns = [{"role": role.lower(), "text": said.strip().replace("\n\\", "\n").removeprefix("\\")} for role, said in _pairs(cut)]
        if not turns[-1]["text"] and len(turns) == 1:
            return []
        if not all(turn["text"] for turn in turns):
            raise ValidationError("A turn is empty.")
        if turns[-1]["role"] != "user":
            raise ValidationError("The last turn is the user’s: its answer is what is judged.")
        return turns

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != initial)


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found[0]}"


def _pairs(cut: list[str]) -> list[tuple[str, str]]:
    return list(zip(cut[1::2], cut[2::2], strict=True))


class VariablesField(forms.CharField):
    """A line “name: value” for each; a line that begins with space goes on with the one before."""

    widget = forms.Textarea({"rows": 3, "class": "vLargeTextField"})

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return "\n".join(f"{name}: {str(text).replace(chr(10), chr(10) + ' ')}" for name, text in value.items())

    def to_python(self, value: Any) -> Any:
        found: dict[str, str] = {}
        last = ""
        for line in str(super().to_python(value)).replace("\r\n", "\n").replace("\0", "").split("\n"):
            if line.startswith(" ") and last:
                found[last] += f"\n{line[1:]}"
            elif matched := _VARIABLE.fullmatch(line):
                last, found[matched[1]] = matched[1], matched[2]
            elif line.strip():
                raise ValidationError(f"Write “name: value”; “{line[:60]}” isn’t that.")
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != (initial or {}))


class CheckRows(forms.Widget):
    """A row for each check, and some empty ones."""

    template_name = "admin/conversations/case/checks.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        rows = [Check.of(one) for one in (value or [])]
        context["rows"] = [*rows, *[Check("")] * max(BLANK_ROWS, 3 - len(rows))]
        context["kinds"] = [(kind, one.label, one.asks) for kind, one in KINDS.items()]
        return context

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """By the templates of this project, which Django's renderer of forms doesn't know."""
        return mark_safe(get_template(self.template_name).render(self.get_context(name, value, attrs)))  # noqa: S308  (the template escapes)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        columns = [data.getlist(f"{name}-{column}") for column in ("kind", "negated", "value")]
        return [Check(kind, value, negated == "not").stored() for kind, negated, value in zip(*columns, strict=False) if kind]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-kind" not in data


class ChecksField(forms.Field):
    widget = CheckRows

    def clean(self, value: Any) -> list[dict[str, Any]]:
        checks = [Check.of(one) for one in value or []]
        errors = []
        for number, check in enumerate(checks, 1):
            try:
                clean_all([check])
            except InvalidCheck as error:
                errors.append(f"Check {number} ({KINDS[check.kind].label if check.kind in KINDS else check.kind}): {error}")
        if errors:
            raise ValidationError(errors)
        try:
            return [check.stored() for check in clean_all(checks)]
        except InvalidCheck as error:
            raise ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (data or []) != [Check.of(one).stored() for one in initial or []]
