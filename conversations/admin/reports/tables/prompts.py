"""The table of prompts, a row for each version."""

from __future__ import annotations

import uuid
from collections import Counter

from django.conf import settings

from conversations.admin.reports import links, words
from conversations.models import NANO, PromptVersion
from conversations.usage.reports.feedback import Thumbs
from conversations.usage.reports.figures import Figures, share
from conversations.usage.reports.report import Report

from . import cells
from .table import Cell, Row, Table


def prompts(report: Report) -> Table:
    table = Table(
        "prompts",
        "Prompts",
        "Version",
        ["Answers", "Succeeded", "Thumbs", "Up", "First token, p50", "Out per answer", "Cost", "Per answer"],
        note="Thumbs are those of the answers of this time that weren’t deleted.",
    )
    table.groups, table.states = "Prompt", "Note"
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
        row_cells = [
            cells.count(figures.replies),
            cells.success(figures.success, settings.RELIABILITY_OBJECTIVE / 100),
            *_thumbs(report.thumbs[pk]),
            cells.time(figures.first_token_p50),
            Cell(words.short(figures.output / answered) if answered else words.NOTHING, share(figures.output, answered), unit="tokens"),
            cells.cost(figures),
            cost_per_answer(figures),
        ]
        name, note = (f"Version {version.number}", version.note) if version else ("no prompt, or deleted", "")
        row = Row(name, row_cells, links.behind(report, prompt_version__id__exact=pk), share=share(figures.replies, most) or 0, state=note)
        row.under = version.prompt.name if version else "Others"
        table.rows.append(row)
    return table


def _thumbs(thumbs: Thumbs) -> list[Cell]:
    up = f"{thumbs.up:,} up, {thumbs.down:,} down"
    few = Cell("too few yet" if thumbs.number else words.NOTHING, title=up, unit="%")
    return [cells.count(thumbs.number), few if thumbs.share is None else cells.percent(thumbs.share)._replace(title=up)]


def cost_per_answer(figures: Figures) -> Cell:
    if not figures.answered:
        return cells.NOTHING._replace(unit="USD")
    nano = figures.cost // figures.answered
    return Cell(words.cost(nano, figures.used, figures.unpriced), nano / NANO, unit="USD")
