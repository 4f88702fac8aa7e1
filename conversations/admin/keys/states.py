"""Whether a key can be used, in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.admin.base.outcomes import LABELS
from conversations.models import ApiKey, KeyState, Provider
from conversations.models.sealed import Unreadable
from conversations.routing import settings_rows

CLOSED = "closed"
"""Its secret can't be opened."""


class ShownState(NamedTuple):
    kind: str
    words: str

    @property
    def can_be_used_again(self) -> bool:
        """Whether an administrator may think otherwise."""
        return self.kind in (KeyState.COOLING, KeyState.REFUSED)

    def html(self) -> SafeString:
        return format_html('<span class="key-state key-{}">{}</span>', self.kind, self.words)


def state(key: ApiKey, provider: Provider | None = None) -> ShownState:
    now = timezone.now()
    try:
        settings_rows.secret_of(key, provider or key.provider)
    except Unreadable:
        return ShownState(CLOSED, "can’t be opened: enter it again, or name the old secret in OLD_KEY_SECRETS")
    kind = key.state(now)
    if kind == KeyState.REFUSED and key.refused:
        return ShownState(kind, f"refused by the provider since {_shown(key.refused, now)}{_status(key)}")
    if kind == KeyState.COOLING and key.cooling_until:
        return ShownState(kind, f"paused until {_shown(key.cooling_until, now)}{because(key)}")
    return ShownState(kind, kind)


def because(key: ApiKey) -> str:
    """Why it is paused, to follow that it is: such as “: quota used up (HTTP 429)”. In our words: the provider's may quote a message."""
    return f": {LABELS[key.trouble]}{_status(key)}" if key.trouble in LABELS else ""


def summary(provider: Provider) -> ShownState | None:
    """Such as “2 of 3 usable”; None where there is no key. Its keys should be fetched already."""
    kinds = [state(key, provider).kind for key in provider.keys.all()]
    if not kinds:
        return None
    usable = kinds.count(KeyState.USABLE)
    worst = KeyState.USABLE if usable == len(kinds) else KeyState.COOLING if usable else KeyState.REFUSED
    return ShownState(worst, f"{usable} of {len(kinds)} usable")


def _shown(moment: datetime, now: datetime) -> str:
    """The time of day, and the day where it is another."""
    local = timezone.localtime(moment)
    near = abs(moment - now) < timedelta(hours=20) and local.date() == timezone.localtime(now).date()
    return date_format(local, "H:i" if near else "j M Y, H:i")


def _status(key: ApiKey) -> str:
    return f" (HTTP {key.trouble_status})" if key.trouble and key.trouble_status else ""
