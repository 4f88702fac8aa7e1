"""What uploaded files are, by what they hold: prompts, fragments and cases of ours, or prompts of other products."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError

from conversations.evaluation.files.case_folder import CaseFolder
from conversations.studio.files import format as files_format
from conversations.studio.files.folder import Folder
from conversations.studio.files.format import FormatProblem
from conversations.studio.files.fragment_folder import FIELDS, FragmentFolder
from conversations.studio.files.problems import FilesRefused, Problem
from conversations.studio.files.prompt_folder import PromptFolder
from conversations.studio.files.safe_yaml import YamlProblem, read_plain
from conversations.studio.foreign import reading
from conversations.studio.foreign.json_values import as_json

from .folders import Documents

UNKNOWN = (
    "This is neither a prompt, a fragment or cases of this program, nor what Langfuse, OpenAI, LangSmith or Promptfoo write. Cases in "
    "other files are imported under Cases."
)
PRODUCTS = {"langfuse": "Langfuse", "openai": "OpenAI", "langsmith": "LangSmith", "promptfoo": "Promptfoo"}


class Recognised(NamedTuple):
    documents: Documents
    sources: list[str]
    """Such as “export.json: 3 prompts of Langfuse”."""
    left_out: list[str]
    """Sentences without a full stop."""
    problems: list[Problem]
    """Of files that aren't taken at all."""


def recognised(texts: Mapping[str, str]) -> Recognised:
    found = Recognised(Documents({}, {}, {}), [], [], [])
    for path, text in texts.items():
        try:
            _take(found, path, text)
        except FilesRefused as refused:
            found.problems.extend(refused.problems)
    return found


def _take(found: Recognised, path: str, text: str) -> None:
    place = PurePosixPath(path)
    if place.suffix == ".md":
        folder: Folder[Any] = FragmentFolder(Path()) if _is_fragment(place, text) else PromptFolder(Path())
        _take_own(found, folder, place.stem, path, text)
        return
    data = _data(path, text)
    if _are_cases(place, data):
        _take_own(found, CaseFolder(Path()), place.stem.removesuffix(".cases"), path, text)
    elif product := reading.product_of(data):
        carried = reading.carried(data, product, path)
        for document in carried.documents:
            _put(found.documents.prompts, document.slug, document, path)
        number = len(carried.documents)
        found.sources.append(f"{path}: {number} prompt{'' if number == 1 else 's'} of {PRODUCTS[product]}")
        found.left_out.extend(carried.left_out)
    else:
        raise FilesRefused([Problem(path, 0, UNKNOWN)])


def _take_own(found: Recognised, folder: Folder[Any], slug: str, path: str, text: str) -> None:
    try:
        folder.check_name(slug)
    except ValidationError as error:
        raise FilesRefused([Problem(path, 0, error.messages[0])]) from error
    document = folder.parse(text, slug, path)
    kinds = {PromptFolder: found.documents.prompts, FragmentFolder: found.documents.fragments, CaseFolder: found.documents.cases}
    _put(kinds[type(folder)], slug, document, path)


def _put(documents: Any, slug: str, document: Any, path: str) -> None:
    if slug in documents:
        raise FilesRefused([Problem(path, 0, f"“{slug}” is in {documents[slug].source}, too: import one of them.")])
    documents[slug] = replace(document, source=path)


def _is_fragment(place: PurePosixPath, text: str) -> bool:
    if place.parent.name == FragmentFolder.inner:
        return True
    try:
        head = files_format.split(text).head
    except FormatProblem:
        return False
    return head.keys() <= FIELDS.keys()  # a prompt has a name


def _data(path: str, text: str) -> Any:
    """What JSON or YAML says, whichever it is."""
    text = text.removeprefix("\ufeff")
    try:
        return as_json(json.loads(text))
    except (ValueError, RecursionError):
        pass
    try:
        return as_json(read_plain(text))
    except YamlProblem as problem:
        raise FilesRefused([Problem(path, problem.line + 1, problem.sentence)]) from problem
    except (RecursionError, ValueError) as error:
        raise FilesRefused([Problem(path, 0, "This can’t be read: it is nested too deep.")]) from error


def _are_cases(place: PurePosixPath, data: Any) -> bool:
    if place.parent.name == CaseFolder.inner:
        return True
    listed = data.get("cases") if isinstance(data, dict) else data
    return isinstance(listed, list) and bool(listed) and all(isinstance(one, dict) and {"ask", "turns"} & one.keys() for one in listed)
