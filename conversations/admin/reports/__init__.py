"""Reports of reliability and cost: one page, and each of its tables as a file."""

from .page import table_file, urls, view

__all__ = ["table_file", "urls", "view"]
