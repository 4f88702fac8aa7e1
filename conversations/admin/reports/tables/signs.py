"""The table of what users did with answers, a row for each version of a prompt: shares with the interval that chance leaves them."""

from __future__ import annotations

import uuid
from collections import Counter

from conversations.admin.reports import words
from conversations.evaluation.intervals import Share, of_share
from conversations.models import PromptVersion
from conversations.usage.reports.feedback import Thumbs
from conversations.usage.reports.figures import share
from conversations.usage.reports.report import Report
from conversations.usage.reports.signs import Signs

from . import cells
from .table import Cell, Row, Table

SIGNS = {"regenerated": "Regenerated", "edited": "Edited", "stopped": "Stopped", "continued": "Continued", "copied": "Copied"}
COLUMNS = ["Answers", "Thumbs up", *SIGNS.values()]
NOTE = (
    "Of the answers that weren’t deleted, with 95 % intervals. Regenerated: another answer was asked for; edited: the question was changed "
    "after it; continued: the conversation went on below it. Past days are counted at night, each again for a week."
)


def signs(report: Report) -> Table:
    table = Table("signs", "What users did with answers", "Version", COLUMNS, note=NOTE, groups="Prompt")
    known = [pk for pk in report.signs if pk]
    versions = PromptVersion.objects.filter(pk__in=known).select_related("prompt").defer("text").in_bulk()
    of_prompt = Counter[uuid.UUID]()
    for pk, version in versions.items():
        of_prompt[version.prompt_id] += report.signs[pk].answers
    most = max((report.signs[pk].answers for pk in versions), default=0)
    for version in sorted(versions.values(), key=lambda one: (-of_prompt[one.prompt_id], one.prompt.name, -one.number)):
        found = report.signs[version.pk]
        row = Row(f"Version {version.number}", row_cells(found, report.thumbs[version.pk]), share=share(found.answers, most) or 0)
        row.under = version.prompt.name
        table.rows.append(row)
    return table


def row_cells(found: Signs, thumbs: Thumbs) -> list[Cell]:
    """As COLUMNS names them."""
    counts = (Share(getattr(found, name), found.answers) for name in SIGNS)
    return [cells.count(found.answers), of(Share(thumbs.up, thumbs.number)), *(of(one) for one in counts)]


def of(counted: Share) -> Cell:
    """The share, and below it from where to where it may be."""
    if counted.value is None:
        return cells.NOTHING._replace(unit="%")
    low, high = of_share(counted)
    digits = 0 if high >= 0.1 else 1
    between = f"{100 * low:.{digits}f} – {100 * high:.{digits}f}{words.THIN}%"
    return cells.percent(counted.value)._replace(title=f"{counted.passed:,} of {counted.number:,}", note=between)
