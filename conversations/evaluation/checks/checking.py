"""Makes the checks of an answer that need no model. Pure: no code of the check's is run, and none takes more than linear time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from . import finding, json_schema, json_validation, languages, patterns, refusals
from .bounds import InvalidCheck, Length
from .check import Check
from .finding import Finding


class Given(NamedTuple):
    """An answer, with what it took."""

    text: str
    finish_reason: str = ""
    seconds: float = 0.0
    dollars: float | None = None


def needs_a_model(check: Check) -> bool:
    return check.kind == "judge"


def made(check: Check, answer: Given) -> Finding:
    """Of every kind but the judge. Not made where an earlier version of this program took a check that this one doesn't."""
    try:
        is_so, reason = _MAKERS[check.kind](check.value, answer)
    except (InvalidCheck, KeyError) as error:
        is_so, reason = None, str(error) if isinstance(error, InvalidCheck) else "There is no such check."
    return Finding(check, None, 0.0, reason) if is_so is None else finding.of(check, is_so, reason)


Said = tuple[bool | None, str]


def _contains(value: str, answer: Given) -> Said:
    is_there = value in answer.text
    return is_there, f"“{_short(value)}” is {'' if is_there else 'not '}in the answer."


def _contains_in_any_case(value: str, answer: Given) -> Said:
    is_there = value.casefold() in answer.text.casefold()
    return is_there, f"“{_short(value)}” is {'' if is_there else 'not '}in the answer, in any case."


def _equals(value: str, answer: Given) -> Said:
    is_so = value.strip() == answer.text.strip()
    return is_so, f"The answer is {'' if is_so else 'not '}“{_short(value)}”."


def _starts_with(value: str, answer: Given) -> Said:
    is_so = answer.text.lstrip().startswith(value)
    return is_so, f"The answer starts with “{_short(answer.text.lstrip()[: max(len(value), 20)])}”."


def _matches(value: str, answer: Given) -> Said:
    is_so = patterns.is_found(value, answer.text)
    return is_so, f"{'Something' if is_so else 'Nothing'} in the answer matches."


def _is_json(value: str, answer: Given) -> Said:
    _, problem = _parsed(answer.text)
    return not problem, problem or "The answer is JSON."


def _fits_schema(value: str, answer: Given) -> Said:
    found, problem = _parsed(answer.text)
    if problem:
        return False, problem
    problem = json_validation.problem(json_schema.read(value), found)
    return not problem, f"{problem[0].upper()}{problem[1:]}." if problem else "The answer fits the schema."


def _length(value: str, answer: Given) -> Said:
    wanted = Length.read(value)
    number = wanted.of(answer.text)
    return wanted.least <= number and (wanted.most is None or number <= wanted.most), f"The answer has {number:,} {wanted.unit}."


def _language(value: str, answer: Given) -> Said:
    found = languages.told(answer.text)
    if found is None:
        return None, "The answer’s language can’t be told."
    return found == languages.code_of(value), f"The answer is in {languages.NAMES[found]}."


def _refuses(value: str, answer: Given) -> Said:
    is_so = refusals.is_refusal(answer.text, answer.finish_reason)
    return is_so, "The answer refuses." if is_so else "The answer doesn’t refuse."


def _latency(value: str, answer: Given) -> Said:
    return answer.seconds <= float(value), f"The answer took {answer.seconds:.2f} s."


def _cost(value: str, answer: Given) -> Said:
    if answer.dollars is None:
        return None, "What the answer cost isn’t known."
    return answer.dollars <= float(value), f"The answer cost ${answer.dollars:.6f}."


def _parsed(text: str) -> tuple[Any, str]:
    """The value, and why there is none."""
    try:
        return json.loads(text, parse_constant=_refused), ""
    except (ValueError, RecursionError) as error:
        return None, f"The answer is no JSON: {error}."


def _refused(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:80]}…"


_MAKERS: dict[str, Callable[[str, Given], Said]] = {
    "contains": _contains,
    "icontains": _contains_in_any_case,
    "equals": _equals,
    "starts-with": _starts_with,
    "regex": _matches,
    "is-json": _is_json,
    "json-schema": _fits_schema,
    "length": _length,
    "language": _language,
    "refusal": _refuses,
    "latency": _latency,
    "cost": _cost,
}
