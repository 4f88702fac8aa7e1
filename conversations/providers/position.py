"""Where in an answer that goes on without us another stream can take up."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

Place = tuple[Any, ...]
"""Which of the answer's pieces a text belongs to; its kind comes first."""


class Position(NamedTuple):
    """Describes exactly the text that a stream has yielded: nothing of what comes after it is missing, nothing comes twice."""

    response: str
    """The provider's id of the answer."""
    after: int
    """The number of the last event that was read."""
    place: Place | None = None
    """The piece that the last text belonged to."""
    halves: Mapping[str, int] = {}
    """Halves of surrogate pairs that wait for the other half, by kind, as code points: text with a half in it can't be stored."""

    def to_json(self) -> dict[str, Any]:
        return {**self._asdict(), "place": None if self.place is None else list(self.place), "halves": dict(self.halves)}

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        """From what `to_json` gave."""
        place = fields["place"]
        return cls(fields["response"], fields["after"], None if place is None else tuple(place), fields["halves"])
