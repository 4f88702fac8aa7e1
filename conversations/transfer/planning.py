"""What an import of files would make and change, item by item, with what the user may do."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from conversations.evaluation.files import case_folder, case_importing
from conversations.evaluation.files.case_folder import CasesDocument, names_of
from conversations.models import Audience, Fragment, ModelChoice, SystemPrompt, User
from conversations.rendering.fragments import Library
from conversations.studio import drafts, fragment_drafts, sendable
from conversations.studio.files import fragment_folder
from conversations.studio.files.document import Document, digest
from conversations.studio.files.importing import differing
from conversations.studio.text_difference import Line, compare
from conversations.studio.wording import Difference, difference, wording_of

from . import folder_import
from .folder_import import Imported
from .folders import Documents

MAX_COMPARED_CHARACTERS = 200_000
"""Of all texts that are compared for one page, so that it comes within seconds."""


class Rights(NamedTuple):
    add: bool
    change: bool
    publish: bool
    evaluate: bool


@dataclass(slots=True)
class Item:
    key: str
    """Such as “prompts/support”."""
    title: str
    does: str
    """What would become of it, in a sentence without a full stop."""
    state: Literal["new", "changed", "replaces", "same", "refused"]
    before: str
    """A digest of what the site has."""
    difference: Difference | None = None
    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def may_be_taken(self) -> bool:
        return self.state in ("new", "changed", "replaces")


class Plan(NamedTuple):
    items: list[Item]
    seen: str
    """Another one where the site has changed since."""


def plan(documents: Documents, rights: Rights) -> Plan:
    room = _Room()
    items = [*_prompts(documents, rights, room), *_fragments(documents, rights, room), *_cases(documents, rights)]
    return Plan(items, digest([[item.key, item.state, item.before] for item in items]))


def take(documents: Documents, chosen: Collection[str], rights: Rights, author: User) -> Imported:
    """Only what the plan lets be taken, as drafts. FilesRefused where something in it can't be. The caller has compared `seen`."""
    allowed = {item.key for item in plan(documents, rights).items if item.may_be_taken} & set(chosen)
    prompts = {slug: _fitting(one, rights) for slug, one in documents.prompts.items() if f"prompts/{slug}" in allowed}
    fragments = {name: one for name, one in documents.fragments.items() if f"fragments/{name}" in allowed}
    there = set(SystemPrompt.objects.filter(slug__in=documents.cases).values_list("slug", flat=True))
    cases = {slug: one for slug, one in documents.cases.items() if f"cases/{slug}" in allowed and slug in there | prompts.keys()}
    return folder_import.save_drafts(Documents(fragments, prompts, cases), author, force=True)


class _Room:
    """How much may still be compared."""

    def __init__(self) -> None:
        self.left = MAX_COMPARED_CHARACTERS

    def has(self, *texts: str) -> bool:
        self.left -= sum(map(len, texts))
        return self.left >= 0


def _prompts(documents: Documents, rights: Rights, room: _Room) -> Iterator[Item]:
    prompts = SystemPrompt.objects.select_related("published", "draft").filter(slug__in=documents.prompts)
    there = {prompt.slug: prompt for prompt in prompts}
    for slug, document in documents.prompts.items():
        prompt = there.get(slug)
        before = drafts.edited(prompt) if prompt else wording_of(None)
        item = Item(f"prompts/{slug}", document.name, "", "new", digest(before) if prompt else "")
        if prompt is None:
            item.does, allowed = "becomes a new prompt, as a draft", rights.add
        elif before == document.wording:
            item.state, item.does, allowed = "same", "says what is there already", True
        elif drafts.of(prompt):
            item.state, item.does, allowed = "replaces", "takes the place of the draft, which says something else", rights.change
        else:
            item.state, item.does, allowed = "changed", "becomes the draft", rights.change
        if not allowed:
            item.state, item.does = "refused", f"takes the right to {'change' if prompt else 'add'} prompts"
        item.notes = _notes(document, prompt, rights, documents)
        if item.may_be_taken and room.has(before["text"], document.wording["text"]):
            item.difference = difference(before, document.wording)
        elif item.may_be_taken:
            item.notes.append("The difference is not shown: all of them together are too long for a page.")
        yield item


