"""Pages of a long table that doesn't count all its rows for each of them."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

MOST = 5_000
"""Rows that are counted, and can be paged through. Older ones are reached by narrowing the list, by time or otherwise."""


class BoundedPaginator(Paginator):
    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: MOST + 1].count()) if hasattr(rows, "order_by") else len(rows)

    @property
    def count(self) -> int:
        return min(self._counted, MOST)

    @property
    def is_cut_off(self) -> bool:
        return self._counted > MOST
