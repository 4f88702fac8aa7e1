"""Seals every API key anew that was sealed with an older secret. Several processes may do it at once."""

from typing import NamedTuple

from conversations.models import ApiKey, sealed


class Result(NamedTuple):
    sealed: int
    """How many were sealed anew, by this process."""
    closed: list[str]
    """The keys that no secret opens, as reports name them."""


def seal_anew() -> Result:
    anew, closed = 0, []
    for key in ApiKey.objects.exclude(sealed="").select_related("provider").order_by("provider__name", "label"):
        if sealed.is_current(key.sealed):
            continue
        try:
            fresh = sealed.reseal(key.sealed)
        except sealed.Unreadable:
            closed.append(f"“{key.label}” of {key.provider.name}")
            continue
        # Not where another process was quicker, or an administrator entered another key meanwhile.
        anew += ApiKey.objects.filter(pk=key.pk, sealed=key.sealed).update(sealed=fresh)
    return Result(anew, closed)
