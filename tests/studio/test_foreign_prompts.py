"""Prompts of other products become drafts, and each thing that can't be carried over is told by its name."""

import copy
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from conversations.models import SystemPrompt, User
from conversations.studio import drafts
from conversations.studio.files.document import Document
from conversations.studio.files.problems import FilesRefused
from conversations.studio.foreign.found import Found
from conversations.studio.foreign.reading import READERS, Carried, read
from conversations.studio.wording import wording_of

LANGFUSE = [
    {
        "name": "shop/movie-critic",
        "version": version,
        "type": "chat",
        "prompt": [
            {"role": "system", "content": f"As a {{{{level}}}} critic, version {version}."},
            {"type": "placeholder", "name": "history"},
            {"role": "user", "content": "Do you like {{movie}}?"},
        ],
        "config": {"model": "gpt-large", "temperature": 0.5, "max_tokens": 300, "supported_languages": ["en", "fr"], "top_p": 7},
        "labels": labels,
        "tags": ["movies"],
        "commitMessage": "Shorter",
    }
    for version, labels in ((1, ["production", "eu"]), (2, ["latest"]))
] + [{"name": "plain", "version": 3, "type": "text", "prompt": "Be plain.", "config": {}, "labels": [], "tags": []}]

OPENAI = {
    "object": "list",
    "data": [
        {
            "id": "pmpt_68a1",
            "object": "prompt",
            "name": "Order desk",
            "version": "4",
            "created_at": 1760000000,
            "model": "gpt-large",
            "instructions": [
                {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "Take orders."}]},
                {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Two of {{item}}"}]},
            ],
            "reasoning": {"effort": "low", "summary": "auto"},
            "max_output_tokens": 2048,
            "temperature": None,
            "tools": [{"type": "web_search"}],
        },
        {"id": "pmpt_68a2", "object": "prompt", "name": None, "instructions": "Be kind."},
    ],
}


def template(kind: str, text: str) -> dict:
    prompt = {
        "lc": 1,
        "type": "constructor",
        "id": ["langchain", "prompts", "prompt", "PromptTemplate"],
        "kwargs": {"input_variables": [], "template": text, "template_format": "f-string"},
    }
    return {"lc": 1, "type": "constructor", "id": ["langchain", "prompts", "chat", kind], "kwargs": {"prompt": prompt}}


LANGSMITH = {
    "owner": "acme",
    "repo": "rag-answers",
    "commit_hash": "50442af1",
    "examples": [{}, {}],
    "manifest": {
        "lc": 1,
        "type": "constructor",
        "id": ["langchain", "schema", "runnable", "RunnableSequence"],
        "kwargs": {
            "first": {
                "lc": 1,
                "type": "constructor",
                "id": ["langchain", "prompts", "chat", "ChatPromptTemplate"],
                "kwargs": {
                    "input_variables": ["question"],
                    "messages": [
                        template("SystemMessagePromptTemplate", "Answer from {context}."),
                        {
                            "lc": 1,
                            "type": "constructor",
                            "id": ["langchain", "prompts", "chat", "MessagesPlaceholder"],
                            "kwargs": {"variable_name": "chat_history"},
                        },
                        template("HumanMessagePromptTemplate", "{question}"),
                    ],
                },
            },
            "last": {
                "lc": 1,
                "type": "constructor",
                "id": ["langchain", "schema", "runnable", "RunnableBinding"],
                "kwargs": {
                    "bound": {
                        "lc": 1,
                        "type": "constructor",
                        "id": ["langchain", "chat_models", "openai", "ChatOpenAI"],
                        "kwargs": {
                            "model": "gpt-large",
                            "temperature": 0.2,
                            "openai_api_key": {"lc": 1, "type": "secret", "id": ["OPENAI_API_KEY"]},
                        },
                    },
                    "kwargs": {"tools": [{"type": "function"}]},
                },
            },
        },
    },
}

