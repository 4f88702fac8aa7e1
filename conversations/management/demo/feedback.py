"""What the demo's users say of the answers: a few of them say something, and like later versions better."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from conversations.models import FeedbackTag, PromptVersion, Role, Status, Thumb

from .rhythm import id_at

GIVEN = 0.07
"""Share of complete answers."""
LIKED = 0.66
LIKED_MORE = 0.1
"""With each version."""
PRAISE = ("Exactly what I needed.", "Clear and short.", "The example helped.")
WORDS = {
    FeedbackTag.WRONG: ("The second command doesn't exist.", "The date is wrong."),
    FeedbackTag.NOT_HELPFUL: ("It explained what I knew already.", "I asked for something else."),
    FeedbackTag.TOO_LONG: ("Half of it would do.", "The answer is in the last line."),
    FeedbackTag.REFUSED: ("Nothing about this was a problem.",),
    FeedbackTag.UNSAFE: ("This would have deleted the folder.",),
}
TAG_WEIGHTS = (5, 6, 4, 1, 0.5)


def given(messages: Iterable[dict[str, Any]], rng: random.Random) -> Iterator[dict[str, Any]]:
    """Rows for some of these rows of messages."""
    numbers = dict(PromptVersion.objects.values_list("pk", "number"))
    for message in messages:
        if message["role"] != Role.ASSISTANT or message["status"] != Status.COMPLETE or rng.random() >= GIVEN:
            continue
        at = message["finished"] + timedelta(seconds=rng.uniform(5, 90))
        up = rng.random() < LIKED + LIKED_MORE * (numbers[message["prompt_version_id"]] - 1)
        tag = rng.choices(list(WORDS), TAG_WEIGHTS)[0]
        words = rng.choice(PRAISE if up else WORDS[tag]) if rng.random() < 0.4 else ""
        yield {
            "id": id_at(at, rng),
            "message_id": message["id"],
            "user_id": message["owner_id"],
            "thumb": Thumb.UP if up else Thumb.DOWN,
            "tags": [] if up else [tag],
            "words": words,
            "created": at,
            "updated": at,
        }
