"""The folder of prompts: `<slug>.md` for each."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug

from conversations.studio.bounds import MAX_SLUG_CHARACTERS

from .document import Document
from .folder import Folder
from .format import rebased
from .parsing import parse
from .problems import Problem


class PromptFolder(Folder[Document]):
    def check_name(self, slug: str) -> None:
        check_slug(slug)

    def parse(self, content: str, slug: str, source: str) -> Document:
        return parse(content, slug, source)

    def with_base(self, content: str, base: str) -> str | None:
        return rebased(content, base)

    def check_together(self, documents: dict[str, Document]) -> list[Problem]:
        defaults = [document for document in documents.values() if document.default]
        return [Problem(one.source, 1, f"“{defaults[0].slug}” is the default prompt, too: there is one.") for one in defaults[1:]]


def check_slug(slug: str) -> None:
    try:
        validate_slug(slug)
    except ValidationError as error:
        sentence = "A prompt’s file is named after its slug: letters, digits, hyphens and underscores, then .md."
        raise ValidationError(sentence) from error
    if len(slug) > MAX_SLUG_CHARACTERS:
        raise ValidationError(f"A slug has at most {MAX_SLUG_CHARACTERS} characters.")
