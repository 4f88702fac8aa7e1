"""Comments on lines of versions and drafts: written, answered, resolved, and taken along when the draft changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from conversations.models import PromptComment, PromptDraft, PromptVersion, SystemPrompt, User

from .checks import plain
from .text_difference import lines_after

MAX_QUOTED_CHARACTERS = 2000
Commented = PromptVersion | PromptDraft


class Thread(NamedTuple):
    comment: PromptComment
    answers: list[PromptComment]


def write(on: Commented, author: User, first: int, last: int, text: str) -> PromptComment:
    """About these lines, counted from 1."""
    quoted = "\n".join(lines_of(on)[first - 1 : last])[:MAX_QUOTED_CHARACTERS]
    lines = {"first_line": first, "last_line": last, "quoted": quoted}
    return PromptComment.objects.create(prompt_id=on.prompt_id, text=text, author=author, **_on(on), **lines)


def answer(to: PromptComment, author: User, text: str) -> PromptComment:
    return to.answers.create(prompt_id=to.prompt_id, text=text, author=author)


def edit(comment: PromptComment, text: str) -> None:
    comment.text, comment.edited = text, timezone.now()
    comment.save(update_fields=["text", "edited"])


def delete(comment: PromptComment) -> None:
    """One that was answered stays, without what it said."""
    if comment.answers.exists():
        comment.text = ""
        comment.save(update_fields=["text"])
    else:
        comment.delete()


def resolve(comment: PromptComment, by: User | None) -> None:
    """Or open it again, where no user is given."""
    comment.resolved, comment.resolved_by = (timezone.now() if by else None), by
    comment.save(update_fields=["resolved", "resolved_by"])


def threads(on: Commented) -> list[Thread]:
    found = PromptComment.objects.filter(**_on(on)).select_related("author", "resolved_by").order_by("first_line", "created", "id")
    answers = PromptComment.objects.filter(answered__in=found).select_related("author").order_by("created", "id")
    by_comment: dict[object, list[PromptComment]] = {}
    for one in answers:
        by_comment.setdefault(one.answered_id, []).append(one)
    return [Thread(comment, by_comment.get(comment.pk, [])) for comment in found]


def unresolved(prompt: SystemPrompt) -> QuerySet[PromptComment]:
    """Without the answers."""
    return prompt.comments.filter(answered=None, resolved=None)


def lines_of(on: Commented) -> list[str]:
    return plain(on.text).split("\n")


def follow(draft: PromptDraft, before: str) -> None:
    """Have the draft's comments go with their lines, of which the draft said this before. Lines that are gone have none any more."""
    anchored = list(draft.comments.filter(first_line__isnull=False))
    if not anchored or before == draft.text:
        return
    after = lines_after(plain(before), plain(draft.text))
    for comment in anchored:
        comment.first_line, comment.last_line = _ends(after[(comment.first_line or 1) - 1 : comment.last_line])
    PromptComment.objects.bulk_update(anchored, ["first_line", "last_line"])


def carry_over(draft: PromptDraft, version: PromptVersion) -> None:
    """From the draft to the version that says what it says."""
    draft.comments.update(draft=None, version=version)


def _on(on: Commented) -> dict[str, Commented]:
    return {"version" if isinstance(on, PromptVersion) else "draft": on}


def _ends(lines: Iterable[int | None]) -> tuple[int, int] | tuple[None, None]:
    left = [line + 1 for line in lines if line is not None]
    return (min(left), max(left)) if left else (None, None)
