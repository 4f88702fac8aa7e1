"""Which prompts a caller may read and change: those of its token, with the rights that its user has in the admin. Synchronous."""

from __future__ import annotations

from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet

from conversations.api.authentication import Caller
from conversations.api.errors import ApiError, not_found
from conversations.models import Scope, SystemPrompt
from conversations.studio.rights import PUBLISH, SEE

CHANGES = "conversations.change_systemprompt"


def readable(caller: Caller) -> QuerySet[SystemPrompt]:
    """Raises ApiError where the caller may read none."""
    caller.require(Scope.READ_PROMPTS)
    if not (caller.user.is_staff and any(map(caller.user.has_perm, SEE))):
        raise ApiError(403, "The user of this token may not see prompts.", code="forbidden")
    prompts = SystemPrompt.objects.select_related("published").order_by("slug")
    return prompts if caller.prompts is None else prompts.filter(pk__in=caller.prompts)


def one(caller: Caller, slug: str) -> SystemPrompt:
    return _found(readable(caller), slug)


def to_change(caller: Caller, slug: str) -> SystemPrompt:
    return _writable(caller, slug, CHANGES, "change prompts")


def to_publish(caller: Caller, slug: str) -> SystemPrompt:
    return _writable(caller, slug, PUBLISH, "publish prompts")


def log(caller: Caller, prompt: SystemPrompt, said: str) -> None:
    """Into the admin log, as the admin's own pages do."""
    told = f"{said} (Over the API, with the token “{caller.token.name}”.)"
    LogEntry.objects.log_actions(caller.user.pk, [prompt], CHANGE, told, single_object=True)


def _writable(caller: Caller, slug: str, permission: str, what: str) -> SystemPrompt:
    caller.require(Scope.WRITE_PROMPTS)
    caller.require_right(permission, what)
    prompts = SystemPrompt.objects.all()
    return _found(prompts if caller.prompts is None else prompts.filter(pk__in=caller.prompts), slug)


def _found(prompts: QuerySet[SystemPrompt], slug: str) -> SystemPrompt:
    prompt = prompts.filter(slug=slug).first()
    if prompt is None:
        raise not_found("There is no such prompt, or this token may not use it.")
    return prompt
