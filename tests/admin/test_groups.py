"""Groups are ready to use, say in words what their members may do, and offer nothing that has no effect."""

from __future__ import annotations

import json
from html import unescape
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin as django_admin
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client, RequestFactory

from conversations.admin.base import rights
from conversations.admin.base.evaluating import ByEvaluators
from conversations.admin.experiments.admin import ExperimentAdmin
from conversations.admin.fragments.admin import FragmentAdmin
from conversations.admin.webhooks.deliveries import WebhookDeliveryAdmin
from conversations.models import User
from tests.support.admin_pages import url

pytestmark = pytest.mark.django_db
READY = {
    "Prompt writer": ("systemprompt", "rejectedparameter", "case", "run", "experiment"),
    "Prompt publisher": ("systemprompt", "rejectedparameter", "case", "run", "experiment"),
    "Support": ("user", "conversation", "message", "attempt", "limit", "grant", "invitation"),
    "Reader of reports": ("attempt",),
    "Operator": ("provider", "model", "apikey", "attempt", "rejectedparameter", "job", "webhook", "webhookdelivery"),
}


def group_url(group: Group) -> str:
    return f"/admin/auth/group/{group.pk}/change/"


@pytest.mark.parametrize("name", READY)
def test_members_of_ready_groups_open_what_their_group_is_for(client: Client, bob: User, name: str) -> None:
    bob.is_staff = True
    bob.save()
    bob.groups.add(Group.objects.get(name=name))
    client.force_login(bob)
    models = ("systemprompt", "user", "conversation", "message", "limit", "grant", "invitation", "provider", "model", "apikey")
    opened = [
        model
        for model in (*models, "attempt", "rejectedparameter", "job", "case", "run", "experiment", "webhook", "webhookdelivery")
        if client.get(url(f"{model}_changelist")).status_code == 200
    ]
    assert sorted(opened) == sorted(READY[name])
    assert (client.get("/admin/reports/").status_code == 200) == ("attempt" in READY[name])


def test_a_group_that_a_site_has_stays_as_it_is() -> None:
    Group.objects.exclude(name="Support").delete()
    support = Group.objects.get(name="Support")
    own = Permission.objects.filter(codename="view_model")
    support.permissions.set(own)
    migration = import_module("conversations.migrations.0016_ready_groups")
    config = apps.get_app_config("conversations")
    before = config.models_module
    try:
        migration.make_groups(apps, SimpleNamespace(connection=connection))
    finally:
        config.models_module = before
    assert list(support.permissions.all()) == list(own)
    assert set(Group.objects.values_list("name", flat=True)) == set(READY) - {"Prompt publisher"}  # of a later migration


def test_its_page_says_what_members_may_do(signed_in: Client) -> None:
    group = Group.objects.get(name="Operator")
    page = unescape(signed_in.get(group_url(group)).content.decode())
    assert "Add providers: decides where everybody’s messages are sent" in page
    for raw in ("Can add", "content type", "Can view"):
        assert raw not in page
    chosen = [str(pk) for pk in Permission.objects.filter(codename__in=["view_attempt", "view_user"]).values_list("pk", flat=True)]
    opened = signed_in.get(group_url(group)).context["adminform"].form.initial["opened"]
    answer = signed_in.post(group_url(group), {"name": "Operator", "permissions": chosen, "opened": json.dumps(opened)})
    assert answer.status_code == 302
    assert set(group.permissions.values_list("codename", flat=True)) == {"view_attempt", "view_user"}


def test_what_was_given_and_has_no_effect_is_kept_and_shown(signed_in: Client) -> None:
    group = Group.objects.create(name="Old")
    group.permissions.set(Permission.objects.filter(codename__in=["add_session", "view_attempt"]))
    form = signed_in.get(group_url(group)).context["adminform"].form
    labels = {area: [label for _, label in choices] for area, choices in form.fields["permissions"].choices}
    assert labels["Without effect"] == ["Can add session"]
    assert "Without effect" not in dict(
        signed_in.get(group_url(Group.objects.get(name="Support"))).context["adminform"].form.fields["permissions"].choices
    )


def test_staff_read_groups_and_users_in_words(client: Client, alice: User, bob: User) -> None:
    for person in (alice, bob):
        person.user_permissions.set(Permission.objects.filter(codename__in=["view_group", "view_user"]))
    bob.is_staff = True
    bob.save()
    client.force_login(bob)
    group = unescape(client.get(group_url(Group.objects.get(name="Support"))).content.decode())
    assert "Grant more to a user" in group
    page = unescape(client.get(url("user_change", alice.pk)).content.decode())
    assert "See users: names, addresses, usage" in page
    assert "A password is set." in page
    for hidden in ("Can view", "Reset password", "algorithm", "salt"):
        assert hidden not in group + page


def test_every_permission_that_has_an_effect_is_offered(bob: User) -> None:
    """Of staff with all of them, each admin says what it lets them do."""
    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(Permission.objects.all())
    request: Any = RequestFactory().get("/")
    request.user = User.objects.get(pk=bob.pk)
    useful = {
        f"{action}_{model._meta.model_name}"
        for model, registered in django_admin.site._registry.items()
        if not isinstance(
            registered, ByEvaluators | ExperimentAdmin | FragmentAdmin | WebhookDeliveryAdmin
        )  # theirs are rights of prompts and webhooks
        for action, may in registered.get_model_perms(request).items()
        if may
    } | {
        "change_invitation",
        "change_job",
        "add_job",
        "publish_systemprompt",
        "approve_systemprompt",
        "evaluate_systemprompt",
        "stage_systemprompt",
        "experiment_systemprompt",
        "read_conversation",
        "make_apitoken",
        "use_raw_models",
    }
    assert set(rights.offered().values_list("codename", flat=True)) == useful
