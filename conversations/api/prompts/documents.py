"""Prompts, their versions and drafts as JSON."""

from __future__ import annotations

from typing import Any

from conversations.models import PromptDraft, PromptVersion, SystemPrompt
from conversations.rendering import fragments
from conversations.studio import sendable
from conversations.studio.wording import texts_of, wording_of


def of_prompt(prompt: SystemPrompt) -> dict[str, Any]:
    return {
        "object": "prompt",
        "slug": prompt.slug,
        "name": prompt.name,
        "description": prompt.description,
        "audience": prompt.audience,
        "default": prompt.is_default,
        "tags": prompt.tags,
        "archived": prompt.archived is not None,
    }


def of_version(prompt: SystemPrompt, version: PromptVersion, labels: list[str]) -> dict[str, Any]:
    """What a version says, with the fragments that its texts include, in their current versions or those that they are pinned to."""
    wording = wording_of(version)
    return {
        **of_prompt(prompt),
        "version": version.number,
        "labels": labels,
        "note": version.note,
        "created": int(version.created.timestamp()),
        **wording,
        "fragments": _fragments(texts_of(wording)) if version.is_template else [],
    }


def of_draft(prompt: SystemPrompt, draft: PromptDraft | None) -> dict[str, Any]:
    """What an editor of the prompt begins with; revision 0 is what is live, for there is no draft."""
    worded = draft or prompt.published
    wording = wording_of(worded)
    return {
        "object": "prompt.draft",
        "slug": prompt.slug,
        "revision": draft.revision if draft else 0,
        "author": draft.author.get_username() if draft and draft.author else None,
        **wording,
        "problems": [str(problem) for problem in sendable.problems(wording)],
    }


def _fragments(texts: list[str]) -> list[dict[str, Any]]:
    found = {(name, one.number): one.text for (name, _), one in fragments.library(texts).items()}
    return [{"name": name, "version": number, "text": text} for (name, number), text in sorted(found.items())]
