"""Permissions as what they let a staff user do. What is not named here lets them do nothing, and is not offered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet
from django.forms.models import ModelChoiceIterator

RIGHTS = {
    "Assistants": {
        "view_systemprompt": "See system prompts and fragments, their drafts and versions, with who wrote them",
        "add_systemprompt": "Write new system prompts, as drafts",
        "change_systemprompt": "Edit drafts of system prompts and fragments, their names and descriptions",
        "publish_systemprompt": "Publish drafts and fragments, move labels and say who may choose a prompt: "
        "what everybody’s conversations get",
        "approve_systemprompt": "Approve drafts that others wrote, where a prompt asks for approvals",
        "evaluate_systemprompt": "Try system prompts and drafts, edit and run their cases (together with seeing them): asks "
        "providers, which costs money",
        "stage_systemprompt": "Chat with versions labelled “staging”, which other users don’t see",
        "experiment_systemprompt": "Run experiments: versions that aren’t live answer a share of new conversations (starting one takes the "
        "right to publish, too), and end them",
        "delete_systemprompt": "Delete system prompts",
        "view_widget": "See widgets, which put assistants on other sites, and how much they are used",
        "add_widget": "Add widgets: everyone on the sites that are named may ask the assistant that is chosen, at this site’s cost",
        "change_widget": "Change widgets, and draw new secrets for tokens of their hosts’ users",
        "delete_widget": "Delete widgets, with their visitors and all conversations of these",
        "view_rejectedparameter": "See which parameters models refused",
        "delete_rejectedparameter": "Have refused parameters tried again",
    },
    "Users": {
        "view_user": "See users: names, addresses, usage",
        "add_user": "Add users, with a password to carry to them (together with changing users)",
        "change_user": "Change users’ first and last names, and lock accounts of users without staff status",
        "delete_user": "Delete users without staff status, with all their conversations",
        "view_invitation": "See invitations and who came by them (together with seeing users)",
        "add_invitation": "Invite people, into no group",
        "change_invitation": "Revoke invitations",
        "view_apitoken": "See API tokens, whose they are and what they used, never the tokens (together with seeing users)",
        "add_apitoken": "Make API tokens, for services without staff status and for themselves (together with seeing users)",
        "change_apitoken": "Change these, and revoke any API token (together with seeing users)",
        "make_apitoken": "Make API tokens for themselves, in their account",
        "use_raw_models": "Ask models without an assistant, with an API token",
        "view_limit": "See limits, with users’ names (together with seeing users)",
        "add_limit": "Set new limits (together with seeing users)",
        "change_limit": "Change limits (together with seeing users)",
        "delete_limit": "Remove limits (together with seeing users)",
        "view_grant": "See grants, with users’ names (together with seeing users)",
        "add_grant": "Grant more to a user (together with seeing users)",
        "delete_grant": "Take grants back (together with seeing users)",
        "view_group": "See groups and their permissions",
        "view_emailaddress": "See all email addresses of accounts, and whose they are (together with seeing users)",
    },
    "Conversations": {
        "view_conversation": "See conversations: times and figures, neither titles nor what was said (users’ names only together with "
        "seeing users)",
        "read_conversation": "Read what was said in conversations, where ADMIN_READS_CONVERSATIONS is on, review answers and see the words "
        "of feedback: each look is kept in the admin log",
        "delete_conversation": "Delete conversations, for their owners, too",
        "view_message": "See messages: state and figures, not what was said (users’ names only together with seeing users)",
        "view_file": "See files: kinds, sizes and owners, neither names nor what is in them (users’ names only together with seeing users)",
    },
    "Providers": {
        "view_provider": "See providers",
        "add_provider": "Add providers: decides where everybody’s messages are sent",
        "change_provider": "Change and test providers, which names their keys’ labels: decides where everybody’s messages are sent",
        "delete_provider": "Delete providers",
        "view_model": "See models",
        "add_model": "Add and fetch models",
        "change_model": "Change models",
        "delete_model": "Delete models",
        "view_apikey": "See API keys’ labels, last four characters and state, never the keys",
        "add_apikey": "Enter API keys",
        "change_apikey": "Replace API keys, and use paused ones again",
        "delete_apikey": "Delete API keys",
    },
    "Reports": {
        "view_attempt": "Read the reports, and every attempt to get an answer, with the providers’ names (users’ names only together "
        "with seeing users, keys only together with seeing API keys)",
    },
    "Machinery": {
        "view_job": "See background jobs",
        "change_job": "Cancel background jobs and run them again",
        "add_job": "Have the search index rebuilt",
        "view_webhook": "See webhooks, where they lead, and what was sent and answered (which names who published)",
        "add_webhook": "Add webhooks: other servers are told of publications, runs and experiments, and by whom",
        "change_webhook": "Change and test webhooks, send messages again, and draw new secrets",
        "delete_webhook": "Delete webhooks",
    },
}
_WORDS = {codename: words for rights in RIGHTS.values() for codename, words in rights.items()}
_APPLICATIONS = ("conversations", "auth", "account")


def in_words(permission: Permission) -> str:
    return _WORDS.get(permission.codename, permission.name)


def all_in_words(permissions: Iterable[Permission]) -> list[str]:
    """By area, as forms offer them."""
    known = list(_WORDS)
    found = sorted(permissions, key=lambda one: known.index(one.codename) if one.codename in _WORDS else len(known))
    return [in_words(permission) for permission in found]


def offered(given: QuerySet[Permission] | None = None) -> QuerySet[Permission]:
    """What lets a user do something, and what is `given` already: a form must not take away what it doesn't show."""
    useful = Q(content_type__app_label__in=_APPLICATIONS, codename__in=_WORDS)
    return Permission.objects.filter(useful if given is None else useful | Q(pk__in=list(given.values_list("pk", flat=True))))


class _ByArea(ModelChoiceIterator):
    def __iter__(self) -> Iterator[Any]:
        found = {permission.codename: permission for permission in self.queryset}
        for area, rights in RIGHTS.items():
            yield area, [self.choice(found.pop(codename)) for codename in rights if codename in found]
        if found:
            yield "Without effect", [self.choice(permission) for permission in found.values()]


class RightsField(forms.ModelMultipleChoiceField):
    iterator = _ByArea

    def label_from_instance(self, permission: Any) -> str:
        return in_words(permission)