def _notes(document: Document, prompt: SystemPrompt | None, rights: Rights, documents: Documents) -> list[str]:
    notes = []
    if prompt is None and document.default:
        notes.append("It doesn’t become the default prompt: that is chosen where it is published.")
    if prompt is None and _fitting(document, rights) != document:
        notes.append("Who may choose it, what may be chosen, and its fallback model are for those who publish: it begins without.")
    if prompt and (names := differing(document, prompt)):
        notes.append(f"On the site {', '.join(names)} stay{'s' if len(names) == 1 else ''} as before: no part of a draft.")
    library: Library = {(name, None): fragment_folder.as_found(one) for name, one in documents.fragments.items()}
    return notes + [f"It can’t be published like this: {problem}" for problem in sendable.problems(document.wording, library)[:3]]


def _fitting(document: Document, rights: Rights) -> Document:
    """Without what says at once what users get, where the user doesn't publish."""
    if rights.publish:
        return document
    return replace(
        document,
        audience=Audience.EVERYONE,
        model_choice=ModelChoice.NONE,
        listed_models=[],
        effort_choice=False,
        switched_off=[],
        draws=False,
        fallback_model="",
        voice="",
        voice_speed=None,
        voice_instructions="",
    )


def _fragments(documents: Documents, rights: Rights, room: _Room) -> Iterator[Item]:
    there = {
        fragment.name: fragment for fragment in Fragment.objects.select_related("current", "draft").filter(name__in=documents.fragments)
    }
    for name, document in documents.fragments.items():
        fragment = there.get(name)
        before = fragment_drafts.edited(fragment) if fragment else ""
        item = Item(f"fragments/{name}", f"Fragment {name}", "", "new", digest(before) if fragment else "")
        if fragment is None and rights.publish:
            item.does = "becomes a new fragment, which nothing uses yet"
        elif fragment is None:
            item.state, item.does = "refused", "takes the right to publish prompts, for a new fragment is no draft"
        elif before == document.text:
            item.state, item.does = "same", "says what is there already"
        elif not (rights.change or rights.publish):
            item.state, item.does = "refused", "takes the right to change prompts"
        elif hasattr(fragment, "draft"):
            item.state, item.does = "replaces", "takes the place of the draft, which says something else"
        else:
            item.state, item.does = "changed", "becomes the draft"
        if fragment and fragment.description != document.description:
            item.notes.append("On the site description stays as before: no part of a draft.")
        if item.state != "same" and room.has(document.text, before):
            item.lines = compare(before, document.text)
        yield item


def _cases(documents: Documents, rights: Rights) -> Iterator[Item]:
    prompts = {prompt.slug: prompt for prompt in SystemPrompt.objects.filter(slug__in=documents.cases)}
    for slug, document in documents.cases.items():
        prompt = prompts.get(slug)
        item = Item(f"cases/{slug}", f"Cases of {slug}", "", "new", "")
        if not rights.evaluate:
            item.state, item.does = "refused", "takes the right to evaluate prompts"
        elif prompt:
            _compare_cases(item, prompt, document)
        elif slug in documents.prompts:
            item.does = f"{len(document.cases)} new, if the prompt is imported"
        else:
            item.state, item.does = "refused", f"there is no prompt “{slug}”: a file of cases is named after the prompt’s slug"
        yield item


def _compare_cases(item: Item, prompt: SystemPrompt, document: CasesDocument) -> None:
    found, current = case_importing.plan(prompt, document), case_folder.document_of(prompt)
    item.before = current.digest if current else ""
    said = [f"{len(found.new)} new: {names_of(found.new)}"] if found.new else []
    said += [f"{len(found.changed)} changed: {names_of([asked for _, asked in found.changed])}"] if found.changed else []
    item.state, item.does = ("changed", "; ".join(said)) if said else ("same", "say what is there already")
    if found.missing:
        item.notes = [f"Only the site has {names_of(found.missing)}: they stay."]
