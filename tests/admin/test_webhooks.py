"""Webhooks in the admin: a secret that is shown once, tests, the log of what was sent, and who may do what."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from conversations.management import sealing
from conversations.models import DeliveryState, JobState, User, Webhook, WebhookDelivery
from conversations.webhooks import events
from tests.support.admin_pages import staff

pytestmark = pytest.mark.django_db
LIST = "/admin/conversations/webhook/"
DELIVERIES = "/admin/conversations/webhookdelivery/"
ENTERED = {"name": "CI", "url": "https://ci.example/hook", "events": ["prompt.published", "run.finished"], "active": "on"}


@pytest.fixture
def webhook() -> Webhook:
    webhook = Webhook(name="CI", url="https://ci.example/hook", events=["prompt.published"])
    webhook.take("whsec_MDEyMzQ1Njc4OWFiY2RlZg==")
    webhook.save()
    return webhook


def delivered(webhook: Webhook, **fields: Any) -> WebhookDelivery:
    events.tell(events.PROMPT_PUBLISHED, {"prompt": {"slug": "support"}}, None)
    found: WebhookDelivery = webhook.deliveries.latest("created")
    WebhookDelivery.objects.filter(pk=found.pk).update(**fields)
    return found


def secret_in(response: Any) -> str:
    found = re.search(r'value="(whsec_[^"]+)"', response.content.decode())
    assert found
    return found[1]


def test_a_secret_is_drawn_and_shown_once(client: Client, admin: User) -> None:
    client.force_login(admin)
    response = client.post(f"{LIST}add/", ENTERED)
    webhook = Webhook.objects.get()
    secret = secret_in(response)
    assert webhook.secret == secret and secret not in webhook.sealed and webhook.events == ["prompt.published", "run.finished"]
    assert "no-store" in response["Cache-Control"]
    for page in (LIST, f"{LIST}{webhook.pk}/change/", f"{LIST}{webhook.pk}/history/"):
        assert "whsec_" not in client.get(page).content.decode()
    assert "Draw a new secret" in client.get(f"{LIST}{webhook.pk}/secret/").content.decode()
    webhook.refresh_from_db()
    assert webhook.secret == secret, "a look draws none"
    new = secret_in(client.post(f"{LIST}{webhook.pk}/secret/"))
    webhook.refresh_from_db()
    assert webhook.secret == new != secret
    assert "Drew a new secret" in LogEntry.objects.latest("pk").change_message
    assert not any("whsec_" in entry.change_message for entry in LogEntry.objects.all())


def test_mail_is_for_administrators_and_has_no_secret(client: Client, admin: User) -> None:
    client.force_login(admin)
    User.objects.filter(pk=admin.pk).update(email="root@example.org")
    refused = client.post(f"{LIST}add/", {**ENTERED, "url": "mailto:stranger@example.org"}).content.decode()
    assert "Mails go to administrators of this site alone" in refused and not Webhook.objects.exists()
    added = client.post(f"{LIST}add/", {**ENTERED, "url": "mailto:root@example.org"}, follow=True).content.decode()
    assert "whsec_" not in added and Webhook.objects.get().url == "mailto:root@example.org"
    page = client.get(f"{LIST}{Webhook.objects.get().pk}/change/").content.decode()
    assert "New secret" not in page and "Send a test" in page


def test_a_private_address_is_refused(client: Client, admin: User) -> None:
    client.force_login(admin)
    response = client.post(f"{LIST}add/", {**ENTERED, "url": "https://169.254.169.254/"})
    assert "this server’s own network" in response.content.decode() and not Webhook.objects.exists()


def test_one_that_may_no_longer_go_to_its_address_can_be_switched_off(client: Client, admin: User, webhook: Webhook) -> None:
    Webhook.objects.update(url="http://127.0.0.1:9000/hook")
    client.force_login(admin)
    page = f"{LIST}{webhook.pk}/change/"
    opened = re.search(r'name="opened" value="([^"]*)"', client.get(page).content.decode())
    assert opened
    kept = {"name": "CI", "events": ["prompt.published"], "opened": unescape(opened[1])}
    assert "Write an address" in client.post(page, {**kept, "url": "http://127.0.0.1:9001/hook"}).content.decode()
    assert client.post(page, {**kept, "url": "http://127.0.0.1:9000/hook"}).status_code == 302
    webhook.refresh_from_db()
    assert not webhook.active


def test_a_test_is_sent_and_logged(client: Client, admin: User, webhook: Webhook) -> None:
    client.force_login(admin)
    response = client.post(f"{LIST}{webhook.pk}/test/")
    one = WebhookDelivery.objects.get()
    assert response["Location"] == f"{DELIVERIES}{one.pk}/change/" and one.event == "webhook.test" and one.job
    assert LogEntry.objects.latest("pk").change_message == "Sent a test."


def test_what_was_sent_can_be_looked_up_and_sent_again(client: Client, admin: User, webhook: Webhook) -> None:
    one = delivered(
        webhook, state=DeliveryState.FAILED, status=500, duration_ms=1234, answer="<b>no</b>", error="It answered 500.", attempts=8
    )
    client.force_login(admin)
    shown = client.get(f"{DELIVERIES}{one.pk}/change/").content.decode()
    for said in (
        "failed for good",
        "It answered 500.",
        "1,234 ms",
        "&lt;b&gt;no&lt;/b&gt;",
        one.message_id,
        "&quot;slug&quot;: &quot;support&quot;",
    ):
        assert said in shown
    assert "1,234 ms" in client.get(f"{LIST}{webhook.pk}/change/").content.decode()
    assert one.event in client.get(f"{DELIVERIES}?q=support&state=failed").content.decode()
    client.post(f"{DELIVERIES}{one.pk}/again/")
    one.refresh_from_db()
    assert one.state == DeliveryState.WAITING and one.job and one.job.state == JobState.WAITING
    assert one.message_id in LogEntry.objects.latest("pk").change_message
    chosen = {"action": "send_again", "_selected_action": [str(one.pk)]}
    assert "1 to be sent again" in client.post(DELIVERIES, chosen, follow=True).content.decode()
    one.job.state = JobState.RUNNING
    WebhookDelivery.objects.get().job.__class__.objects.update(state=JobState.RUNNING)
    assert "1 left alone" in client.post(DELIVERIES, chosen, follow=True).content.decode()


def test_one_whose_job_was_cancelled_says_so(client: Client, admin: User, webhook: Webhook) -> None:
    one = delivered(webhook, job=None)
    client.force_login(admin)
    assert "its background job was cancelled" in client.get(f"{DELIVERIES}{one.pk}/change/").content.decode()


def test_who_may_only_view_changes_nothing(client: Client, bob: User, webhook: Webhook) -> None:
    one = delivered(webhook, state=DeliveryState.FAILED)
    client.force_login(staff(bob, "view_webhook"))
    before = webhook.sealed
    assert client.get(f"{LIST}{webhook.pk}/change/").status_code == 200
    for page in (f"{LIST}{webhook.pk}/test/", f"{LIST}{webhook.pk}/secret/", f"{DELIVERIES}{one.pk}/again/"):
        assert client.post(page).status_code == 403
        assert "again" not in page or client.get(page).status_code == 405
    assert client.get(f"{LIST}{webhook.pk}/secret/").status_code == 403
    client.post(DELIVERIES, {"action": "send_again", "_selected_action": [str(one.pk)]})
    one.refresh_from_db()
    webhook.refresh_from_db()
    assert one.state == DeliveryState.FAILED and webhook.sealed == before and WebhookDelivery.objects.count() == 1


def test_a_publisher_has_no_part_in_it(client: Client, bob: User, webhook: Webhook) -> None:
    client.force_login(staff(bob, "view_systemprompt", "publish_systemprompt", "view_job", "change_job"))
    for page in (LIST, DELIVERIES, f"{LIST}{webhook.pk}/change/"):
        assert client.get(page).status_code == 403


def test_secrets_are_sealed_again_with_the_newest_key(webhook: Webhook, settings: Any) -> None:
    secret = webhook.secret
    settings.OLD_KEY_SECRETS, settings.KEY_SECRET = [settings.KEY_SECRET], "second"
    assert sealing.reseal_all() == (1, [])
    settings.OLD_KEY_SECRETS = []
    webhook.refresh_from_db()
    assert webhook.secret == secret
    settings.KEY_SECRET = "third"
    assert sealing.reseal_all() == (0, ["the secret of the webhook “CI”"])
