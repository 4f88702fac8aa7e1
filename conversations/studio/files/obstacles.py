"""What stands in the way of documents that an import would make live: each is told at its file, with what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.models import LIVE, SystemPrompt, User
from conversations.studio import approvals, required_cases, rights, sendable
from conversations.studio.wording import wording_of

from .comparison import Standing
from .document import Document
from .problems import Problem


def changed_on_site(prompt: SystemPrompt, found: Standing, document: Document) -> str:
    live = prompt.published
    author = live.author.get_username() if live and live.author else "an unknown user"
    now = f"version {live.number} by {author} is live" if live else "nothing of it is live"
    if found == Standing.SITE_CHANGED:
        return (
            f"“{prompt.slug}” was changed on the site after this file was exported ({now}), and the file wasn’t: "
            "export takes the change over, --force puts the file’s prompt in its place."
        )
    since = "was changed on the site after this file was exported" if document.base else "is on the site and says something else"
    return f"“{prompt.slug}” {since} ({now}), and so was the file: see both with diff, then --force has the file win."


def refused(document: Document, prompt: SystemPrompt | None, author: User) -> str:
    """Why it is not this author who changes what users get here."""
    says_another = prompt is not None and not (prompt.published and wording_of(prompt.published) == document.wording)
    if prompt and prompt.live_reserved and says_another and not rights.may_move_live(author, prompt):
        return f"“{LIVE}” of “{prompt.slug}” is moved by {rights.who_moves_live(prompt)}, not by {author}: import it with --draft."
    if document.default and prompt and prompt.archived:
        return f"“{prompt.slug}” is archived on the site: restore it there before it becomes the default."
    if document.default and not (prompt and prompt.is_default):
        return rights.refused_default(author, prompt)
    return ""


def lacks(document: Document, prompt: SystemPrompt) -> str:
    """What the prompt asks for before this becomes live, and how to get it."""
    live = prompt.published
    if live and wording_of(live) == document.wording:
        return ""
    if missing := approvals.missing(prompt, document.wording):
        return f"{missing} of {prompt.approvals_needed} approvals: import it with --draft, have it approved"
    missing = required_cases.missing(prompt, document.wording)
    return f"{missing} of {max(1, prompt.cases.count())} passed cases: import it with --draft, run its cases" if missing else ""


def unsendable(document: Document, prompt: SystemPrompt | None) -> list[Problem]:
    """What is live already stays as it is, whatever it says."""
    if prompt and prompt.published and wording_of(prompt.published) == document.wording:
        return []
    return [
        Problem(document.source, document.text_line + problem.line - 1, f"Column {problem.column}: {problem.sentence}")
        for problem in sendable.problems(document.wording)
    ]


def without_default(taken: Sequence[Document], prompts: dict[str, SystemPrompt]) -> list[Problem]:
    if any(document.default for document in taken):
        return []
    sentence = "This is the default prompt, and there must be one: write “default: true” here, or into another prompt’s file."
    losing = [document for document in taken if document.slug in prompts and prompts[document.slug].is_default]
    return [Problem(document.source, 1, sentence) for document in losing]
