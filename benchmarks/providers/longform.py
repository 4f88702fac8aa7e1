"""Long answers of several kinds, the same on every run."""

from __future__ import annotations

import random
from collections.abc import Callable

VOCABULARY = """
    the of and to in that is was for on as with by at from it an be this which or are not but had his they her she have one all there been
    light water number between country system question answer network message history careful because several through language growing
"""
WORDS = VOCABULARY.split()
CODE = """```python
def mean(values: list[float]) -> float:
    # an empty list has none
    if not values:
        raise ValueError("nothing to average")
    return sum(values) / len(values)


for name, rows in groups.items():
    print(f"{name}: {mean(rows):.2f}")
```"""


def prose(length: int) -> str:
    """Headings, paragraphs, lists, code, formulas and a table, as models write them."""
    chance, parts, size, section = random.Random(1), [], 0, 0
    while size < length:
        section += 1
        parts += [
            f"## Part {section}",
            _paragraph(chance, 60),
            "\n".join(f"- **{_words(chance, 2)}** {_words(chance, 12)}" for _ in range(5)),
        ]
        parts += [_paragraph(chance, 40) + r" The area is $\pi r^2$, and \(e^{i\pi} = -1\).", CODE, _paragraph(chance, 80)]
        parts += ["\n".join(f"{number}. {_words(chance, 15)} `{_words(chance, 1)}`" for number in range(1, 6))]
        parts += ["| name | size | note |\n|:--|--:|---|\n" + "\n".join(_row(chance) for _ in range(6)), f"> {_words(chance, 25)}"]
        if section % 3 == 0:
            parts.append("$$\n\\int_0^1 x^2\\,dx = \\frac{1}{3}\n$$")
        size = sum(map(len, parts))
    return "\n\n".join(parts)[:length]


def fence(length: int) -> str:
    chance, lines, size = random.Random(2), [], 0
    while size < length:
        lines.append(f"{' ' * 4 * chance.randrange(4)}{_words(chance, 1)} = {_words(chance, 3).replace(' ', '_')}({chance.random():.4f})")
        size += len(lines[-1]) + 1
    return "```python\n" + "\n".join(lines)[: length - 14] + "\n```"


def paragraph(length: int) -> str:
    chance = random.Random(3)
    return " ".join(_sentence(chance) for _ in range(length // 60))[:length]


def table(length: int) -> str:
    chance, lines, size = random.Random(4), ["| name | size | note |", "|:--|--:|---|"], 0
    while size < length:
        lines.append(_row(chance))
        size += len(lines[-1]) + 1
    return "\n".join(lines)[:length]


def bullets(length: int) -> str:
    chance, lines, size = random.Random(5), [], 0
    while size < length:
        lines.append(f"{'  ' * chance.randrange(2)}- {_words(chance, 14)}")
        size += len(lines[-1]) + 1
    return "\n".join(lines)[:length]


KINDS: dict[str, Callable[[int], str]] = {"prose": prose, "fence": fence, "paragraph": paragraph, "table": table, "list": bullets}


def message(number: int) -> str:
    """One message of a long conversation: a question, or an answer of about 1.5 KB."""
    chance = random.Random(number)
    if number % 2 == 0:
        return f"Question {number}: {_words(chance, chance.randrange(4, 40))}?"
    items = "\n".join(f"{index}. {_words(chance, 12)}" for index in range(1, 6))
    return "\n\n".join([f"Answer {number}. {_paragraph(chance, 60)}", items, CODE, _paragraph(chance, chance.randrange(20, 120))])


def _words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(count))


def _sentence(chance: random.Random) -> str:
    words = _words(chance, chance.randrange(6, 14)).split()
    if chance.random() < 0.3:
        words[2] = f"**{words[2]}**"
    return " ".join(words).capitalize() + "."


def _paragraph(chance: random.Random, words: int) -> str:
    return " ".join(_sentence(chance) for _ in range(max(1, words // 10)))


def _row(chance: random.Random) -> str:
    return f"| {_words(chance, 2)} | {chance.randrange(10_000)} | {_words(chance, 4)} |"
