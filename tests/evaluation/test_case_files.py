"""Cases are read from tables, JSON lines, YAML and Promptfoo configurations; what can't be taken is told, and no file of theirs is run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conversations.evaluation.checks.check import Check
from conversations.evaluation.files import asserts, promptfoo, reading
from conversations.models import User
from conversations.studio.files.problems import FilesRefused

PROMPTFOO = """
description: Support answers
prompts:
  - file://prompt.txt
  - label: chat
    raw: |
      [{"role": "system", "content": "You help {{name}}."}, {"role": "user", "content": "{{question}}"}]
  - file://../outside.txt
  - file://prompt.py
providers:
  - openai:chat:gpt-5-mini
  - id: openai:gpt-5
    config: {temperature: 0.2, max_tokens: 100, tools: [x]}
  - python:provider.py
defaultTest:
  vars: {name: Anna}
  assert:
    - type: not-is-refusal
tests:
  - description: refund
    vars: {question: ["How?", "When?"]}
    assert:
      - {type: icontains, value: days}
      - {type: javascript, value: "output.length < 5"}
      - {type: latency, threshold: 2500}
  - tests.csv
scenarios: [x]
"""
TABLE = 'question,name,__expected,__description\n"Is it free, really?",Bo,"contains: yes",free\n'


def test_a_configuration_is_candidates_and_cases(tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("secret")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "prompt.txt").write_text("Tell {{name}}: {{question}}")
    (folder / "prompt.py").write_text("raise SystemExit")
    data = reading.values("promptfooconfig.yaml", PROMPTFOO)
    read = promptfoo.read(data, folder)
    assert [(one.label, one.wording["model"], one.wording["text"]) for one in read.candidates] == [
        ("prompt.txt, gpt-5-mini", "gpt-5-mini", ""),
        ("prompt.txt, gpt-5", "gpt-5", ""),
        ("chat, gpt-5-mini", "gpt-5-mini", "You help {{name}}."),
        ("chat, gpt-5", "gpt-5", "You help {{name}}."),
    ]
    assert read.candidates[1].wording["parameters"] == {"temperature": 0.2, "max_output_tokens": 100}
    assert [case.variables for case in read.cases] == [{"name": "Anna", "question": "How?"}, {"name": "Anna", "question": "When?"}]
    first = read.cases[0]
    assert [turn.text for turn in read.candidates[0].asked(first)] == ["Tell Anna: How?"]
    assert (read.candidates[2].told(first, User()).system, [turn.text for turn in read.candidates[2].asked(first)]) == (
        "You help Anna.",
        ["How?"],
    )
    assert first.checks == [Check("refusal", "", True), Check("icontains", "days"), Check("latency", "2.5")]
    told = "\n".join(read.left_out)
    for words in ("scenarios", "../outside.txt", "prompt.py", "python:provider.py", "javascript", "tools", "test 2"):
        assert words in told, words
    assert "secret" not in str(read)


def test_tests_in_a_table_beside_it(tmp_path: Path) -> None:
    (tmp_path / "tests.csv").write_text(TABLE)
    read = promptfoo.read({"prompts": ["{{question}} {{name}}"], "providers": "openai:gpt-5", "tests": "file://tests.csv"}, tmp_path)
    [case] = read.cases
    assert (case.name, case.checks) == ("free", [Check("contains", "yes")])
    assert [turn.text for turn in read.candidates[0].asked(case)] == ["Is it free, really? Bo"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cases.csv", TABLE),
        (
            "cases.jsonl",
            json.dumps(
                {"name": "free", "ask": "Is it free, really?", "vars": {"name": "Bo"}, "assert": [{"type": "contains", "value": "yes"}]}
            ),
        ),
        (
            "cases.yaml",
            "- name: free\n  turns:\n  - {role: user, text: 'Is it free, really?'}\n  variables: {name: Bo}\n  checks:\n  - {type: contains, value: 'yes'}\n",
        ),
        (
            "cases.json",
            json.dumps(
                {
                    "cases": [
                        {
                            "name": "free",
                            "question": "Is it free, really?",
                            "variables": {"name": "Bo"},
                            "checks": [{"type": "contains", "value": "yes"}],
                        }
                    ]
                }
            ),
        ),
        (
            "promptfooconfig.yaml",
            "prompts: [x]\nproviders: [openai:gpt-5]\ntests:\n- description: free\n  vars: {name: Bo, question: 'Is it free, really?'}\n  assert: [{type: contains, value: 'yes'}]\n",
        ),
    ],
)
def test_the_same_case_in_every_kind_of_file(name: str, text: str) -> None:
    [case] = reading.cases(name, text).cases
    assert (case.name, case.turns, case.checks) == ("free", [{"role": "user", "text": "Is it free, really?"}], [Check("contains", "yes")])
    assert case.variables["name"] == "Bo"


@pytest.mark.parametrize(
    ("written", "checks"),
    [
        ({"type": "contains-any", "value": ["a.b", "c d"]}, [Check("regex", r"(?:a\.b|c d)")]),
        ({"type": "icontains-all", "value": ["a", "b"]}, [Check("icontains", "a"), Check("icontains", "b")]),
        ({"type": "not-contains-any", "value": ["a", "b"]}, [Check("contains", "a", True), Check("contains", "b", True)]),
        ({"type": "is-json", "value": {"type": "object"}}, [Check("json-schema", '{"type": "object"}')]),
        ({"type": "is-json"}, [Check("is-json")]),
        ({"type": "word-count", "value": {"min": 2, "max": 9}}, [Check("length", "2 to 9 words")]),
        ({"type": "llm-rubric", "value": "Is polite"}, [Check("judge", "Is polite")]),
        ({"type": "cost", "threshold": 0.002}, [Check("cost", "0.002")]),
        ({"type": "language", "value": "German"}, [Check("language", "German")]),
        (asserts.of_text("is-json"), [Check("is-json")]),
        (asserts.of_text("contains-all: a, b"), [Check("contains", "a"), Check("contains", "b")]),
        (asserts.of_text("Note: well"), [Check("equals", "Note: well")]),
    ],
)
def test_assertions_are_checks(written: object, checks: list[Check]) -> None:
    assert asserts.read([written]) == (checks, [])


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"type": "python", "value": "1"}, "no such check"),
        ({"type": "not-contains-all", "value": ["a", "b"]}, "can’t be checked here"),
        ({"type": "contains", "value": "file://x.txt"}, "a file of its own"),
        ({"type": "llm-rubric", "value": "x", "threshold": 0.8}, "no threshold"),
        ({"type": "regex", "value": "("}, "can’t be used"),
        ({"value": "x"}, "it has no type"),
        ("x", "it has no type"),
        ({"type": "contains", "value": {"a": 1}}, "no text"),
        ({"type": "contains", "value": "x", "weight": 2}, "weight of the check"),
    ],
)
def test_what_can_not_be_taken_is_told(written: object, words: str) -> None:
    assert words in asserts.read([written])[1][0]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", "x: ["),
        ("a.json", "{"),
        ("a.json", "[" * 100_000),
        ("a.jsonl", "no"),
        ("a.csv", ""),
        ("a.yaml", "- {name: x}"),
        ("a.yaml", "x"),
    ],
)
def test_a_file_without_cases_is_refused_in_words(name: str, text: str) -> None:
    with pytest.raises(FilesRefused, match=name):
        reading.cases(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cases.json", '[{"ask": "x", "tags": 5}]'),
        ("cases.json", '[{"ask": "x", "tags": {"a": 1}}]'),
        ("cases.json", '[{"ask": "x", "checks": [{"type": "latency", "threshold": 1' + "0" * 400 + "}]}]"),
        ("cases.yaml", "prompts: [x]\ntests:\n  - vars: {1: 'file://x', question: y}\n  - vars: {question: z}"),
    ],
)
def test_values_of_another_kind_leave_the_case(name: str, text: str) -> None:
    assert len(reading.cases(name, text).cases) == 1


def test_a_table_that_can_not_be_read_is_refused_in_words() -> None:
    with pytest.raises(FilesRefused, match="This is no table"):
        reading.cases("cases.csv", f'ask\n"{"x" * 200_000}"')
