"""The texts of fragments with what includes them: how they differ between two wordings, and what a version told at a moment."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from conversations.models import PromptDraft, PromptVersion, Worded
from conversations.rendering import fragments, text
from conversations.rendering.fragments import Library
from conversations.rendering.syntax import Name, may_hold_names, pieces
from conversations.rendering.text import Part

from .text_difference import compare
from .wording import ChangedPart, Difference, difference, texts_of, wording_of


class Told(NamedTuple):
    """One text of a version, as it was sent."""

    what: str
    parts: list[Part]


def told_at(version: PromptVersion, moment: datetime) -> tuple[list[Told], Library]:
    """The texts of a version that include something, as its answers began at this moment: with the fragments and the day of then, and
    the names where values of users go.

    Raises NotFilled.
    """
    policy, texts = fragments.site_policy(moment), _templates(version)
    library = fragments.library([policy, *texts], at=moment)
    values = _names(texts, library) | {"date": timezone.localdate(moment).isoformat()}
    labels = ["Text", *(f"Example {number}: {one['role']}" for number, one in enumerate(version.examples, 1))]
    named = [(what, said) for what, said in zip(labels, texts, strict=False) if may_hold_names(said)]
    named = [("Site policy", policy), *named] if policy else named
    return [Told(what, text.parts(said, values, library)) for what, said in named], library


def compared(old: Worded | None, new: Worded | None, old_at: datetime | None = None, new_at: datetime | None = None) -> Difference:
    """What differs between two wordings, and between their fragments, each as they were at its moment, or else are now."""
    found = difference(wording_of(old), wording_of(new))
    before, after = _of(old, old_at), _of(new, new_at)
    changed = [_changed(name, before.get(name, {}), after.get(name, {})) for name in sorted(before | after)]
    return found._replace(parts=[*found.parts, *(part for part in changed if part.lines)])


def listed(library: Library) -> str:
    """Such as “signature v1, tone v3”."""
    return ", ".join(sorted({f"{name} v{found.number}" for (name, _), found in library.items()}))


def _of(worded: Worded | None, at: datetime | None) -> dict[str, dict[int, str]]:
    """By the name of a fragment, the versions that are included and what they say."""
    found: dict[str, dict[int, str]] = {}
    for (name, _), one in fragments.library(_templates(worded), at=at).items():
        found.setdefault(name, {})[one.number] = one.text
    return found


def _changed(name: str, before: dict[int, str], after: dict[int, str]) -> ChangedPart:
    label = f"Fragment “{name}”, {_numbers(before)} → {_numbers(after)}"
    return ChangedPart(label, [] if before.keys() == after.keys() else compare(_joined(before), _joined(after)))


def _numbers(versions: dict[int, str]) -> str:
    return " and ".join(f"version {number}" for number in sorted(versions)) or "not included"


def _joined(versions: dict[int, str]) -> str:
    return "\n".join(versions[number] for number in sorted(versions))


def _templates(worded: Worded | None) -> list[str]:
    """The texts that may include fragments: none of a version from before there were any."""
    is_template = isinstance(worded, PromptDraft) or (isinstance(worded, PromptVersion) and worded.is_template)
    return texts_of(wording_of(worded)) if is_template else []


def _names(texts: list[str], library: Library) -> dict[str, str]:
    """For every name in them the name, as it is written."""
    every = (piece for one in (*texts, *(one.text for one in library.values())) for piece in pieces(one) if isinstance(piece, Name))
    return {piece.name: f"{{{{ {piece.name} }}}}" for piece in every}
