"""Who may move `live`, make a prompt the default one, evaluate, and read conversations.

Asked on every way to it: on pages, by jobs, commands and imports.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from conversations.models import SystemPrompt, User

PUBLISH = "conversations.publish_systemprompt"
EVALUATE = "conversations.evaluate_systemprompt"
READ = "conversations.read_conversation"
SEE = ("conversations.view_systemprompt", "conversations.change_systemprompt")


def may_move_live(user: User, prompt: SystemPrompt) -> bool:
    """Superusers may wherever they may publish, as everywhere in Django's admin: they also say who else may."""
    if not (user.is_staff and user.has_perm(PUBLISH)):
        return False
    return user.is_superuser or not prompt.live_reserved or _is_named(user, prompt)


def may_evaluate(user: User | AnonymousUser) -> bool:
    """Run cases, which asks providers in their name."""
    return bool(user.is_active and user.is_staff and user.has_perm(EVALUATE) and any(map(user.has_perm, SEE)))


def may_read_conversations(user: User | AnonymousUser) -> bool:
    """Those of other users, with what is attached to them."""
    return bool(settings.ADMIN_READS_CONVERSATIONS and user.is_active and user.is_staff and user.has_perm(READ))


def who_moves_live(prompt: SystemPrompt) -> str:
    """In words, such as “alice, members of Editors, superusers”."""
    if not prompt.live_reserved:
        return "all who may publish"
    users = [user.get_username() for user in prompt.live_users.order_by("username")]
    return ", ".join([*users, *(f"members of {group.name}" for group in prompt.live_groups.order_by("name")), "superusers"])


def refused_default(user: User, prompt: SystemPrompt | None) -> str:
    """Why the user may not make this prompt, or a new one, the default one; empty where they may.

    What everybody gets would be changed by that, as by moving `live` of what is the default now.
    """
    default = SystemPrompt.objects.filter(is_default=True).first()
    if default is None or user.is_superuser:
        return ""
    if default.approvals_needed > (prompt.approvals_needed if prompt else 0):
        needed = f"The default prompt asks for {default.approvals_needed} approvals, and this one for fewer"
        return f"{needed}: a superuser can make it the default."
    if default.cases_required and not (prompt and prompt.cases_required):
        return "The cases of the default prompt have to pass, and this one’s don’t: a superuser can make it the default."
    if default.live_reserved and not may_move_live(user, default):
        movers = who_moves_live(default)
        return f"Who may move “live” of “{default.name}”, which is the default, can make another prompt the default: {movers}."
    return ""


def _is_named(user: User, prompt: SystemPrompt) -> bool:
    return prompt.live_users.filter(pk=user.pk).exists() or prompt.live_groups.filter(user=user).exists()
