"""Metrics, guards and plans in words, the same in the admin, in its log and in reasons."""

from __future__ import annotations

from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format

from conversations.models import Experiment, Metric
from conversations.usage.ledger import amounts

from .judging import SHARES, Crossed


def value(metric: Metric, found: float | None) -> str:
    """Such as “8.2 %”, “$0.0031” or “1.25 s”."""
    if found is None:
        return "–"
    if metric in SHARES:
        return f"{100 * found:.1f} %"
    if metric == Metric.COST:
        return amounts.exact_dollars(Decimal(found))
    return f"{found:.2f} s"


def difference(metric: Metric, low: float, high: float) -> str:
    """From … to …, of the candidate less live: such as “−1.2 to +3.4 points”."""
    if metric in SHARES:
        said = f"{100 * low:+.1f} to {100 * high:+.1f} points"
    elif metric == Metric.COST:
        said = " to ".join(f"{'-' if one < 0 else '+'}{amounts.exact_dollars(Decimal(abs(one)))}" for one in (low, high))
    else:
        said = f"{low:+.2f} to {high:+.2f} s"
    return said.replace("-", "−\u2060")  # no line breaks between sign and figure


def guard(metric: Metric, allowed: float) -> str:
    """Such as “errors at most 5 points more”."""
    return f"{metric.label[0].lower()}{metric.label[1:]} at most {allowed:g} {'points' if metric in SHARES else '%'} more"


def crossing(crossed: Crossed) -> str:
    """A sentence."""
    unit = "points" if crossed.metric in SHARES else "%"
    new, old = value(crossed.metric, crossed.candidate), value(crossed.metric, crossed.live)
    allowed = f"at most {crossed.allowed:g} {unit} more were allowed" if crossed.allowed else "no more was allowed"
    return f"{crossed.metric.label}: {new} with the candidate, {old} with the live version; {allowed}."


def plan(experiment: Experiment) -> str:
    """What of it can be changed: guards and planned end."""
    guards = [guard(Metric(name), allowed) for name, allowed in experiment.guards.items()]
    said = [f"guards: {', '.join(guards)}" if guards else "no guards"]
    if experiment.until:
        said.append(f"until {date_format(timezone.localtime(experiment.until), 'j M Y, H:i T')}")
    if experiment.most_conversations:
        said.append(f"until {experiment.most_conversations:,} conversations took part")
    return "; ".join(said)
