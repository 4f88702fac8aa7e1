"""What webhooks are told of, by whom, in the transaction in which it happens, and without a word of what users say."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.utils import timezone

from conversations.commands import feedback
from conversations.evaluation import runs
from conversations.evaluation.experiments import running
from conversations.models import AttemptKind, Grant, Job, Message, Role, Spending, SystemPrompt, User, Webhook, WebhookDelivery, text_part
from conversations.providers.errors import ProviderError
from conversations.routing import keys, open_circuit
from conversations.studio import drafts, labels, publishing
from conversations.studio.files import importing
from conversations.studio.files.document import document_of
from conversations.studio.wording import wording_of
from conversations.usage.budgets import months, reservations
from conversations.usage.budgets.used import Used
from conversations.webhooks import events
from tests.support import cases, jobs
from tests.support.admin_pages import KEY, provider_at
from tests.support.cases import candidate, case
from tests.support.experiments import started
from tests.support.limits import DOLLAR, estimate, limit, reserve, taken
from tests.support.scripted_openai import Finish, ScriptedOpenAI, Text
from tests.support.socket_client import Socket
from tests.support.talks import Talk

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
    webhook.events, webhook.active = [events.PROMPT_PUBLISHED], False
    webhook.save()
    events.tell(events.PROMPT_PUBLISHED, {}, alice)
    assert not told(), "A webhook that is switched off is told of nothing."


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


@pytest.mark.django_db(transaction=True)
async def test_an_ended_answer_is_told_by_ids_and_figures(webhook: Webhook, alice: User, openai: ScriptedOpenAI) -> None:
    openai.script(Text("Zebrawords"), Finish())
    async with Socket(alice) as socket:
        finished = await socket.answer("Quaggawords?")
    (body,) = [one.body async for one in WebhookDelivery.objects.filter(event="answer.finished")]
    data = json.loads(body)["data"]
    assert (data["message"], data["status"], data["error"]) == (finished["message"], "complete", "")
    assert data["user"] == {"id": str(alice.pk)} and data["usage"]["output_tokens"] > 0
    assert "words" not in body


@pytest.mark.django_db(transaction=True)
async def test_answers_are_not_told_of_where_no_webhook_wants_them(alice: User, openai: ScriptedOpenAI) -> None:
    async with Socket(alice) as socket:
        await socket.answer("Hello")
    assert not await WebhookDelivery.objects.aexists()


def test_a_thumb_is_told_without_its_words(webhook: Webhook, alice: User) -> None:
    talk = Talk(alice, "Newts")
    question = talk.say("Hello")
    answer = Message.objects.create(
        conversation=talk.conversation, owner=alice, parent=question, role=Role.ASSISTANT, parts=[text_part("Hi")]
    )
    feedback.give(alice, talk.conversation.pk, answer.pk, {"thumb": "down", "tags": ["wrong"], "words": "Zebrawords"})
    feedback.give(alice, talk.conversation.pk, answer.pk, {"thumb": None})
    ((event, data),) = told()
    assert (event, data["thumb"], data["tags"], data["message"]) == ("feedback.given", "down", ["wrong"], str(answer.pk))
    assert "words" not in WebhookDelivery.objects.get().body


def test_a_refused_key_is_told_once_and_without_its_secret(webhook: Webhook) -> None:
    provider = provider_at("https://models.example/v1", KEY)
    key = provider.keys.get()
    for _ in range(2):
        keys.refuse(key.pk, KEY, ProviderError("key", "Incorrect API key provided", status=401))
    ((event, data),) = told()
    assert (event, data["key"]["label"], data["provider"]["name"], data["status"]) == ("key.refused", "main", "House", 401)
    assert KEY not in WebhookDelivery.objects.get().body


def test_a_circuit_that_opens_is_told_once(webhook: Webhook) -> None:
    provider = provider_at("https://models.example/v1", KEY)
    now = timezone.now()
    open_circuit.store((str(provider.pk), "big"), now, 0.0)
    open_circuit.store((str(provider.pk), "big"), now + timedelta(hours=1), 0.0)  # its trial failed
    ((event, data),) = told()
    assert (event, data["model"], data["provider"]["name"]) == ("circuit.opened", "big", "House")


def test_a_budget_for_one_kind_alone_is_told_in_its_units(webhook: Webhook, alice: User) -> None:
    limit(kind="audio", monthly_units=2)
    limit(counting="together", monthly_cost=2)
    reserve(alice, of=estimate()._replace(kind=AttemptKind.SPEECH, units=1))
    reservations.add(alice.pk, {"": Used(5, 9), "audio": Used(5, 9, 119_999)})
    assert not told()
    reservations.add(alice.pk, {"": Used(5, 9), "audio": Used(5, 9, 1)})
    ((event, data),) = told()
    said = {name: data["budget"][name] for name in ("only_for", "unit", "used", "allowed")}
    assert (event, said) == ("budget.reached", {"only_for": "audio", "unit": "minutes", "used": 2, "allowed": 2})
    assert data["budget"]["of"]["id"] == str(alice.pk)
    reservations.add(alice.pk, taken(2 * DOLLAR - 11, 0))
    assert len(told()) == 1
    reservations.add(alice.pk, taken(1, 0))
    budget = told()[-1][1]["budget"]
    assert (budget["of"]["kind"], "only_for" in budget, budget["unit"], budget["used"]) == ("site", False, "dollars", 2)


def test_a_budget_that_is_used_up_is_told_once_a_month(webhook: Webhook, alice: User, bob: User) -> None:
    pupils = Group.objects.create(name="Pupils")
    alice.groups.add(pupils)
    limit(monthly_tokens=1_500)
    limit(group=pupils, counting="together", monthly_cost=Decimal("1.60"))
    month = months.current()
    before = (month - timedelta(days=1)).replace(day=1)
    Spending.objects.create(subject=f"user:{alice.pk}", month=before, spent_tokens=9_999, counted=timezone.now())

    def answers(user: User, tokens: int) -> None:
        reply = uuid.uuid4()
        reserve(user, reply, estimate(read=100, write=400))
        reservations.settle(reply, taken(tokens * 1_000_000, tokens))

    answers(alice, 450)
    answers(bob, 450)
    assert not told()
    answers(alice, 500)
    assert not told()  # 550 tokens are left, enough for another
    answers(alice, 300)
    kinds = {data["budget"]["of"]["kind"]: data["budget"] for event, data in told() if event == "budget.reached"}
    resets = months.following(month).isoformat()
    shared = {"month": f"{month:%Y-%m}", "resets": resets}
    assert kinds == {
        "user": {**shared, "of": {"kind": "user", "id": str(alice.pk), "name": "alice"}, "unit": "tokens", "used": 1_250, "allowed": 1_500},
        "group": {
            **shared,
            "of": {"kind": "group", "id": str(pupils.pk), "name": "Pupils"},
            "unit": "dollars",
            "used": 1.25,
            "allowed": 1.6,
        },
    }
    Grant.objects.create(person=alice, month=month, tokens=1_000)
    reservations.add(alice.pk, taken(2_000_000_000, 2_000))
    assert len(told()) == 2, "of a budget once a month"
    reservations.add(bob.pk, taken(0, 1_050))
    assert [data["budget"]["of"]["id"] for _, data in told()[2:]] == [str(bob.pk)]
