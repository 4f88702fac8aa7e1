"""The draft of a fragment, which all its authors share."""

from __future__ import annotations

from django.db import transaction

from conversations.models import Fragment, FragmentDraft, FragmentVersion, User


class DraftChanged(Exception):
    """It isn't the one any more that was shown, or there is none."""


def of(fragment: Fragment) -> FragmentDraft | None:
    return FragmentDraft.objects.filter(fragment=fragment).select_related("author").first()


def edited(fragment: Fragment) -> str:
    """What an editor of the fragment begins with: its draft, or else its current text."""
    worded = of(fragment) or fragment.current
    return worded.text if worded else ""


def locked(fragment: Fragment) -> Fragment:
    """The fragment as it is now; until the transaction ends, no other transaction publishes it or changes its draft."""
    return Fragment.objects.select_for_update(of=("self",)).select_related("current").get(pk=fragment.pk)


@transaction.atomic
def save(fragment: Fragment, text: str, author: User) -> FragmentDraft | None:
    """Make it the draft's text. None where it is the current one already: then there is no draft any more."""
    current = locked(fragment).current
    draft = of(fragment)
    if current is not None and current.text == text:
        if draft is not None:
            draft.delete()
        return None
    if draft is None:
        return FragmentDraft.objects.create(fragment=fragment, text=text, author=author)
    if draft.text != text:
        draft.text, draft.author = text, author
        draft.revision += 1
        draft.save()
    return draft


@transaction.atomic
def publish(fragment: Fragment, shown: str, author: User, *, note: str = "") -> FragmentVersion:
    """Make the draft the next version. `shown`: `state_of` when it was looked at; DraftChanged where it is another one by now."""
    made = fragment.publish(_as_shown(fragment, shown).text, author=author, note=note)
    FragmentDraft.objects.filter(fragment=fragment).delete()
    return made


@transaction.atomic
def discard(fragment: Fragment, shown: str) -> None:
    """DraftChanged as in `publish`."""
    _as_shown(fragment, shown).delete()


def state_of(fragment: Fragment) -> str:
    """Another one where the draft was saved or another version published."""
    draft = of(fragment)
    return f"{fragment.current.number if fragment.current else 0}-{draft.pk if draft else 0}-{draft.revision if draft else 0}"


def _as_shown(fragment: Fragment, shown: str) -> FragmentDraft:
    now = locked(fragment)
    draft = of(now)
    if draft is None or state_of(now) != shown:
        raise DraftChanged
    return draft
