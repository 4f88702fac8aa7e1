"""What of a prompt can be a candidate, and which of its cases are run."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from conversations.models import LIVE, Case, SystemPrompt
from conversations.studio import approvals, drafts, labels

from .candidate import Candidate

SHOWN_VERSIONS = 12
DRAFT = "draft"


def available(prompt: SystemPrompt) -> dict[str, Candidate]:
    """By a short name: what is live, the draft, and the latest versions with their labels."""
    found: dict[str, Candidate] = {}
    names = labels.by_version(prompt)
    if prompt.published:
        found[LIVE] = Candidate.of(prompt.published, f"version {prompt.published.number}, live")
    if draft := drafts.of(prompt):
        found[DRAFT] = Candidate.of(draft, "the draft")
    for version in prompt.versions.order_by("-number")[:SHOWN_VERSIONS]:
        if version.pk != prompt.published_id:
            labelled = "".join(f", {name}" for name in names.get(version.pk, []))
            found[str(version.number)] = Candidate.of(version, f"version {version.number}{labelled}")
    return found


def labelled(prompt: SystemPrompt, name: str) -> Candidate | None:
    """What a label points at, the draft, or the version of this number."""
    if name == DRAFT:
        draft = drafts.of(prompt)
        return Candidate.of(draft, "the draft") if draft else None
    version = labels.pointed_at(prompt, name)
    if version is None and name.isdecimal() and len(name) < 10:
        version = prompt.versions.filter(number=int(name)).first()
        return Candidate.of(version, f"version {version.number}") if version else None
    return Candidate.of(version, f"version {version.number}, {name}") if version else None


def with_model(candidate: Candidate, model: str) -> Candidate:
    """The same with another model."""
    wording = {**candidate.wording, "model": model}
    return replace(candidate, label=f"{candidate.label}, {model}", wording=wording, digest=approvals.digest(wording))


def tags(prompt: SystemPrompt) -> Counter[str]:
    """How many cases have each."""
    return Counter(tag for names in prompt.cases.values_list("tags", flat=True) for tag in names)


def with_tag(prompt: SystemPrompt, tag: str) -> list[Case]:
    """All of the prompt's cases where the tag is empty."""
    return [case for case in prompt.cases.all() if not tag or tag in case.tags]
