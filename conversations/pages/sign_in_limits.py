"""How often a password may be guessed: from one address, of an account from one address, and, slower, of an account from everywhere.

A client that guesses locks out only its own address, unless it has several; and an account's name and its addresses of mail count as one.
What is entered may mean several accounts: a user name may look like another user's address, and an address may be shared. It counts for
each of them, so that no account can be made whose counts stand in for those of another.
"""

from __future__ import annotations

from typing import Any

from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from allauth.core.internal import ratelimit
from django.http import HttpRequest

from conversations.models import User

APP = "allauth.account"
BY_ADDRESS, FROM_HERE, FROM_EVERYWHERE = "login_failed", "login_failed_from_here", "login_failed_anywhere"
"""Actions in ACCOUNT_RATE_LIMITS."""
MOST_SHARING = 5
"""Accounts that sign in by one address that is not confirmed: each costs a slow check of the password."""


def accounts_of_address(email: str) -> list[User]:
    """Those that sign in by it: the oldest, at most `MOST_SHARING`."""
    users: list[User] = filter_users_by_email(email, prefer_verified=True, for_login=True)
    return sorted(users, key=lambda user: user.pk)[:MOST_SHARING]


def count(request: HttpRequest, credentials: dict[str, Any]) -> ratelimit.RateLimitUsage | None:
    """Count one attempt, to be rolled back if the password is right. None where there were too many."""
    limits: list[tuple[str, str | None]] = [(BY_ADDRESS, None)]
    for account in _accounts(credentials):
        limits += [(FROM_HERE, _from_here(request, account)), (FROM_EVERYWHERE, account)]
    counted = ratelimit.RateLimitUsage([])
    for action, key in limits:
        usage = ratelimit.consume(request, app=APP, action=action, key=key)
        if usage is None:
            return None
        counted.usage += usage.usage
    return counted


def clear(request: HttpRequest, user: User) -> None:
    """Forget what was counted for this account: its password is a new one. What its address did stays counted."""
    ratelimit.clear(request, app=APP, action=FROM_HERE, key=_from_here(request, str(user.pk)))
    ratelimit.clear(request, app=APP, action=FROM_EVERYWHERE, key=str(user.pk))


def _from_here(request: HttpRequest, account: str) -> str:
    return f"{account} from {ratelimit.get_ip(request)}"


def _accounts(credentials: dict[str, Any]) -> list[str]:
    """The accounts whose password may be meant; where there is none, what was entered."""
    entered = {str(login) for name in ("username", "email") if (login := credentials.get(name))}
    users = {user.pk for login in entered for user in (get_user_by_username(login), *accounts_of_address(login)) if user}
    return sorted(map(str, users)) or sorted({f"unknown:{login.lower()}" for login in entered})