PROMPTFOO = """
description: Our prompts
shared: &tone Be polite.
prompts:
  - 'Translate to {{language}}: {{text}}'
  - file://prompts/other.txt
  - id: file://prompts/labelled.txt
    label: Labelled
  - label: Chat
    raw: '[{"role": "system", "content": "You are a clerk."}, {"role": "user", "content": "{{question}}"}]'
providers:
  - id: openai:chat:gpt-small
    config: {temperature: 0, max_tokens: 50, seed: 7}
tests:
  - vars: {language: French}
"""


def carried(tmp_path: Path, product: str, data: object) -> Carried:
    path = tmp_path / "file"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return read(path, product)


def by_slug(found: Carried) -> dict[str, Document]:
    return {document.slug: document for document in found.documents}


def test_langfuse(tmp_path: Path) -> None:
    found = carried(tmp_path, "langfuse", LANGFUSE)
    critic, plain = (by_slug(found)[slug] for slug in ("shopmovie-critic", "plain"))
    assert critic.wording == {
        **wording_of(None),
        "text": "As a {{level}} critic, version 1.",
        "model": "gpt-large",
        "parameters": {"temperature": 0.5, "max_output_tokens": 300},
        "variables": [{"name": "level", "type": "long_text", "required": True}],
        "starters": [],
    }
    assert critic.name == "shop/movie-critic"
    assert plain.wording["text"] == "Be plain."
    assert found.left_out == [
        "shop/movie-critic: message 2, of the role placeholder (“history”)",
        "shop/movie-critic: message 3, of the role user (“Do you like {{movie}}?”)",
        'shop/movie-critic: supported_languages (“["en", "fr"]”)',
        "shop/movie-critic: top_p (“7”): Top p lies between 0 and 1",
        "shop/movie-critic: version 2: version 1 was taken",
        "shop/movie-critic: its labels eu",
        "shop/movie-critic: its tags movies",
        "shop/movie-critic: its commit message (“Shorter”)",
    ]


def test_openai(tmp_path: Path) -> None:
    found = carried(tmp_path, "openai", OPENAI)
    desk = by_slug(found)["order-desk"]
    assert desk.wording == {
        **wording_of(None),
        "text": "Take orders.",
        "model": "gpt-large",
        "parameters": {"reasoning_effort": "low", "max_output_tokens": 2048},
        "starters": [],
    }
    assert by_slug(found)["pmpt_68a2"].wording["text"] == "Be kind."
    assert found.left_out == [
        "Order desk: message 2, of the role user (“Two of {{item}}”)",
        "Order desk: reasoning.summary (“auto”)",
        'Order desk: tools (“[{"type": "web_search"}]”)',
    ]
    assert len(carried(tmp_path, "openai", OPENAI["data"][0]).documents) == 1


def test_langsmith(tmp_path: Path) -> None:
    found = carried(tmp_path, "langsmith", LANGSMITH)
    answers = by_slug(found)["rag-answers"]
    assert (answers.wording["text"], answers.wording["model"]) == ("Answer from {{ context }}.", "gpt-large")
    assert [one["name"] for one in answers.wording["variables"]] == ["context"]
    assert answers.wording["parameters"] == {"temperature": 0.2}
    assert found.left_out == [
        'rag-answers: tools (“[{"type": "function"}]”)',
        "rag-answers: message 2, of the role placeholder (“chat_history”)",
        "rag-answers: message 3, of the role user (“{{ question }}”)",
        "rag-answers: 2 examples",
    ]
    assert by_slug(carried(tmp_path, "langsmith", LANGSMITH["manifest"]["kwargs"]["first"]))["langsmith-prompt"].wording["text"]


