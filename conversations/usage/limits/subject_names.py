"""The names of what limits and budgets count: the site, trials of prompts, a group, a user or an API token, each of one kind alone, too."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

SITE = "site"
TRIALS = "trials"
"""What is done with prompts in the admin: the subject of its budget, in which no user's use counts."""
USER, GROUP, TOKEN = "user:", "group:", "token:"
"""Before its id."""
KIND = "#"
"""Before a `BudgetKind`, at the end."""


def of_user(user_id: uuid.UUID | str) -> str:
    return f"{USER}{user_id}"


def of_group(group_id: int) -> str:
    return f"{GROUP}{group_id}"


def of_token(token_id: uuid.UUID) -> str:
    return f"{TOKEN}{token_id}"


def ids(names: Iterable[str], sort: str) -> list[str]:
    """Of those of these subjects that begin with `sort`, and are of no kind alone."""
    return [name.removeprefix(sort) for name in names if name.startswith(sort)]


def of_kind(subject: str, kind: str) -> str:
    """The subject for what it uses of this `BudgetKind` alone; itself where that is empty."""
    return f"{subject}{KIND}{kind}" if kind else subject


def kind_of(subject: str) -> str:
    return subject.partition(KIND)[2]


def of_all_kinds(subject: str) -> str:
    """The subject without its kind."""
    return subject.partition(KIND)[0]


def parted(subject: str) -> tuple[str, str]:
    """Its sort, “site”, “trials”, “user”, “group” or “token”, and its id, which is empty for the first two."""
    sort, _, which = of_all_kinds(subject).partition(":")
    return sort, which
