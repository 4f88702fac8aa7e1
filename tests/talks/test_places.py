"""There are so many talks at once of each user, and so many of all together."""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from typing import Any

import pytest

from conversations.commands.refusals import Refused
from conversations.talks import places


def test_one_more_is_refused_until_another_one_ends(settings: Any) -> None:
    settings.REALTIME_PER_USER, settings.REALTIME_AT_ONCE = 2, 3
    first, second = uuid.uuid4(), uuid.uuid4()
    with ExitStack() as talks:
        for user in (first, first, second):
            talks.enter_context(places.taken(user))
        for user, told in ((first, "another tab"), (second, "Too many users")):
            with pytest.raises(Refused, match=told), places.taken(user):
                pass
    with places.taken(second), places.taken(second), places.taken(first):
        pass