def test_the_first_of_langsmiths_fallbacks_is_the_fallback_model(tmp_path: Path) -> None:
    data = copy.deepcopy(LANGSMITH)
    models = [{"lc": 1, "id": ["langchain", "ChatOpenAI"], "kwargs": {"model": name}} for name in ("gpt-small", "gpt-tiny")]
    steps = data["manifest"]["kwargs"]
    steps["last"] = {"lc": 1, "id": ["langchain", "RunnableWithFallbacks"], "kwargs": {"runnable": steps["last"], "fallbacks": models}}
    found = carried(tmp_path, "langsmith", data)
    answers = by_slug(found)["rag-answers"]
    assert (answers.wording["model"], answers.fallback_model) == ("gpt-large", "gpt-small")
    assert any("2 fallbacks as such" in one and "gpt-tiny" in one for one in found.left_out)
    for odd in (3, None, [3, None], [{"lc": 1, "id": ["RunnableWithFallbacks"], "kwargs": {"fallbacks": [[]]}}]):
        steps["last"]["kwargs"]["fallbacks"] = odd
        assert by_slug(carried(tmp_path, "langsmith", data))["rag-answers"].fallback_model == ""


def test_promptfoo(tmp_path: Path) -> None:
    found = carried(tmp_path, "promptfoo", PROMPTFOO)
    first, chat = found.documents
    assert first.wording["text"] == "Translate to {{language}}: {{text}}"
    assert chat.name == "Chat"
    assert chat.wording == {
        **wording_of(None),
        "text": "You are a clerk.",
        "model": "gpt-small",
        "parameters": {"temperature": 0, "max_output_tokens": 50},
        "starters": [],
    }
    told = "\n".join(found.left_out)
    assert "its text, which is in a file of its own (“file://prompts/other.txt”)" in told
    assert "Labelled: all of it, for it has no system prompt" in told
    assert "Chat: seed (“7”)" in told and "Chat: tests of the configuration" in told
    assert "Chat: message 2, of the role user (“{{question}}”)" in told


SHAPES = {"langfuse": LANGFUSE, "openai": OPENAI, "langsmith": LANGSMITH, "promptfoo": PROMPTFOO}


@pytest.mark.parametrize("product", READERS)
def test_a_file_is_recognised_by_its_shape(tmp_path: Path, product: str) -> None:
    for other, data in SHAPES.items():
        if other == product:
            assert carried(tmp_path, product, data).documents
            continue
        with pytest.raises(FilesRefused, match=r"This isn’t what|no JSON"):
            carried(tmp_path, product, data)
    with pytest.raises(FilesRefused, match=f"--from {'openai' if product != 'openai' else 'langfuse'}"):
        carried(tmp_path, product, OPENAI if product != "openai" else LANGFUSE)


@pytest.mark.parametrize("product", READERS)
@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "null", "3", '"a"', "[[]]", "[" * 100_000, '[{"name": 1}]', '{"prompts": null}'])
def test_a_file_of_another_shape_is_refused(tmp_path: Path, product: str, content: str) -> None:
    with pytest.raises(FilesRefused):
        carried(tmp_path, product, content)


@pytest.mark.parametrize(
    ("product", "data"),
    [
        (
            "langfuse",
            [{"name": "a", "prompt": [None, 3, {"role": 4, "content": {"x": 1}}], "config": 7, "labels": 3, "tags": "t", "version": "x"}],
        ),
        ("openai", [{"id": "pmpt_1", "instructions": [3], "reasoning": "high", "variables": {"a": 1}, "model": {"x": 1}}]),
        ("langsmith", {"lc": 1, "id": ["x"], "kwargs": {"messages": [3, None, {"lc": 1, "id": ["HumanMessage"], "kwargs": None}]}}),
        ("langsmith", {"lc": 1, "id": [3], "kwargs": {"first": 1}}),
        ("promptfoo", {"prompts": [None, 3, {"raw": ["a"]}], "providers": [{}]}),
        ("promptfoo", "prompts: [{raw: a, 2020-01-01: {2020-01-01: !!set {b}}, 1: 2}]\nproviders: x\ntests: {~: 1}"),
        ("promptfoo", "prompts:\n - |\n  - role: system\n    content: {2020-01-01: 1}\nproviders: x"),
    ],
)
def test_odd_values_are_told_and_break_nothing(tmp_path: Path, product: str, data: object) -> None:
    found = carried(tmp_path, product, data)
    assert found.documents or found.left_out


