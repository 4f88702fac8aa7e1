"""Fragments that texts include, read with those that they include in turn. Synchronous; asks the database once for each depth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import F, Max, Q

from conversations.models import Fragment, FragmentVersion
from conversations.process_cache import Fresh, kept

from .syntax import Include, may_hold_names, pieces

MAX_DEPTH = 5
SERVED_SECONDS = 1.0
"""After which another site policy counts in every process."""
AT_ONCE = 200
"""So many conditions a database takes in one query."""

Reference = tuple[str, int | None]
"""A fragment's name, and the number of the version that it is pinned to."""


class Found(NamedTuple):
    number: int
    text: str


Library = dict[Reference, Found]


def references(text: str) -> set[Reference]:
    if not may_hold_names(text):
        return set()
    return {(piece.fragment, piece.number) for piece in pieces(text) if isinstance(piece, Include)}


def library(
    texts: Iterable[str], followed: Mapping[str, int] | None = None, given: Library | None = None, at: datetime | None = None
) -> Library:
    """All that the texts include, as deep as is allowed. What there isn't is missing in it.

    `followed`: which version of a fragment is current, where it isn't the one that is now. `at`: what is current is what was so at this
    moment; a fragment that came later is missing. `given` goes before what is stored.
    """
    found: Library = dict(given or {})
    wanted = {one for text in texts for one in references(text)}
    for _ in range(MAX_DEPTH + 1):
        if missing := wanted - found.keys():
            if at is not None:
                missing, followed = _at(missing, at)
            found |= _read(missing, followed or {})
        next_wanted = {one for reference in wanted & found.keys() for one in references(found[reference].text)}
        if next_wanted <= wanted:
            break
        wanted |= next_wanted
    return found


def site_policy(at: datetime | None = None) -> str:
    """A text that includes what stands before each prompt's text; empty where nothing does. `at`: what is so now and was at this moment."""
    marked = Fragment.objects.filter(policy_since__isnull=False, current__isnull=False)
    if at is not None:
        marked = marked.filter(policy_since__lte=at)
    name = marked.order_by("policy_since").values_list("name", flat=True).first()
    return f"{{{{> {name} }}}}" if name else ""


def served_policy() -> str:
    """As `site_policy`, for answers, each of which would ask for it: at most SERVED_SECONDS old."""
    return _served.get()


def forget_served_policy() -> None:
    """Another fragment is the policy now, or none."""
    _served.clear()


_served = kept(Fresh(site_policy, SERVED_SECONDS))


def followed(texts: Iterable[str]) -> dict[str, int]:
    """The current version of each fragment that the texts follow, themselves or within another one."""
    return {name: found.number for (name, pinned), found in library(texts).items() if pinned is None}


def _at(wanted: set[Reference], moment: datetime) -> tuple[set[Reference], dict[str, int]]:
    """Those of the wanted that were there then, and which version of each fragment was current."""
    names = {name for name, pinned in wanted if pinned is None}
    versions = FragmentVersion.objects.filter(fragment__name__in=names, created__lte=moment).order_by()
    then = dict(versions.values_list("fragment__name").annotate(Max("number")))
    return {(name, pinned) for name, pinned in wanted if pinned is not None or name in then}, then


def _read(wanted: set[Reference], followed: Mapping[str, int]) -> Library:
    found: Library = {}
    listed = sorted(wanted, key=str)
    for start in range(0, len(listed), AT_ONCE):
        found |= _read_some(set(listed[start : start + AT_ONCE]), followed)
    return found


def _read_some(wanted: set[Reference], followed: Mapping[str, int]) -> Library:
    of = Q(pk__in=())
    for name, pinned in wanted:
        number = followed.get(name) if pinned is None else pinned
        of |= Q(fragment__name=name, pk=F("fragment__current")) if number is None else Q(fragment__name=name, number=number)
    rows = FragmentVersion.objects.filter(of).values_list("fragment__name", "number", "text", "pk", "fragment__current")
    found: Library = {}
    for name, number, text, pk, current in rows:
        if (name, number) in wanted:
            found[name, number] = Found(number, text)
        if (name, None) in wanted and (followed[name] == number if name in followed else pk == current):
            found[name, None] = Found(number, text)
    return found
