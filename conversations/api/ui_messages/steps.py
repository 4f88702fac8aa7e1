"""An answer that called the page's functions goes on once it has their results: one message of several steps there, several answers here.

Each step but the first follows a message of the user that holds results alone. Synchronous.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conversations.models import Message, function_parts


def follows_results(answer: Message) -> bool:
    return answer.parent is not None and bool(function_parts.results(answer.parent.parts))


def before(answer: Message) -> list[Message]:
    """The steps that this one goes on after, the first of them first."""
    found: list[Message] = []
    while follows_results(answer):
        assert answer.parent is not None
        if (earlier := answer.parent.parent) is None or earlier.token_id != answer.token_id:
            break
        found.append(answer := earlier)
    return found[::-1]


def after(answer: Message) -> list[Message]:
    """This one, and the steps that go on after it, of which the latest counts where there are several."""
    found = [answer]
    while function_parts.calls(found[-1].parts):
        questions = found[-1].children.order_by("-pk")
        results = next((one for one in questions if function_parts.results(one.parts)), None)
        following = results and results.children.filter(token=answer.token_id).order_by("-pk").first()
        if not following:
            break
        found.append(following)
    return found


def calling(steps: Sequence[Message], call_ids: Iterable[str]) -> Message:
    """The last step that made one of these calls; the last of all where none did."""
    wanted = set(call_ids)
    made = (step for step in reversed(steps) if wanted & {part["id"] for part in function_parts.calls(step.parts)})
    return next(made, steps[-1])
