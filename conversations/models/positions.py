"""Positions in a reply's output, over all its runs: what frames call `offset` and `end`."""

POSITIONS_PER_RUN = 2**32
"""A browser counts exactly up to 2**53, so this leaves room for two million runs of four billion characters."""


def position(run: int, length: int) -> int:
    """The position after `length` code points of a reply's output in its `run`.

    A later run may begin with less than was shown of the one before (output since the last checkpoint was lost with its
    process), and its positions lie after all of the earlier ones: no client takes text of the old run for the new one's.
    """
    return run * POSITIONS_PER_RUN + length
