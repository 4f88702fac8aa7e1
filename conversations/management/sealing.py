"""Reseals the API keys that were sealed with an older secret, or not for their row. Several processes may do it at once."""

from typing import NamedTuple

from conversations.models import ApiKey, sealed


class Result(NamedTuple):
    resealed: int
    """How many keys this process resealed."""
    unreadable: list[str]
    """The keys that no secret opens, as reports name them."""


def reseal_all() -> Result:
    resealed, unreadable = 0, []
    for key in ApiKey.objects.exclude(sealed="").select_related("provider").order_by("provider__name", "label"):
        if sealed.is_current(key.sealed, key.pk):
            continue
        try:
            fresh = sealed.reseal(key.sealed, key.pk)
        except sealed.Unreadable:
            unreadable.append(f"“{key.label}” of {key.provider.name}")
            continue
        # Not where another process has resealed it, or an administrator has entered another key meanwhile.
        resealed += ApiKey.objects.filter(pk=key.pk, sealed=key.sealed).update(sealed=fresh)
    return Result(resealed, unreadable)
