"""Whose token a request came with. Tokens are looked up by their digest, and known for at most two seconds."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from time import monotonic

from django.db import DatabaseError, models
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from conversations.commands import api_token_right
from conversations.models import ApiToken, ApiTokenState, Scope, SystemPrompt, User
from conversations.models.compiled import Parameter, Select
from conversations.models.invitations import digest
from conversations.process_cache import kept
from conversations.processes import supervisor

from .errors import ApiError

log = logging.getLogger(__name__)

MAKES_FOR_OTHERS = "conversations.add_apitoken"
FRESH_SECONDS = 2.0
"""After which a token that was revoked is refused in every process."""
MAX_KNOWN = 10_000
USE_NOTED_AFTER = timedelta(minutes=1)
_REFUSALS = {
    ApiTokenState.EXPIRED: "This token has expired.",
    ApiTokenState.REVOKED: "This token was revoked.",
    ApiTokenState.INACTIVE: "The account that this token belongs to is inactive.",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """A program that acts as `user`, within what its token allows. Nothing of it may be changed: requests share it."""

    user: User
    token: ApiToken
    scopes: frozenset[str]
    prompts: frozenset[uuid.UUID] | None
    """The assistants that it may ask; None: all that the user may choose."""

    def require(self, scope: Scope) -> None:
        """Raises ApiError where the token has not got it."""
        if scope not in self.scopes:
            raise ApiError(403, f"This token doesn’t have the scope “{scope}”.", code="missing_scope")

    def require_right(self, permission: str, what: str) -> None:
        """Raises ApiError where the user hasn't got it in the admin. `what`: such as “publish prompts”. Reads the database."""
        if not (self.user.is_staff and self.user.has_perm(permission)):
            raise ApiError(403, f"The user of this token may not {what}.", code="forbidden")

    def may_use(self, prompt: SystemPrompt) -> bool:
        """As far as the token says; what the user may choose is another question."""
        return self.prompts is None or prompt.pk in self.prompts


def caller(request: HttpRequest) -> Caller:
    """Who sent the request. Raises ApiError. Synchronous: reads the database, and notes the use at most once a minute."""
    return _caller(_digest(_authorization(request)))


def _caller(key: str) -> Caller:
    found = _known.get(key) or _read(key)
    _require_usable(found.token)
    _note_use(found.token)
    return found


async def caller_now(request: HttpRequest) -> Caller:
    """The same in a coroutine, where most requests need nothing from the database. Else it is asked in the process's own thread: a thread
    of the request's would have to connect first."""
    return await caller_by(_authorization(request))


async def caller_by(authorization: str) -> Caller:
    """Who sends this header. Raises ApiError, at once where it holds no token."""
    key = _digest(authorization)
    found = _known.get(key)
    if found is None or _is_use_due(found.token):
        asked = await supervisor.current().database.do(partial(_caller_or_refusal, key))
        if isinstance(asked, ApiError):
            raise asked
        return asked
    _require_usable(found.token)
    return found


def _caller_or_refusal(key: str) -> Caller | ApiError:
    """Returned, for what a job raises undoes those that share its transaction."""
    try:
        return _caller(key)
    except ApiError as refused:
        return refused


class KnownTokens:
    """Callers by their tokens' digests, each as it was at most FRESH_SECONDS ago."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, Caller]] = {}

    def get(self, key: str) -> Caller | None:
        known = self._known.get(key)
        return known[1] if known is not None and monotonic() - known[0] < FRESH_SECONDS else None

    def put(self, key: str, found: Caller, since: float) -> None:
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._known[key] = since, found

    def clear(self) -> None:
        self._known.clear()


_known = kept(KnownTokens())
forget = _known.clear
"""Look again at once: call it when a token was changed."""


def _authorization(request: HttpRequest) -> str:
    return request.headers.get("Authorization", "")


def _digest(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _refused("A token is missing: send it as “Authorization: Bearer sk-chat-…”.")
    return digest(token.strip())


def _read(key: str) -> Caller:
    since = monotonic()
    token = _BY_DIGEST.first(digest=key)
    if token is None:
        raise _refused("There is no such token.")
    scopes = frozenset(token.scopes)
    if token.made_by_id == token.user_id:  # what an administrator made of an account is theirs to revoke
        scopes = _still_given(token.user, scopes)
    limited = token.is_limited_to_prompts
    prompts = frozenset(token.prompts.values_list("pk", flat=True)) if limited else None
    found = Caller(token.user, token, scopes, prompts)
    _known.put(key, found, since)
    return found


def _still_given(user: User, scopes: frozenset[str]) -> frozenset[str]:
    """Those of a token that its user made, as far as the user might make it now. Raises ApiError where they might make none."""
    if not (api_token_right.may_make(user) or user.has_perm(MAKES_FOR_OTHERS)):
        raise _refused("The user of this token may not have one any more.")
    return scopes if user.has_perm(api_token_right.RAW_MODELS) else scopes - {Scope.RAW_MODELS}


def _require_usable(token: ApiToken) -> None:
    state = token.state()
    if state != ApiTokenState.USABLE:
        raise _refused(_REFUSALS[state])


def _refused(message: str) -> ApiError:
    return ApiError(401, message, code="invalid_api_key", headers={"WWW-Authenticate": "Bearer"})


def _is_use_due(token: ApiToken) -> bool:
    return token.last_used is None or timezone.now() - token.last_used >= USE_NOTED_AFTER


def _note_use(token: ApiToken) -> None:
    if not _is_use_due(token):
        return
    now = timezone.now()
    token.last_used = now  # first, so that requests at the same time don't write it, too
    try:
        due = Q(last_used=None) | Q(last_used__lte=now - USE_NOTED_AFTER)
        ApiToken.objects.filter(due, pk=token.pk).update(last_used=now)
    except DatabaseError as error:
        log.warning("The last use of an API token can't be noted: %s", error)


_BY_DIGEST: Select[ApiToken] = Select(
    lambda: ApiToken.objects.select_related("user").filter(digest=Parameter("digest", models.CharField())).order_by()
)
