"""The shape that tables of figures have, on the page and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

RISKY = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet may take for the beginning of a formula."""


class Cell(NamedTuple):
    """`text` is shown on the page, `raw` goes into the file."""

    text: str
    raw: str | float | None = None
    tone: str = ""
    title: str = ""
    unit: str = ""
    """Of `raw`; the file names it in the head of its column."""
    note: str = ""
    """Small, below the text."""


@dataclass
class Row:
    name: str
    cells: list[Cell]
    link: str = ""
    state: str = ""
    """A word beside the name."""
    under: str = ""
    """What it belongs to, where rows are grouped."""
    share: float = 0.0
    """Of the largest one, from 0 to 1: the bar behind its name."""


@dataclass
class Table:
    slug: str
    title: str
    names: str
    """What the first column holds."""
    columns: list[str]
    rows: list[Row] = field(default_factory=list)
    note: str = ""
    groups: str = "Group"
    states: str = "State"
    """What the file calls what rows are grouped by, and the words beside their names."""
    more: int = 0
    """Rows that are left out on the page."""

    def lines(self) -> Iterator[str]:
        """The table as lines of CSV."""
        states = any(row.state for row in self.rows)
        groups = any(row.under for row in self.rows)
        yield _line([*([self.groups] if groups else []), self.names, *([self.states] if states else []), *self._heads()])
        for row in self.rows:
            head = [*([row.under] if groups else []), row.name, *([row.state] if states else [])]
            yield _line([*head, *("" if cell.raw is None else cell.raw for cell in row.cells)])

    def _heads(self) -> Iterator[str]:
        for position, column in enumerate(self.columns):
            unit = next((row.cells[position].unit for row in self.rows), "")
            yield f"{column} ({unit})" if unit else column


def _line(values: list[str | float]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([_harmless(value) for value in values])
    return buffer.getvalue()


def _harmless(value: str | float) -> str | float:
    """Text that begins like a formula is led by an apostrophe, so that no spreadsheet computes it. Numbers are ours."""
    return f"'{value}" if isinstance(value, str) and value.startswith(RISKY) else value
