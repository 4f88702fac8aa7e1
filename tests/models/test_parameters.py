"""The parameters' names, ranges and shapes are checked in one place, and only what is set is stored."""

import math

import pytest
from django.core.exceptions import ValidationError

from conversations.models.parameters import clean


def test_only_what_is_set_is_kept() -> None:
    values = {"temperature": 0, "top_p": None, "max_output_tokens": "", "reasoning_effort": "xhigh"}
    assert clean(values) == {"temperature": 0, "reasoning_effort": "xhigh"}
    assert clean({}) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("temperature", value) for value in (-0.1, 2.01, "1", True, math.nan, math.inf, [1])),
        *(("top_p", value) for value in (-1, 1.5, False)),
        *(("max_output_tokens", value) for value in (0, 1_000_001, 1.0, True, "10")),
        *(("reasoning_effort", value) for value in ("very high", "x" * 21, "low\n; drop", 3, "-low", "é")),
        *(("stop", value) for value in ("x", 1)),
    ],
)
def test_a_wrong_value_is_named(name: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        clean({name: value, "top_p" if name != "top_p" else "temperature": 0.5})
    assert list(caught.value.message_dict) == [name]


@pytest.mark.parametrize("word", ["none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra_2"])
def test_efforts_of_models_to_come_are_taken(word: str) -> None:
    assert clean({"reasoning_effort": f" {word.upper()} "}) == {"reasoning_effort": word}
