"""From a file's content to a document, with everything in it checked as the admin's form checks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError

from conversations.models import Audience, ModelChoice, SystemPrompt
from conversations.models.names import clean_name
from conversations.models.parameters import PARAMETERS
from conversations.models.switches import SWITCHES
from conversations.studio import bounds, checks, wording_fields
from conversations.studio.wording_fields import WordingField

from .document import NO_MODEL_CHOICE, Document
from .format import FormatProblem, Parts, split
from .problems import FilesRefused, Problem
from .safe_yaml import Value, unwrapped

FIELDS = (*SystemPrompt.DETAILS, "default", *(name for name in wording_fields.FIELDS if name != "text"), "base")


def parse(content: str, slug: str, source: str) -> Document:
    """FilesRefused with a sentence for each thing that is wrong in it."""
    try:
        parts = split(content)
    except FormatProblem as problem:
        raise FilesRefused([problem.of(source)]) from problem
    return _Reading(parts, source).document(slug)


class _Reading:
    def __init__(self, parts: Parts, source: str) -> None:
        self.parts, self.source = parts, source
        self.problems: list[Problem] = []

    def document(self, slug: str) -> Document:
        for name, value in self.parts.head.items():
            if name not in FIELDS:
                self._tell(value.line, f"There is no field “{name}”: there are {', '.join(FIELDS)}.")
        document = Document(
            slug=slug,
            wording={name: self._of_wording(field) for name, field in wording_fields.FIELDS.items()},
            name=self._field("name", "", self._name),
            description=self._field("description", "", self._line_of(bounds.MAX_DESCRIPTION_CHARACTERS)),
            audience=self._field("audience", Audience.EVERYONE, self._one_of({value: value for value in Audience.values})),
            default=self._field("default", False, self._yes_or_no),
            model_choice=self._field("model_choice", ModelChoice.NONE, self._one_of(_MODEL_CHOICES)),
            listed_models=self._field("listed_models", [], self._lines_of(bounds.MAX_LISTED_MODELS, bounds.MAX_MODEL_CHARACTERS)),
            effort_choice=self._field("effort_choice", False, self._yes_or_no),
            switched_off=self._field("switched_off", [], self._some_of(tuple(SWITCHES))),
            draws=self._field("draws", False, self._yes_or_no),
            fallback_model=self._field("fallback_model", "", self._line_of(bounds.MAX_MODEL_CHARACTERS)),
            voice=self._field("voice", "", self._line_of(bounds.MAX_VOICE_CHARACTERS)),
            voice_speed=self._field("voice_speed", None, self._number_between(*bounds.VOICE_SPEEDS)),
            voice_instructions=self._field("voice_instructions", "", self._line_of(bounds.MAX_VOICE_INSTRUCTIONS_CHARACTERS)),
            base=self._field("base", "", self._line_of(64)),
            source=self.source,
            text_line=self.parts.text_line,
        )
        self._check_together(document)
        if self.problems:
            raise FilesRefused(sorted(self.problems, key=lambda problem: problem.line))
        return document

    def _check_together(self, document: Document) -> None:
        if not document.name.strip() and not any(problem.sentence.startswith("name ") for problem in self.problems):
            self._tell(self._line("name"), "A prompt has a name: write “name: …” into the front matter.")
        if document.default and document.audience != Audience.EVERYONE:
            self._tell(self._line("audience"), "The default prompt answers everyone: its audience can’t be another one.")
        if document.model_choice == ModelChoice.LISTED and not document.listed_models:
            self._tell(self._line("model_choice"), "List at least one model under listed_models, or choose another model_choice.")

    def _tell(self, line: int, sentence: str) -> None:
        self.problems.append(Problem(self.source, line, sentence))

    def _line(self, name: str) -> int:
        return self.parts.head[name].line if name in self.parts.head else 1

    def _field(self, name: str, missing: Any, read: Callable[[str, Any], Any]) -> Any:
        """The field's value, or `missing` where there is none or a wrong one, which is told."""
        value = self.parts.head.get(name)
        if value is None or value.value is None:
            return missing
        try:
            return read(name, unwrapped(value))
        except ValidationError as error:
            self._tell(value.line, error.messages[0])
            return missing

    def _of_wording(self, field: WordingField) -> Any:
        if field.name == "parameters":
            return self._parameters()
        if field.name != "text":
            return self._field(field.name, field.empty(), lambda _, value: field.clean(value))
        try:
            return field.clean(self.parts.text)
        except ValidationError as error:
            self._tell(self.parts.text_line, error.messages[0])
            return self.parts.text

    def _parameters(self) -> dict[str, Any]:
        value = self.parts.head.get("parameters")
        if value is None or value.value is None:
            return {}
        if not isinstance(value.value, dict):
            self._tell(value.line, "parameters is a list of “name: value”.")
            return {}
        found: dict[str, Any] = {}
        for name, one in value.value.items():
            assert isinstance(one, Value)
            try:
                if name not in PARAMETERS:
                    raise ValidationError(f"There is no parameter called “{name}”: there are {', '.join(PARAMETERS)}.")
                found[name] = PARAMETERS[name].clean(one.value)
            except ValidationError as error:
                self._tell(one.line, error.messages[0])
        return found

    @staticmethod
    def _name(name: str, value: Any) -> str:
        return clean_name(checks.line(name, value, bounds.MAX_NAME_CHARACTERS), called=name)

    @staticmethod
    def _line_of(most: int) -> Callable[[str, Any], str]:
        return lambda name, value: checks.line(name, value, most)

    @staticmethod
    def _lines_of(most: int, characters: int) -> Callable[[str, Any], list[str]]:
        return lambda name, value: checks.lines(name, value, most, characters)

    @staticmethod
    def _one_of(values: dict[str, str]) -> Callable[[str, Any], str]:
        def read(name: str, value: Any) -> str:
            if not isinstance(value, str) or value not in values:
                raise ValidationError(f"{name} is one of {', '.join(values)}.")
            return values[value]

        return read

    @staticmethod
    def _some_of(values: tuple[str, ...]) -> Callable[[str, Any], list[str]]:
        def read(name: str, value: Any) -> list[str]:
            if not isinstance(value, list) or not all(isinstance(one, str) and one in values for one in value):
                raise ValidationError(f"{name} is a list of some of {', '.join(values)}.")
            return [one for one in values if one in value]

        return read

    @staticmethod
    def _number_between(least: float, most: float) -> Callable[[str, Any], float]:
        def read(name: str, value: Any) -> float:
            if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
                raise ValidationError(f"{name} is a number from {least:g} to {most:g}.")
            return float(value)

        return read

    @staticmethod
    def _yes_or_no(name: str, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError(f"{name} is true or false.")
        return value


_MODEL_CHOICES = {value or NO_MODEL_CHOICE: value for value in ModelChoice.values}
