"""A text is filled in with given values and fragments alone, once, in time that grows with the text; what can't be is told with its place."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.rendering.fragments import Found, Library
from conversations.rendering.text import MAX_CHARACTERS, NotFilled, filled, parts, problems

VALUES = {"user.name": "Anna", "language": "French"}
LIBRARY: Library = {
    ("tone", None): Found(3, "Be kind, {{ user.name }}."),
    ("tone", 1): Found(1, "Be."),
    ("outer", None): Found(1, "({{> tone }})"),
    ("loop", None): Found(1, "{{> pool }}"),
    ("pool", None): Found(1, "{{> loop }}"),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("Nothing to fill in. {a} } }} { \\{ 100 %", "Nothing to fill in. {a} } }} { \\{ 100 %"),
        ("Hello {{user.name}}, in {{  language  }}!", "Hello Anna, in French!"),
        ("{{language}}{{language}}", "FrenchFrench"),
        ("Write \\{{ name }} and \\{{> tone }}.", "Write {{ name }} and {{> tone }}."),
        ("{{> tone }}|{{>tone@1}}|{{> outer }}", "Be kind, Anna.|Be.|(Be kind, Anna.)"),
        ("Ünïcödé 🦉 {{ language }} 🦉", "Ünïcödé 🦉 French 🦉"),
    ],
)
def test_names_and_fragments_are_put_in(text: str, expected: str) -> None:
    assert filled(text, VALUES, LIBRARY) == expected
    assert problems(text, VALUES, LIBRARY) == []


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("Hello {{ nmae }}", 1, 7, "no variable “nmae”"),
        ("One\n  {{ user.password }}", 2, 3, "no variable “user.password”"),
        ("{{ user.name.__class__ }}", 1, 1, "no variable"),
        ("{{> nothing }}", 1, 1, "no fragment “nothing”."),
        ("{{> tone@2 }}", 1, 1, "no fragment “tone” with a version 2."),
        ("{{ language | upper }}", 1, 1, "name nothing"),
        ("{% for %}\n{{ 7*7 }}", 2, 1, "name nothing"),
        ("{{{{ language }}}}", 1, 1, "name nothing"),
        ("{{", 1, 1, "name nothing"),
        ("{{ langu\nage }}", 1, 1, "name nothing"),
        ("{{> loop }}", 1, 1, "includes itself: loop → pool → loop"),
    ],
)
def test_what_cannot_be_filled_in_is_told_with_its_place(text: str, line: int, column: int, words: str) -> None:
    found = problems(text, VALUES, LIBRARY)[0]
    assert (found.line, found.column) == (line, column)
    assert words in found.sentence
    with pytest.raises(NotFilled) as refused:
        filled(text, VALUES, LIBRARY)
    assert refused.value.problems[0] == found


@given(st.text(st.sampled_from("{}>\\ ab.@1\n🦉\0")), st.text(st.sampled_from("{}>\\ ab.@1\n🦉\0")))
def test_what_is_put_in_is_never_read_again(name: str, language: str) -> None:
    values = {"user.name": name, "language": language}
    assert filled("{{ user.name }}|{{> outer }}|{{ language }}", values, LIBRARY) == f"{name}|(Be kind, {name}.)|{language}"


@given(st.text(st.sampled_from("{}>\\ ab.@1\n🦉")))
def test_a_text_without_opening_braces_stays_as_it_is(text: str) -> None:
    text = text.replace("{{", "")
    assert filled(text, {}, {}) == text
    escaped = text.replace("a", "{{").replace("{{{", "{{")
    try:
        whole = filled(escaped, VALUES, LIBRARY)
    except NotFilled:
        assert problems(escaped, VALUES, LIBRARY)
    else:
        assert not problems(escaped, VALUES, LIBRARY)
        assert "".join(part.text for part in parts(escaped, VALUES, LIBRARY)) == whole


def test_fragments_go_five_deep_and_no_deeper() -> None:
    library: Library = {(f"f{depth}", None): Found(1, f"{depth}{{{{> f{depth + 1} }}}}") for depth in range(1, 6)}
    library["f5", None] = Found(1, "5")
    assert filled("{{> f1 }}", {}, library) == "12345"
    library["f5", None], library["f6", None] = Found(1, "5{{> f6 }}"), Found(1, "6")
    with pytest.raises(NotFilled, match="5 deep at most"):
        filled("{{> f1 }}", {}, library)
    assert problems("{{> f1 }}", {}, library)


@pytest.mark.parametrize("leaf", ["", "x" * 50, "{{ language }}"])
def test_fragments_that_multiply_end_at_a_bound(leaf: str) -> None:
    library: Library = {(f"f{depth}", None): Found(1, f"{{{{> f{depth + 1} }}}}" * 5000) for depth in range(1, 5)}
    library["f5", None] = Found(1, leaf)
    began = time.thread_time()
    assert problems("{{> f1 }}", VALUES, library)
    with pytest.raises(NotFilled, match=f"{MAX_CHARACTERS:,}"):
        filled("{{> f1 }}", VALUES, library)
    assert time.thread_time() - began < 10


def test_long_and_hostile_texts_are_read_in_one_go() -> None:
    began = time.thread_time()
    for hostile in ("{{ " * 60_000, "{{>" + " " * 150_000, "{{" + "a" * 150_000, "\\{{" * 50_000, "{" * 150_000, "{{ language }}" * 10_000):
        problems(hostile, VALUES, LIBRARY)
    assert time.thread_time() - began < 10
