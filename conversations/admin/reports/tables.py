"""The tables of the reports."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from conversations.models import NANO, NOT_COUNTED, ApiKey, PromptVersion, Provider, User
from conversations.providers.errors import SENTENCES
from conversations.usage.reports.figures import Figures, share
from conversations.usage.reports.report import Report

from . import health, links, words
from .table import Cell, Row, Table

SHOWN_PEOPLE = 12
LOW = 0.95
"""A share of tries that succeeded below this is pointed out; for replies it is the objective."""
UNKNOWN = "unknown"
NOTHING = Cell(words.NOTHING)


def tables(report: Report, now: datetime, *, names_of_people: bool, whole: bool = False) -> list[Table]:
    """All of them, in the order of the page. `whole`: with every row."""
    return [
        providers(report),
        models(report),
        keys(report, now),
        prompts(report),
        people(report, names=names_of_people, whole=whole),
        errors(report),
    ]


def providers(report: Report) -> Table:
    names = dict(Provider.objects.values_list("pk", "name"))
    found = report.by(lambda alike: alike.provider)
    rows = [
        (names.get(provider, "deleted") if provider else "nobody could be asked", _to(report, provider__id__exact=provider), figures)
        for provider, figures in found.items()
    ]
    return _of_tries("providers", "Providers", "Provider", rows)


def models(report: Report) -> Table:
    found = report.by(lambda alike: alike.model)
    rows = [(model or UNKNOWN, _to(report, model=model or None), figures) for model, figures in found.items()]
    return _of_tries("models", "Models", "Model", rows)


def keys(report: Report, now: datetime) -> Table:
    known = {key.pk: key for key in ApiKey.objects.select_related("provider").defer("sealed")}
    found = report.by(lambda alike: alike.key)
    rows = []
    for key_id in {*found, *known}:
        if key_id is None and not found[None].tries:
            continue  # nobody was asked, so there was no key
        key = known.get(key_id) if key_id else None
        rows.append((str(key_id), _to(report, key__id__exact=key_id), found.get(key_id, Figures())))
    table = _of_tries("keys", "Keys", "Key", rows)
    named = {str(pk): key for pk, key in known.items()}
    for row in table.rows:
        key = named.get(row.name)
        row.name = str(key) if key else "of the settings, or deleted"
        row.under = key.provider.name if key else "Others"
        row.state = health.key_state(key, now) if key else ""
    table.rows.sort(key=lambda row: (row.under == "Others", row.under))  # and by tries within
    return table


def _of_tries(slug: str, title: str, names: str, found: Iterable[tuple[str, str, Figures]]) -> Table:
    """Whoever is asked is judged by each try, also by those that another one made good."""
    table = Table(slug, title, names, ["Tries", "Succeeded", "First token, p50", "p95", "Tokens/s, p50", "Tokens", "Cached", "Cost"])
    rows = sorted(found, key=lambda item: (-item[2].tries, item[0]))
    most = max((figures.tries for _, _, figures in rows), default=0)
    for name, link, figures in rows:
        cells = [_count(figures.tries), _success(figures.tries_success), *_pace(figures), *_took(figures)]
        table.rows.append(Row(name, cells, link, share=share(figures.tries, most) or 0))
    return table


def prompts(report: Report) -> Table:
    table = Table(
        "prompts",
        "Prompts",
        "Version",
        ["Replies", "Succeeded", "First token, p50", "Out per answer", "Cost", "Per answer"],
    )
    found = report.by(lambda alike: alike.version)
    versions = {
        version.pk: version
        for version in PromptVersion.objects.filter(pk__in=[pk for pk in found if pk]).select_related("prompt").defer("text")
    }
    of_prompt = Counter[str]()
    for pk, figures in found.items():
        of_prompt[versions[pk].prompt.name if pk in versions else ""] += figures.replies
    most = max((figures.replies for figures in found.values()), default=0)

    def order(pk: uuid.UUID | None) -> tuple[object, ...]:
        version = versions.get(pk) if pk else None
        return (-of_prompt[version.prompt.name], version.prompt.name, -version.number) if version else (1, "", 0)

    for pk in sorted(found, key=order):
        figures, version = found[pk], versions.get(pk) if pk else None
        if not version and not figures.replies:
            continue
        answered = figures.answered
        cells = [
            _count(figures.replies),
            _success(figures.success, settings.RELIABILITY_OBJECTIVE / 100),
            _time(figures.first_token_p50),
            Cell(words.short(figures.output / answered) if answered else words.NOTHING, share(figures.output, answered)),
            _cost(figures),
            Cell(words.cost(figures.cost // answered, figures.used, figures.unpriced), figures.cost // answered / NANO)
            if answered
            else NOTHING,
        ]
        name, note = (f"Version {version.number}", version.note) if version else ("no prompt, or deleted", "")
        row = Row(name, cells, _to(report, prompt_version__id__exact=pk), share=share(figures.replies, most) or 0, state=note)
        row.under = version.prompt.name if version else "Others"
        table.rows.append(row)
    return table


def people(report: Report, *, names: bool, whole: bool) -> Table:
    table = Table("people", "People", "Person", ["Replies", "Answered", "Input tokens", "Cached", "Output tokens", "Cost"])
    found = sorted(report.people.items(), key=lambda item: (-item[1].replies, -item[1].tokens, str(item[0])))
    shown = found if whole else found[:SHOWN_PEOPLE]
    known = {user.pk: user.get_username() for user in User.objects.filter(pk__in=[pk for pk, _ in shown if pk])} if names else {}
    most = max((use.replies for _, use in found), default=0)
    for number, (pk, use) in enumerate(shown, 1):
        name = "deleted accounts" if pk is None else known.get(pk, f"Person {number}")
        link = _to(report, owner__id__exact=pk) if names else ""
        cells = [
            _count(use.replies),
            _count(use.answered),
            _tokens(use.input),
            _percent(share(use.cached, use.input)),
            _tokens(use.output),
            Cell(words.cost(use.cost, use.used, use.unpriced), use.cost / NANO),
        ]
        table.rows.append(Row(name, cells, link, share=share(use.replies, most) or 0))
    table.more = len(found) - len(shown)
    table.note = "" if names else "Names are shown to those who may view people."
    return table


def errors(report: Report) -> Table:
    table = Table("errors", "Errors", "Kind", ["Tries", "Share of tries", "Replies that failed"])
    total = report.total
    kinds = sorted({*total.errors, *total.failures}, key=lambda kind: (-total.errors[kind], -total.failures[kind], kind))
    most = max(total.errors.values(), default=0)
    for kind in kinds:
        number, failed = total.errors[kind], total.failures[kind]
        meaning = "not the provider’s doing, not counted" if kind in NOT_COUNTED else SENTENCES.get(kind, "").split(". ")[0].rstrip(".")
        cells = [
            _count(number),
            _percent(share(number, total.tries)),
            Cell(words.count(failed) if kind not in NOT_COUNTED else words.NOTHING, failed, "bad" if failed else ""),
        ]
        table.rows.append(Row(kind, cells, _to(report, outcome=kind), share=share(number, most) or 0, state=meaning))
    return table


def _to(report: Report, **filters: object) -> str:
    return links.attempts(report.span, **filters) if any(value is not None for value in filters.values()) else ""


def _took(figures: Figures) -> list[Cell]:
    return [_tokens(figures.tokens), _percent(figures.cached_share), _cost(figures)]


def _pace(figures: Figures) -> list[Cell]:
    speed = figures.speed_p50
    return [_time(figures.first_token_p50), _time(figures.first_token_p95), Cell(words.speed(speed), _rounded(speed))]


def _count(number: int) -> Cell:
    return Cell(words.count(number), number)


def _tokens(number: int) -> Cell:
    return Cell(words.short(number), number, title=words.count(number))


def _percent(value: float | None) -> Cell:
    return Cell(words.percent(value), _rounded(value, 6))


def _success(value: float | None, least: float = LOW) -> Cell:
    return Cell(words.percent(value), _rounded(value, 6), "bad" if value is not None and value < least else "")


def _time(milliseconds: float | None) -> Cell:
    return Cell(words.time(milliseconds), _rounded(milliseconds))


def _cost(figures: Figures) -> Cell:
    title = f"{figures.unpriced:,} of {figures.used:,} tries have no known price" if figures.unpriced else ""
    unknown = figures.unpriced and figures.unpriced >= figures.used
    return Cell(words.cost(figures.cost, figures.used, figures.unpriced), None if unknown else figures.cost / NANO, title=title)


def _rounded(value: float | None, places: int = 1) -> float | None:
    return None if value is None else round(value, places)
