"""Every page of the admin, for every ready group: none breaks, and none shows what isn't the group's to see."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.db.models import Model as Row
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from conversations.admin.base import rights
from conversations.models import (
    Case,
    Conversation,
    Experiment,
    Feedback,
    Fragment,
    Grant,
    Invitation,
    Job,
    Limit,
    Message,
    Model,
    RejectedParameter,
    ReviewItem,
    ReviewReason,
    Role,
    Run,
    Status,
    SystemPrompt,
    Thumb,
    User,
    Webhook,
    text_part,
)
from tests.support import ledger, widget_visitors
from tests.support.admin_pages import KEY, provider_at, staff
from tests.support.api import token_of
from tests.support.files import stored_file

pytestmark = pytest.mark.django_db
READING = {"conversations_feedback_changelist"}
CONTENT = ("Zebratitle", "Zebraquestion", "Zebraanswer", "Zebracause", "Zebrawords", "Zebranote")
HEADER = "Zebragateway"
GROUPS = ("Prompt writer", "Prompt publisher", "Support", "Reader of reports", "Operator")
FOR_ALL_STAFF = {"index", "login", "logout", "jsi18n", "password_change", "password_change_done"}
NOT_BY_NAME = {"view_on_site"}  # has an address that is no page


@pytest.fixture
def rows(alice: User) -> dict[str, Row]:
    """One of each kind that is administered, by its model's name."""
    now = timezone.now()
    provider = provider_at("http://127.0.0.1:1/v1", KEY, headers={"X-Gateway-Key": HEADER})
    prompt = SystemPrompt.objects.get(slug="assistant")
    conversation = Conversation.objects.create(owner=alice, title="Zebratitle", prompt=prompt, updated=now)
    question = Message.objects.create(
        conversation=conversation, owner=alice, role=Role.USER, parts=[text_part("Zebraquestion")], request_id=uuid.uuid4()
    )
    reply = Message.objects.create(
        conversation=conversation,
        owner=alice,
        parent=question,
        role=Role.ASSISTANT,
        parts=[text_part("Zebraanswer")],
        status=Status.FAILED,
        prompt_version=prompt.published,
        error_kind="rate_limit",
        error_cause="Zebracause",
        filled_in={"values": {"topic": "Zebrawords"}, "fragments": {}},
    )
    key = provider.keys.get()
    key.label = "Zebralabel"
    key.save()
    attempt = ledger.attempt(now, "rate_limit", model="m", reply=reply, owner=alice, provider=provider, key=key, cause="Zebracause")
    invitation = Invitation(note="Class 7b", made_by=alice, expires=now + timedelta(days=1))
    invitation.draw_token()
    invitation.save()
    invitation.users.add(alice)
    group = Group.objects.get(name="Support")
    Limit.objects.create(group=group, monthly_cost=1)
    fragment = Fragment.objects.create(name="tone")
    fragment.publish("Be kind.")
    case = Case.objects.create(prompt=prompt, name="Tides", turns=[{"role": "user", "text": "How do they work?"}], author=alice)
    run = Run.objects.create(
        prompt=prompt, cap=1, candidates=[{"label": "live", "wording": {"text": "Be brief.", "model": ""}}], author=alice
    )
    run.cases.add(case)
    run.results.create(case=case, case_revision=1, candidate=0, repeat=0, output="By the moon", verdict=True, judged_by=alice)
    webhook = Webhook(name="CI", url="https://ci.example/hooks", events=["prompt.published"])
    webhook.take("whsec_MDEyMzQ1Njc4OWFiY2RlZg==")
    webhook.save()
    delivery = webhook.deliveries.create(
        event="prompt.published", body='{"type":"prompt.published"}', answer="ok", error="It answered 500."
    )
    _, token = token_of(alice)
    return {
        "apikey": key,
        "apitoken": token,
        "attempt": attempt,
        "case": case,
        "conversation": conversation,
        "emailaddress": EmailAddress.objects.create(user=alice, email="second@example.org"),
        "experiment": Experiment.objects.create(
            prompt=prompt, live=prompt.versions.get(), candidate=prompt.add_version(text="Other"), share=10, fewest=30, started_by=alice
        ),
        "feedback": Feedback.objects.create(message=reply, user=alice, thumb=Thumb.DOWN, words="Zebrawords"),
        "file": stored_file(alice, b"Zebratext", "Zebraname.txt"),
        "fragment": fragment,
        "grant": Grant.objects.create(person=alice, month=now.date().replace(day=1), cost=1),
        "group": group,
        "invitation": invitation,
        "job": Job.objects.create(kind="conversations.search.rebuilding.rebuild_search_index", max_attempts=3),
        "limit": Limit.objects.create(person=alice, monthly_cost=1),
        "message": reply,
        "model": Model.objects.create(provider=provider, name="m"),
        "provider": provider,
        "reviewitem": ReviewItem.objects.create(message=reply, reason=ReviewReason.THUMB, note="Zebranote"),
        "run": run,
        "rejectedparameter": RejectedParameter.objects.create(base_url=provider.base_url, model="m", parameter="temperature"),
        "systemprompt": prompt,
        "user": alice,
        "webhook": webhook,
        "webhookdelivery": delivery,
        "widget": widget_visitors.widget(),
    }


