"""Which limits count for whom. All of them are kept in memory for a moment, so that a site without any asks for nothing."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from conversations.models import NANO, ApiToken, BudgetKind, Limit, User
from conversations.process_cache import Fresh, kept

from . import subject_names

MS_PER_MINUTE = 60_000
FRESH_SECONDS = 2.0
"""After which a change in the admin counts in every process."""


class Rule(NamedTuple):
    """A limit as it is stored, or an API token's own. Costs are nanodollars."""

    group: int | None
    group_name: str
    person: uuid.UUID | None
    is_shared: bool
    is_for_trials: bool
    messages_per_minute: int | None
    concurrent_replies: int | None
    cost: int | None
    tokens: int | None
    storage_mb: int | None
    token: uuid.UUID | None = None
    """Counts only what is asked with it."""
    kind: str = ""
    """A `BudgetKind` where it counts that alone."""
    units: int | None = None
    """Pictures, milliseconds of audio, or files."""

    @property
    def has_budget(self) -> bool:
        return self.cost is not None or self.tokens is not None or self.units is not None

    def subject(self, user_id: uuid.UUID) -> str:
        return subject_names.of_kind(self._subject(user_id), self.kind)

    def _subject(self, user_id: uuid.UUID) -> str:
        if self.is_for_trials:
            return subject_names.TRIALS
        if self.token is not None:
            return subject_names.of_token(self.token)
        if not self.is_shared:
            return subject_names.of_user(user_id)
        return subject_names.SITE if self.group is None else subject_names.of_group(self.group)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a subject may use that a user belongs to: the strictest of all limits that count it."""

    subject: str
    whose: str
    """Empty for the user alone, else such as “the group Pupils” or “this API token”."""
    messages_per_minute: int | None = None
    concurrent_replies: int | None = None
    cost: int | None = None
    tokens: int | None = None
    units: int | None = None
    kind: str = ""

    @property
    def has_budget(self) -> bool:
        return self.cost is not None or self.tokens is not None or self.units is not None


def _read() -> tuple[Rule, ...]:
    limits = [_rule(limit) for limit in Limit.objects.select_related("group")]
    return (*limits, *(_rule_of_token(*row) for row in ApiToken.objects.with_limits().values_list(*_LIMITS_OF_TOKENS)))


_rules = kept(Fresh(_read, FRESH_SECONDS))
rules = _rules.get
"""Every limit there is, at most FRESH_SECONDS old."""
forget = _rules.clear
"""Look again at once: call it when a limit was changed."""


def are_none() -> bool:
    """Whether it is known, without a look at the database, that there are no limits."""
    return _rules.known() == ()


def has_budgets() -> bool:
    return any(rule.has_budget for rule in rules())


def kinds() -> set[str]:
    """The kinds that have a budget of their own."""
    return {rule.kind for rule in rules() if rule.kind}


def applying(user_id: uuid.UUID, token_id: uuid.UUID | None = None, kinds: Collection[str] = ("",)) -> list[Allowed]:
    """What the user may use (with this API token), by subject, in the order in which subjects are always locked.

    `kinds`: of limits for one kind alone, which count; "" are those for everything together.
    """
    by_subject: dict[str, list[Rule]] = {}
    for rule in _among([rule for rule in rules() if rule.kind in kinds], user_id, token_id):
        by_subject.setdefault(rule.subject(user_id), []).append(rule)
    return [_strictest(subject, by_subject[subject]) for subject in sorted(by_subject)]


def storage_mb(user_id: uuid.UUID) -> int | None:
    """How many megabytes the user's files may have together, by the strictest limit that says so."""
    said = [rule for rule in rules() if rule.storage_mb is not None]
    return min((rule.storage_mb for rule in _among(said, user_id) if rule.storage_mb is not None), default=None)


def of_trials() -> list[Allowed]:
    """What trials of prompts may use; nothing where that isn't limited."""
    those = [rule for rule in rules() if rule.is_for_trials]
    return [_strictest(subject_names.TRIALS, those)] if those else []


def subjects(user_id: uuid.UUID, token_id: uuid.UUID | None = None) -> list[str]:
    """Every subject that the user's use (with this API token) counts for, whether limited or not."""
    of_token = [] if token_id is None else [subject_names.of_token(token_id)]
    return sorted([subject_names.SITE, subject_names.of_user(user_id), *of_token, *map(subject_names.of_group, group_ids(user_id))])


def group_ids(user_id: uuid.UUID) -> set[int]:
    return set(User.groups.through.objects.filter(user_id=user_id).values_list("group_id", flat=True))


def _rule(limit: Limit) -> Rule:
    return Rule(
        group=limit.group_id,
        group_name=limit.group.name if limit.group else "",
        person=limit.person_id,
        is_shared=limit.is_shared,
        is_for_trials=limit.is_for_trials,
        messages_per_minute=limit.messages_per_minute,
        concurrent_replies=limit.concurrent_replies,
        cost=None if limit.monthly_cost is None else int(limit.monthly_cost * NANO),
        tokens=limit.monthly_tokens,
        storage_mb=limit.storage_mb,
        kind=limit.kind,
        units=_units(limit),
    )


def _units(limit: Limit) -> int | None:
    return limit.monthly_units and limit.monthly_units * (MS_PER_MINUTE if limit.kind == BudgetKind.AUDIO else 1)


_LIMITS_OF_TOKENS = ("pk", "requests_per_minute", "monthly_cost", "monthly_tokens")


def _rule_of_token(token_id: uuid.UUID, per_minute: int | None, cost: Decimal | None, tokens: int | None) -> Rule:
    return Rule(None, "", None, False, False, per_minute, None, None if cost is None else int(cost * NANO), tokens, None, token_id)


def _among(those: Collection[Rule], user_id: uuid.UUID, token_id: uuid.UUID | None = None) -> list[Rule]:
    """Those that count the user, with this API token."""
    those = [rule for rule in those if rule.token in (None, token_id)]
    groups = group_ids(user_id) if any(rule.group is not None for rule in those) else set()
    return [
        rule for rule in those if not rule.is_for_trials and rule.person in (None, user_id) and (rule.group is None or rule.group in groups)
    ]


def _strictest(subject: str, those: Iterable[Rule]) -> Allowed:
    those = list(those)
    first = those[0]
    shared_by = "trials of prompts" if first.is_for_trials else f"the group {first.group_name}" if first.group else "everyone"
    whose = "this API token" if first.token else shared_by if first.is_shared else ""
    least = {
        name: min((value for rule in those if (value := getattr(rule, name)) is not None), default=None)
        for name in ("messages_per_minute", "concurrent_replies", "cost", "tokens", "units")
    }
    return Allowed(subject, whose, **least, kind=first.kind)
