"""A file of another product, read as documents, with what of it can't be carried over told by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from conversations.studio.files.document import Document
from conversations.studio.files.folder import read_text
from conversations.studio.files.problems import FilesRefused, Problem
from conversations.studio.files.safe_yaml import YamlProblem, read_plain

from . import langfuse, langsmith, openai, promptfoo
from .found import Found, NotRecognised, one_line
from .json_values import as_json

READERS: dict[str, Callable[[Any], list[Found]]] = {
    "langfuse": langfuse.read,
    "openai": openai.read,
    "langsmith": langsmith.read,
    "promptfoo": promptfoo.read,
}
BY_MARKS = ("langsmith", "openai", "promptfoo", "langfuse")
"""In this order: what Langfuse writes has the fewest marks of its own."""


class Carried(NamedTuple):
    documents: list[Document]
    left_out: list[str]
    """What isn't in the documents, each with the prompt that it belonged to."""


def read(path: Path, product: str) -> Carried:
    """FilesRefused where the file can't be read, or isn't what `product` writes."""
    source = str(path)
    data = _data(read_text(path), source, product)
    try:
        prompts = READERS[product](data)
    except NotRecognised as error:
        others = [name for name, reader in READERS.items() if name != product and _reads(reader, data)]
        hint = f": it looks like --from {others[0]}" if others else ""
        raise FilesRefused([Problem(source, 1, f"This isn’t what {product} writes{hint}.")]) from error
    return _carried(prompts, source)


def product_of(data: Any) -> str:
    """Which product wrote it; empty where none did."""
    return next((name for name in BY_MARKS if _reads(READERS[name], data)), "")


def carried(data: Any, product: str, source: str) -> Carried:
    """What was read of it, which `product_of` has found to be this product's."""
    return _carried(READERS[product](data), source)


def _reads(reader: Callable[[Any], list[Found]], data: Any) -> bool:
    try:
        return bool(reader(data))
    except NotRecognised:
        return False


def _data(content: str, source: str, product: str) -> Any:
    content = content.removeprefix("\ufeff")
    try:
        return as_json(read_plain(content) if product == "promptfoo" else json.loads(content))
    except YamlProblem as problem:
        raise FilesRefused([Problem(source, problem.line + 1, problem.sentence)]) from problem
    except json.JSONDecodeError as error:
        raise FilesRefused([Problem(source, error.lineno, f"This is no JSON: {error.msg}.")]) from error
    except (RecursionError, ValueError) as error:
        raise FilesRefused([Problem(source, 1, "This can’t be read: too deep, or no such number.")]) from error


def _carried(prompts: list[Found], source: str) -> Carried:
    documents: dict[str, Document] = {}
    left_out: list[str] = []
    for found in prompts:
        document = found.document(source)
        if not found.has_text:
            left_out.append(f"{found.name}: all of it, for it has no system prompt")
        elif document.slug in documents:
            left_out.append(f"{found.name}: all of it, for “{documents[document.slug].name}” has the same slug, {document.slug}")
        else:
            documents[document.slug] = document
        left_out += [f"{found.name}: {what}" for what in found.left_out]
    return Carried(list(documents.values()), [one_line(what) for what in left_out])
