"""How often a password may be guessed: of an account from one address, and, slower, of an account from everywhere.

Whoever guesses locks out only their own address, unless they have several; and an account's name and its addresses of mail count as one.
"""

from __future__ import annotations

from typing import Any

from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from allauth.core.internal import ratelimit
from django.http import HttpRequest

APP = "allauth.account"
FROM_HERE, FROM_EVERYWHERE = "login_failed", "login_failed_anywhere"
"""Actions in ACCOUNT_RATE_LIMITS."""


def count(request: HttpRequest, credentials: dict[str, Any]) -> ratelimit.RateLimitUsage | None:
    """Count one attempt, to be rolled back if the password is right. None where there were too many."""
    account = _account(credentials)
    here = ratelimit.consume(request, app=APP, action=FROM_HERE, key=key_from_here(request, credentials))
    everywhere = here and ratelimit.consume(request, app=APP, action=FROM_EVERYWHERE, key=account)
    return ratelimit.RateLimitUsage([*here.usage, *everywhere.usage]) if here and everywhere else None


def key_from_here(request: HttpRequest, credentials: dict[str, Any]) -> str:
    return f"{_account(credentials)} from {ratelimit.get_ip(request)}"


def clear(request: HttpRequest, credentials: dict[str, Any]) -> None:
    """Forget what was counted: the password is a new one."""
    ratelimit.clear(request, app=APP, action=FROM_HERE, key=key_from_here(request, credentials))
    ratelimit.clear(request, app=APP, action=FROM_EVERYWHERE, key=_account(credentials))


def _account(credentials: dict[str, Any]) -> str:
    login = str(credentials.get("username") or credentials.get("email") or "")
    named = get_user_by_username(login)
    users = [named] if named else filter_users_by_email(login, prefer_verified=True, for_login=True)
    return str(min((user.pk for user in users), default=f"unknown:{login.lower()}"))
