"""Checks as files write them: in the manner of Promptfoo's assertions, of which those that we can make are taken, and the others told."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from conversations.evaluation.checks.bounds import InvalidCheck
from conversations.evaluation.checks.check import KINDS, Check, clean
from conversations.studio.foreign.found import quoted

_RENAMED = {
    "is-refusal": "refusal",
    "llm-rubric": "judge",
    "model-graded-closedqa": "judge",
    "g-eval": "judge",
    "word-count": "length",
}
MAX_THRESHOLD = 1e9
_IGNORED = ("metric", "description")
"""What says nothing of whether the check passes."""


def read(written: Any) -> tuple[list[Check], list[str]]:
    """The checks, and what can't be taken, each with why, without a full stop."""
    checks: list[Check] = []
    told: list[str] = []
    for one in written if isinstance(written, list) else [written] if written else []:
        try:
            checks += [clean(check) for check in _checks(one)]
        except InvalidCheck as error:
            told.append(f"the check {quoted(one)}: {str(error).rstrip('.')}")
            continue
        told += [
            f"{name} of the check {quoted(one['type'])}" for name in sorted(one.keys() - {"type", "value", "threshold", *_IGNORED}, key=str)
        ]
    return checks, told


def of_text(text: str) -> Any:
    """An assertion as Promptfoo writes it into a cell of a table: “contains: moon”, or else what the answer equals."""
    kind, mark, value = text.partition(":")
    name = kind.strip()
    if mark and (name.removeprefix("not-") in {*KINDS, *_RENAMED} or name.removeprefix("not-").startswith(("contains-", "icontains-"))):
        given = value.strip()
        return {"type": name, "value": [one.strip() for one in given.split(",")] if name.endswith(("-any", "-all")) else given}
    return {"type": name} if name.removeprefix("not-") in ("is-json", "is-refusal") else {"type": "equals", "value": text}


def _checks(one: Any) -> list[Check]:
    if not isinstance(one, Mapping) or not isinstance(one.get("type"), str):
        raise InvalidCheck("it has no type")
    named = one["type"]
    negated, named = named.startswith("not-"), named.removeprefix("not-")
    value = one.get("value")
    if isinstance(value, str) and value.startswith("file://"):
        raise InvalidCheck("its value is in a file of its own")
    if named in ("contains-any", "icontains-any", "contains-all", "icontains-all"):
        return _of_several(named, value, negated)
    kind = _RENAMED.get(named, named)
    if named == "is-json" and value:
        kind, value = "json-schema", value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    elif kind in ("is-json", "refusal"):
        value = ""
    elif kind in ("latency", "cost"):
        value = _amount(kind, one)
    elif named == "word-count":
        value = _words(value)
    elif kind == "json-schema" and isinstance(value, Mapping):
        value = json.dumps(value, ensure_ascii=False)
    if kind not in KINDS:
        raise InvalidCheck("there is no such check here")
    if kind == "judge" and one.get("threshold") is not None:
        raise InvalidCheck("a judge here says pass or fail, and has no threshold")
    if isinstance(value, Mapping | list):
        raise InvalidCheck("its value is no text")
    return [Check(kind, _text(value), negated)]


def _of_several(named: str, value: Any, negated: bool) -> list[Check]:
    texts = [_text(one) for one in value] if isinstance(value, list) else []
    if not texts:
        raise InvalidCheck("its value is no list")
    kind = "icontains" if named.startswith("i") else "contains"
    if named.endswith("-all") is not negated:  # all of them, or none of them
        return [Check(kind, text, negated) for text in texts]
    pattern = "|".join(re.escape(text).replace(r"\ ", " ") for text in texts)
    if negated:
        raise InvalidCheck("that not all of several texts are there can’t be checked here")
    return [Check("regex", f"{'(?i)' if kind == 'icontains' else ''}(?:{pattern})")]


def _amount(kind: str, one: Mapping[str, Any]) -> str:
    """Promptfoo has a threshold, in milliseconds where it is time."""
    threshold = one.get("threshold")
    if threshold is None:
        return _text(one.get("value"))
    if not isinstance(threshold, int | float) or isinstance(threshold, bool) or not abs(threshold) < MAX_THRESHOLD:
        raise InvalidCheck("its threshold is no number")
    return f"{threshold / 1000 if kind == 'latency' else threshold:.6f}".rstrip("0").rstrip(".")


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        least, most = value.get("min"), value.get("max")
        if least is not None and most is not None:
            return f"{least} to {most} words"
        return f"at most {most} words" if most is not None else f"at least {least} words"
    return f"{value} words"


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)
