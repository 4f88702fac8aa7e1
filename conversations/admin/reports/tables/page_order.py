"""The tables of the reports, in the order of the page."""

from __future__ import annotations

from datetime import datetime

from conversations.usage.reports.report import Report

from .errors import errors
from .kinds import kinds
from .programs import programs
from .prompts import prompts
from .providers import keys, models, providers, purposes
from .signs import signs
from .table import Table
from .users import users


def tables(report: Report, now: datetime, *, names_users: bool, names_keys: bool, names_tokens: bool, whole: bool = False) -> list[Table]:
    """`whole`: with every row."""
    return [
        providers(report),
        models(report),
        *([keys(report, now)] if names_keys else []),
        kinds(report),
        purposes(report),
        prompts(report),
        *([] if report.kind else [signs(report)]),  # of answers, whatever they were given
        users(report, names=names_users, whole=whole),
        *([programs(report, names=names_tokens, whole=whole)] if report.programs else []),
        errors(report),
    ]
