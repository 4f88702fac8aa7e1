"""What webhooks are told of, by whom, in the transaction in which it happens, and without a word of what users say."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from conversations.evaluation import runs
from conversations.evaluation.experiments import running
from conversations.models import Job, SystemPrompt, User, Webhook, WebhookDelivery
from conversations.studio import drafts, labels, publishing
from conversations.studio.files import importing
from conversations.studio.files.document import document_of
from conversations.studio.wording import wording_of
from conversations.webhooks import events
from tests.support import cases, jobs
from tests.support.cases import candidate, case
from tests.support.experiments import started

pytestmark = pytest.mark.django_db


@pytest.fixture
def prompt() -> SystemPrompt:
    return SystemPrompt.objects.get(slug="assistant")


def draft(prompt: SystemPrompt, by: User, text: str) -> Any:
    drafts.save(prompt, {**wording_of(prompt.published), "text": text}, by)
    found = drafts.of(prompt)
    assert found
    return found


def told() -> list[Any]:
    return [(json.loads(one.body)["type"], json.loads(one.body)["data"]) for one in WebhookDelivery.objects.order_by("id")]


def test_publishing_is_told_with_who_did_it(webhook: Webhook, prompt: SystemPrompt, alice: User) -> None:
    before = prompt.published
    made = publishing.publish(prompt, draft(prompt, alice, "Zebrawords"), alice).version
    ((event, data),) = told()
    assert event == "prompt.published"
    assert data == {
        "prompt": {"id": str(prompt.pk), "slug": "assistant", "name": prompt.name},
        "label": "live",
        "version": {"id": str(made.pk), "number": made.number},
        "before": {"id": str(before.pk), "number": before.number},
        "by": {"id": str(alice.pk), "username": "alice"},
    }
    assert "Zebrawords" not in WebhookDelivery.objects.get().body


def test_a_moved_label_is_told_once(webhook: Webhook, prompt: SystemPrompt, alice: User, admin: User, client: Client) -> None:
    version = publishing.publish(prompt, draft(prompt, alice, "new"), alice, label="staging").version
    labels.move(prompt, "staging", version, by=alice)
    labels.move(prompt, "staging", None, by=alice)
    assert [(event, data["label"], data["version"] and data["version"]["number"]) for event, data in told()] == [
        ("label.moved", "staging", version.number),
        ("label.moved", "staging", None),
    ]
    client.force_login(admin)
    page = f"/admin/conversations/systemprompt/{prompt.pk}/versions/{version.number}/"
    client.post(f"{page}label/", {"name": "beta"})
    client.post(f"/admin/conversations/systemprompt/{prompt.pk}/live/", {"number": version.number, "opened": prompt.published.number})
    assert [event for event, _ in told()[2:]] == ["label.moved", "prompt.published"]


def test_an_import_is_told(webhook: Webhook, prompt: SystemPrompt, alice: User) -> None:
    document = document_of(prompt)
    importing.publish([document], alice, force=True)
    assert not told()
    wording = {**document.wording, "text": "imported"}
    importing.publish([type(document)(**{**_fields(document), "wording": wording})], alice, force=True)
    assert [event for event, _ in told()] == ["prompt.published"]


def _fields(document: Any) -> dict[str, Any]:
    return {name: getattr(document, name) for name in document.__slots__}


def test_a_finished_run_is_told_once(webhook: Webhook, prompt: SystemPrompt, admin: User) -> None:
    case(prompt, "Zebraquestion")
    run = cases.planned(prompt, admin, candidate("live", "Zebrawords"))
    runs._end(run, "")
    runs._end(run, "")
    ((event, data),) = told()
    assert event == "run.finished" and data["run"]["id"] == str(run.pk) and data["by"]["username"] == admin.username
    assert data["run"]["candidates"] == [{"label": "live", "passed": 0, "failed": 0, "unjudged": 0}]
    assert "Zebra" not in WebhookDelivery.objects.get().body


def test_an_ended_experiment_is_told_once(webhook: Webhook, prompt: SystemPrompt, admin: User, client: Client) -> None:
    client.force_login(admin)
    experiment = started(prompt, admin)
    for _ in range(2):
        client.post(f"/admin/conversations/experiment/{experiment.pk}/end/")
    ((event, data),) = told()
    ended = {"live": events.version(experiment.live), "candidate": events.version(experiment.candidate), "share_percent": 50}
    assert event == "experiment.ended" and data["by"]["username"] == admin.username
    assert data["experiment"] == {"id": str(experiment.pk), **ended, "ending": "by_hand", "reason": "It was ended by hand."}
    WebhookDelivery.objects.all().delete()

    planned = started(prompt, admin, "Be planned.", until=timezone.now() - timedelta(seconds=1))
    assert planned.job and "Ended it." in jobs.run(planned.job)
    published = started(prompt, admin, "Be published.")
    running.publish(published, admin)
    moved = started(prompt, admin, "Be next.")
    labels.move(moved.prompt, "live", experiment.live, by=admin)
    assert [(event, data.get("experiment", {}).get("ending")) for event, data in told()] == [
        ("experiment.ended", "plan"),
        ("experiment.ended", "published"),
        ("prompt.published", None),
        ("experiment.ended", "live_moved"),
        ("prompt.published", None),
    ]


def test_only_chosen_events_are_told(webhook: Webhook, alice: User) -> None:
    webhook.events = [events.RUN_FINISHED]
    webhook.save()
    events.tell(events.PROMPT_PUBLISHED, {}, alice)
    assert not told()


@pytest.mark.every_database
@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_is_not_told(webhook: Webhook, alice: User) -> None:
    with transaction.atomic():
        events.tell(events.PROMPT_PUBLISHED, {}, alice)
        assert WebhookDelivery.objects.exists() and Job.objects.exists()
        transaction.set_rollback(True)
    assert not WebhookDelivery.objects.exists() and not Job.objects.exists()
    with transaction.atomic():
        events.tell(events.PROMPT_PUBLISHED, {}, alice)
    assert WebhookDelivery.objects.get().job == Job.objects.get()