ODD = [3, float("inf"), "a\0\ud83d", {}, [[]], ["\udfff"], {"\ud800": 1}, {"lc": 1, "id": [{}], "kwargs": []}]


def with_each_value_odd(data: Any) -> Iterator[Any]:
    """The data with an odd value in place of each that is in it, one after the other."""
    yield from ODD
    if isinstance(data, dict | list):
        for name, value in data.items() if isinstance(data, dict) else enumerate(data):
            for other in with_each_value_odd(value):
                made: Any = data.copy()
                made[name] = other
                yield made


@pytest.mark.parametrize("product", ["langfuse", "openai", "langsmith"])
def test_whatever_is_odd_is_refused_or_taken_and_can_be_kept(tmp_path: Path, product: str) -> None:
    for data in with_each_value_odd(SHAPES[product]):
        try:
            found = carried(tmp_path, product, json.dumps(data))
        except FilesRefused:
            continue
        kept = json.dumps([[document.wording, document.name, document.description] for document in found.documents], ensure_ascii=False)
        assert "\\u0000" not in kept
        (kept + "".join(found.left_out)).encode()
        assert "\n" not in "".join(found.left_out)


@pytest.mark.parametrize("levels", [101, 980])
def test_what_is_nested_deep_is_refused(tmp_path: Path, levels: int) -> None:
    deep = "[" * levels + "]" * levels
    for product, content in {
        "langfuse": f'[{{"name": "a", "prompt": "x", "config": {{"z": {deep}}}}}]',
        "openai": f'{{"id": "pmpt_1", "instructions": "x", "z": {deep}}}',
        "promptfoo": f"prompts: [{{raw: a, z: {deep}}}]\nproviders: x",
    }.items():
        with pytest.raises(FilesRefused, match=r"can’t be read|can be read"):
            carried(tmp_path, product, content)


@pytest.mark.django_db
def test_a_terminal_is_told_nothing_that_it_obeys(tmp_path: Path) -> None:
    User.objects.create_user("anna")
    path, out = tmp_path / "export.json", io.StringIO()
    path.write_text(json.dumps([{**LANGFUSE[0], "name": "a\x1b[2J", "commitMessage": "b\x1b]0;c\x07\nd" * 9, "tags": ["\x9b2J"]}]))
    call_command("prompts", "import", str(path), "--from", "langfuse", "--author", "anna", stdout=out)
    assert "its commit message (“b" in out.getvalue()
    assert not set("\x1b\x07\x9b") & set(out.getvalue())


def test_two_prompts_with_one_slug_are_told(tmp_path: Path) -> None:
    found = carried(tmp_path, "langfuse", [{"name": name, "prompt": "x", "version": 1} for name in ("My prompt", "my-prompt")])
    assert len(found.documents) == 1
    assert found.left_out == ["my-prompt: all of it, for “My prompt” has the same slug, my-prompt"]


@pytest.mark.django_db
def test_they_become_drafts_and_leave_what_is_there(tmp_path: Path) -> None:
    User.objects.create_user("anna")
    there = SystemPrompt.objects.create(slug="plain", name="Ours", audience="staff")
    there.publish(text="Ours.")
    path = tmp_path / "export.json"
    path.write_text(json.dumps(LANGFUSE), encoding="utf-8")
    out = io.StringIO()
    call_command("prompts", "import", str(path), "--from", "langfuse", "--author", "anna", stdout=out)
    there.refresh_from_db()
    new = SystemPrompt.objects.get(slug="shopmovie-critic")
    assert (there.name, there.audience, there.published.text, drafts.edited(there)["text"]) == ("Ours", "staff", "Ours.", "Be plain.")
    assert new.published is None and drafts.edited(new)["model"] == "gpt-large"
    assert "Not carried over – shop/movie-critic: its tags movies." in out.getvalue()
    call_command("prompts", "import", str(path), "--from", "langfuse", "--author", "anna", stdout=out)
    assert "0 files imported, 2 unchanged" in out.getvalue()
    with pytest.raises(CommandError, match="it looks like --from langfuse"):
        call_command("prompts", "import", str(path), "--from", "openai", "--author", "anna", stdout=out)