def named(resolver: Any) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from named(pattern)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield pattern.name


def pages(rows: dict[str, Row]) -> dict[str, str]:
    """The address of every page that the admin has, by its name."""
    admin = next(one for one in get_resolver().url_patterns if isinstance(one, URLResolver) and one.app_name == "admin")
    return {name: address(name, rows) for name in sorted(set(named(admin)) - NOT_BY_NAME)}


def address(name: str, rows: dict[str, Row]) -> str:
    row = next((row for model, row in rows.items() if f"_{model}_" in name), None)
    for arguments in ([], [row and row.pk], [row and row.pk, 1], [row and row.pk, rows["case"].pk], ["users"], ["conversations"]):
        try:
            return reverse(f"admin:{name}", args=arguments)
        except NoReverseMatch:
            continue
    raise AssertionError(f"{name} has no row in this test")


def shown(client: Client, page: str) -> str:
    response = client.get(page)
    assert response.status_code < 500, page
    return "" if response.status_code != 200 or response.streaming else response.content.decode()


@pytest.mark.parametrize("group", [*GROUPS, None])
def test_no_page_breaks_or_shows_content_or_secrets(
    client: Client, bob: User, rows: dict[str, Row], group: str | None, settings: Any
) -> None:
    """Without a group: who may view, add and delete everything that can be given, but change nothing."""
    settings.ADMIN_READS_CONVERSATIONS = True
    most = [codename for area in rights.RIGHTS.values() for codename in area if not codename.startswith("change_")]
    bob = staff(bob, *(most if group is None else ()))
    if group:
        bob.groups.set([Group.objects.get(name=group)])
    changes_providers = bob.has_perm("conversations.change_provider")
    client.force_login(bob)
    opened = set()
    for name, page in pages(rows).items():
        if name == "logout":
            continue
        text = shown(client, page)
        opened |= {name} if text else set()
        reads = bob.has_perm("conversations.read_conversation") and name in READING
        unseen = [*(() if reads else CONTENT), KEY, rows["apikey"].sealed, "whsec_", rows["webhook"].sealed]  # type: ignore[attr-defined]
        if not (changes_providers and name == "conversations_provider_change"):
            unseen.append(HEADER)
        if not bob.has_perm("conversations.view_user"):
            unseen.append("alice")
        if not bob.has_perm("conversations.view_apikey"):
            unseen += ["Zebralabel", f"…{KEY[-4:]}<"]
        for secret in unseen:
            assert secret not in text, page
    assert len(opened) > len(FOR_ALL_STAFF)


def test_staff_without_permissions_open_and_change_nothing(client: Client, bob: User, rows: dict[str, Row]) -> None:
    client.force_login(staff(bob))
    for name, page in pages(rows).items():
        if name not in FOR_ALL_STAFF:
            assert {client.get(page).status_code, client.post(page, {"post": "yes"}).status_code} <= {403, 404, 405}, page
    for row in rows.values():
        row.refresh_from_db()
