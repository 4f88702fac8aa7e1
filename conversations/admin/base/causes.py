"""Who reads a provider's own words about an error. They may quote the message, so they are content: what can be said without them is
said by the kind of error (see `outcomes`). Wherever they are stored, they are deleted with the message.
"""

from __future__ import annotations

from typing import Any


def may_see_causes(user: Any) -> bool:
    """Superusers alone, as with messages."""
    return bool(user.is_active and user.is_superuser)
