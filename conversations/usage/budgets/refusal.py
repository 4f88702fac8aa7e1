"""What a user is told whose budget has no room for another answer."""

from __future__ import annotations

from typing import Literal

from conversations.models import Spending
from conversations.usage.exceeded import Exceeded
from conversations.usage.limits.in_force import Allowed

from . import kinds, months
from .used import Used


def exceeded(one: Allowed, budget: Used, row: Spending, needed: Used, unit: Literal["dollars", "tokens", "units"]) -> Exceeded:
    """`budget` with its grants, of which `row` says what was spent; the shortest answer takes `needed`."""
    whole, spent, need, amount = {
        "dollars": lambda: (budget.cost, row.spent_cost, needed.cost, kinds.dollars(budget.cost, one.kind)),
        "tokens": lambda: (budget.tokens, row.spent_tokens, needed.tokens, kinds.tokens(budget.tokens, one.kind)),
        "units": lambda: (budget.units, row.spent_units, needed.units, kinds.units(budget.units, one.kind)),
    }[unit]()
    what_for = "this" if one.kind else "an answer here"
    which = f"this month’s budget of {one.whose} ({amount})" if one.whose else f"this month’s budget of {amount}"
    if spent < whole and spent + need <= whole:
        return Exceeded(f"What is left of {which} is held back for answers that are being written. Wait for one, then send again.")
    if spent < whole:
        what = (
            f"There isn’t enough of {which} left for {what_for}."
            if one.whose
            else f"You don’t have enough of this month’s {amount} left for {what_for}."
        )
    else:
        what = f"{which[0].upper()}{which[1:]} is used up." if one.whose else f"You have used {which}."
    resets = months.beginning(months.following(row.month))
    reset = months.in_words(resets.date())
    then = f"It resets on {reset}." if one.whose or one.kind else f"Your budget resets on {reset}; an administrator can give you more."
    return Exceeded(f"{what} {then}", resets)