def test_values_beside_an_openai_prompt_become_defaults(tmp_path: Path) -> None:
    prompt = {"id": "pmpt_1", "name": "A", "instructions": "On {{topic}} for {{userName}}.", "variables": {"topic": "owls"}}
    found = carried(tmp_path, "openai", prompt)
    assert found.documents[0].wording["variables"] == [
        {"name": "topic", "type": "long_text", "default": "owls"},
        {"name": "userName", "type": "long_text", "required": True},
    ]
    assert found.left_out == []


@pytest.mark.parametrize(
    ("template_format", "text", "expected"),
    [
        ("f-string", 'Give {{"a": {value}}} to {who}', 'Give {"a": {{ value }}} to {{ who }}'),
        ("mustache", "Give {a} to {{who}}", "Give {a} to {{who}}"),
    ],
)
def test_langsmith_templates_are_read_in_their_format(tmp_path: Path, template_format: str, text: str, expected: str) -> None:
    message = template("SystemMessagePromptTemplate", text)
    message["kwargs"]["prompt"]["kwargs"]["template_format"] = template_format
    manifest = {"lc": 1, "type": "constructor", "id": ["ChatPromptTemplate"], "kwargs": {"messages": [message]}}
    (document,) = carried(tmp_path, "langsmith", manifest).documents
    assert document.wording["text"] == expected


@pytest.mark.parametrize(
    ("roles", "taken", "told"),
    [
        ("s ua", "ua", []),
        ("s ua ua u", "uaua", [6]),
        ("s u", "", [2]),
        ("s uu a", "", [2, 3, 4]),
        ("s a ua", "", [2, 3, 4]),
        ("s ua p ua", "ua", [4, 5, 6]),
        ("ua s ua", "ua", [4, 5]),
        ("s " + "ua" * 12, "ua" * 10, [22, 23, 24, 25]),
    ],
)
def test_questions_with_answers_are_examples(tmp_path: Path, roles: str, taken: str, told: list[int]) -> None:
    names = {"s": "system", "u": "user", "a": "assistant"}
    messages = [
        {"type": "placeholder", "name": "history"} if role == "p" else {"role": names[role], "content": f"{role} {{{{ topic }}}}"}
        for role in roles.replace(" ", "")
    ]
    found = carried(tmp_path, "langfuse", json.dumps([{"name": "a", "version": 1, "prompt": messages}]))
    (document,) = found.documents
    assert [(one["role"], one["text"]) for one in document.wording["examples"]] == [
        (names[role], f"{role} {{{{ topic }}}}") for role in taken
    ]
    assert [int(line.split()[2].rstrip(",")) for line in found.left_out if "message" in line] == told
    assert [one["name"] for one in document.wording["variables"]] == ["topic"]


def test_what_is_too_long_or_no_text_is_no_example(tmp_path: Path) -> None:
    for content in ("x" * 20_001, " ", [{"type": "image_url"}]):
        said = [{"role": "system", "content": "a"}, {"role": "user", "content": content}, {"role": "assistant", "content": "b"}]
        found = carried(tmp_path, "langfuse", json.dumps([{"name": "a", "version": 1, "prompt": said}]))
        assert found.documents[0].wording["examples"] == [] and len(found.left_out) == 2


def test_a_name_is_taken_over_without_what_turns_the_page() -> None:
    assert Found("Order\u202e desk\u2069").document("x.json").name == "Order desk"
