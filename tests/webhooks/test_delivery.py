"""A message reaches a webhook signed, at least once and by one job at a time, and what came of it can be looked up."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from conversations.jobs import queue
from conversations.models import DeliveryState, JobState, User, Webhook, WebhookDelivery
from conversations.webhooks import delivery, events, mailing, sending, signing
from tests.support import jobs

from .receiver import Receiver

pytestmark = pytest.mark.django_db


def told(webhook: Webhook, by: User | None = None) -> WebhookDelivery:
    events.tell(events.PROMPT_PUBLISHED, {"prompt": {"slug": "support"}}, by)
    return webhook.deliveries.latest("created")


def attempt(one: WebhookDelivery) -> str:
    """Run the job that is to make it, here."""
    one.refresh_from_db()
    assert one.job
    said = jobs.run(one.job)
    one.refresh_from_db()
    return said


def test_a_message_is_signed_as_the_specification_says() -> None:
    """By the example of its reference library for Python: https://github.com/standard-webhooks/standard-webhooks."""
    headers = signing.headers("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_what_is_sent_can_be_verified(webhook: Webhook, receiver: Receiver, alice: User) -> None:
    receiver.status, receiver.answer = 200, b"thanks"
    one = told(webhook, alice)
    assert attempt(one) == "Delivered to CI."
    (received,) = receiver.received
    assert received.path == "/hook?key=1" and received.headers["content-type"] == "application/json"
    message = json.loads(received.body)
    assert message["type"] == "prompt.published" and message["timestamp"].startswith("20")
    assert message["data"] == {"prompt": {"slug": "support"}, "by": {"id": str(alice.pk), "username": "alice"}}
    assert received.headers["webhook-id"] == one.message_id
    assert abs(int(received.headers["webhook-timestamp"]) - time.time()) < 60
    signed = f"{one.message_id}.{received.headers['webhook-timestamp']}.".encode() + received.body
    key = base64.b64decode(webhook.secret.removeprefix("whsec_"))
    assert len(key) == 32
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert received.headers["webhook-signature"] == f"v1,{expected}"
    assert (one.state, one.status, one.answer, one.error, one.attempts) == ("delivered", 200, "thanks", "", 1)
    assert one.duration_ms is not None and one.tried


@pytest.mark.parametrize("event", events.EVENTS)
def test_each_event_is_signed_tried_again_and_noted_and_reads_as_mail(
    event: str, webhook: Webhook, receiver: Receiver, alice: User, settings: Any, mailoutbox: list[EmailMessage]
) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, email="anna@example.org")
    by_mail = Webhook.objects.create(name="Anna", url=mailing.check("mailto:anna@example.org"), events=[event], sealed="none")
    events.tell(event, {"prompt": {"slug": "support", "name": "Support"}}, None)
    sent, mailed = webhook.deliveries.get(), by_mail.deliveries.get()
    receiver.status = 503
    assert attempt(sent) == "It answered 503. It is tried again."
    receiver.status = 204
    assert (attempt(sent), attempt(mailed)) == ("Delivered to CI.", "Delivered to Anna.")
    first, second = receiver.received
    assert json.loads(first.body)["type"] == json.loads(second.body)["type"] == event
    for received in (first, second):
        given = sent.message_id, int(received.headers["webhook-timestamp"]), received.body
        assert received.headers["webhook-signature"] == signing.headers(webhook.secret, *given)["webhook-signature"]
    assert [(one.event, one.state) for one in (sent, mailed)] == [(event, "delivered")] * 2 and sent.attempts == 2
    assert mailoutbox[0].subject.endswith(f"] {event.replace('.', ' ').capitalize()}: Support")


def test_a_failure_is_tried_again_later_and_later_with_the_same_id(webhook: Webhook, receiver: Receiver) -> None:
    receiver.status, receiver.answer = 503, b"x" * 100_000
    one = told(webhook)
    pauses = []
    for number in range(1, len(delivery.PAUSES) + 1):
        before = timezone.now()
        assert attempt(one) == "It answered 503. It is tried again."
        assert (one.state, one.attempts, one.status, len(one.answer)) == ("waiting", number, 503, sending.MAX_ANSWER_BYTES)
        assert one.job and one.job.due and one.job.due > timezone.now()
        pauses.append(one.job.due - before)
    for pause, least in zip(pauses, delivery.PAUSES, strict=True):
        assert least <= pause <= least * 1.2 + timedelta(seconds=20)
    assert attempt(one) == "It answered 503. It is not tried again."
    assert one.state == DeliveryState.FAILED
    assert {received.headers["webhook-id"] for received in receiver.received} == {one.message_id}
    assert len({received.body for received in receiver.received}) == 1
    receiver.status, receiver.answer = 204, b""
    assert delivery.send_again(one.pk)
    assert attempt(one) == "Delivered to CI."
    assert receiver.received[-1].headers["webhook-id"] == one.message_id


def test_only_the_job_that_a_message_has_sends_it(webhook: Webhook, receiver: Receiver) -> None:
    receiver.status = 500
    one = told(webhook)
    attempt(one)
    waiting = one.job
    assert waiting
    assert delivery.send_again(one.pk)
    waiting.refresh_from_db()
    assert waiting.state == JobState.CANCELLED
    assert jobs.run(waiting) == "It was sent, or another job is to send it."
    receiver.status = 204
    attempt(one)
    assert attempt(one) == "It was sent, or another job is to send it.", "as where its process died before the job was done"
    assert len(receiver.received) == 2


def test_what_is_being_sent_is_not_sent_a_second_time(webhook: Webhook) -> None:
    one = told(webhook)
    assert one.job
    one.job.state = JobState.RUNNING
    one.job.save()
    assert not delivery.send_again(one.pk)
    one.refresh_from_db()
    assert one.job.state == JobState.RUNNING


def test_a_killed_process_has_it_sent_again(webhook: Webhook, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """At least once: it was sent, and nothing says so."""
    one = told(webhook)
    with monkeypatch.context() as patch:
        patch.setattr(delivery, "_end", lambda *arguments: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            attempt(one)
    assert attempt(one) == "Delivered to CI."
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"] and first.body == second.body


def test_a_redirect_is_not_followed(webhook: Webhook, receiver: Receiver, address: str) -> None:
    receiver.status, receiver.headers = 307, {"Location": f"{address}/elsewhere"}
    one = told(webhook)
    attempt(one)
    assert len(receiver.received) == 1 and "a redirect, and these aren’t followed" in one.error


def test_no_answer_takes_longer_than_its_time(webhook: Webhook, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.2)
    receiver.gate.clear()
    one = told(webhook)
    attempt(one)
    assert one.error.startswith("No answer came within") and one.status is None and one.state == "waiting"


def test_an_answer_that_is_none_is_told(webhook: Webhook, receiver: Receiver) -> None:
    receiver.headers = {"Content-Length": "many"}
    one = told(webhook)
    attempt(one)
    assert one.error.startswith("Its answer can’t be read: ") and one.state == "waiting"


def test_what_cant_be_reached_is_told(webhook: Webhook) -> None:
    webhook.url = "http://127.0.0.1:1/"
    webhook.save()
    one = told(webhook)
    attempt(one)
    assert one.error.startswith("It can’t be reached: ")


def test_who_is_switched_off_gets_nothing_but_tests(webhook: Webhook, receiver: Receiver, alice: User) -> None:
    one = told(webhook)
    webhook.active = False
    webhook.save()
    assert attempt(one) == "The webhook was switched off. It is not tried again."
    events.tell(events.LABEL_MOVED, {}, alice)
    assert not webhook.deliveries.filter(event=events.LABEL_MOVED).exists()
    test = events.send_test(webhook, alice)
    assert attempt(test) == "Delivered to CI." and json.loads(receiver.received[0].body)["type"] == "webhook.test"
    receiver.status = 500
    assert attempt(events.send_test(webhook, alice)) == "It answered 500. It is not tried again."


def test_a_secret_that_cant_be_opened_is_told(webhook: Webhook, receiver: Receiver, settings: Any) -> None:
    one = told(webhook)
    settings.KEY_SECRET = "another"
    attempt(one)
    assert "secret can’t be opened" in one.error and not receiver.received


def test_old_deliveries_go_unless_they_are_still_to_be_sent(webhook: Webhook) -> None:
    old, waiting, new, stuck = (told(webhook) for _ in range(4))
    WebhookDelivery.objects.exclude(pk=new.pk).update(created=timezone.now() - timedelta(days=31))
    WebhookDelivery.objects.filter(pk=old.pk).update(state=DeliveryState.FAILED)
    assert stuck.job_id
    queue.cancel(stuck.job_id)
    assert jobs.run(delivery.delete_old_deliveries.enqueue()) == "2 deliveries deleted."
    assert set(WebhookDelivery.objects.all()) == {waiting, new}


def test_what_was_deleted_is_not_sent(webhook: Webhook, receiver: Receiver) -> None:
    one = told(webhook)
    job = one.job
    webhook.delete()
    assert job and jobs.run(job) == "It was deleted." and not receiver.received


def documented(language: str) -> str:
    """The example of docs/webhooks.md."""
    text = (Path(__file__).parents[2] / "docs/webhooks.md").read_text(encoding="utf-8")
    found = re.search(rf"```{language}\n(def verified|import.*?)(.*?)```", text, re.DOTALL)
    assert found
    return found[1] + found[2]


def test_the_documented_receivers_take_what_is_signed_and_nothing_else(tmp_path: Path) -> None:
    secret, body, now = signing.new_secret(), '{"type":"é"}'.encode(), int(time.time())
    sound = signing.headers(secret, "msg_1", now, body)
    tried = [
        (secret, sound, body, True),
        (secret, {**sound, "webhook-signature": f"v1,other {sound['webhook-signature']}"}, body, True),
        (signing.new_secret(), sound, body, False),
        (secret, sound, body + b" ", False),
        (secret, {**sound, "webhook-id": "msg_2"}, body, False),
        (secret, signing.headers(secret, "msg_1", now - 400, body), body, False),
    ]
    names: dict[str, Any] = {}
    exec(documented("python"), names)
    assert [names["verified"](*one[:3]) for one in tried] == [one[3] for one in tried]
    script = tmp_path / "receiver.mjs"
    given = json.dumps([[one[0], one[1], one[2].decode()] for one in tried])
    asked = f"console.log(JSON.stringify({given}.map(([secret, headers, body]) => verified(secret, headers, Buffer.from(body)))));"
    script.write_text(documented("js") + asked, encoding="utf-8")
    answered = subprocess.run(["node", script], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(answered.stdout) == [one[3] for one in tried]


class RefusingBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Any) -> int:
        raise SMTPServerDisconnected("Connection unexpectedly closed")


def test_an_administrator_gets_events_as_mail_and_no_one_else(alice: User, settings: Any, mailoutbox: list[EmailMessage]) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, email="anna@example.org")
    webhook = Webhook(name="Anna", url=mailing.check("MAILTO:Anna@Example.org"), events=[events.BUDGET_REACHED], sealed="none")
    webhook.save()
    of = {"kind": "group", "id": "3", "name": "Pupils"}
    events.tell(events.BUDGET_REACHED, {"budget": {"of": of, "unit": "dollars", "used": 20.0, "allowed": 20.0}}, None)
    one = webhook.deliveries.get()
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.RefusingBackend"
    assert attempt(one) == "The mail server didn’t take it: Connection unexpectedly closed. It is tried again."
    settings.EMAIL_BACKEND = working
    assert attempt(one) == "Delivered to Anna." and one.state == DeliveryState.DELIVERED
    (mail,) = mailoutbox
    assert mail.to == ["anna@example.org"] and mail.subject.endswith("] Budget reached")
    assert "budget of name: Pupils\nbudget unit: dollars\nbudget used: 20.0\n" in mail.body and "“Anna”" in mail.body
    assert mail.extra_headers["Message-ID"].startswith(f"<{one.message_id}@")
    for changed in ({"is_staff": False}, {"is_staff": True, "is_active": False}, {"is_active": True, "email": ""}):
        User.objects.filter(pk=alice.pk).update(**changed)
        assert delivery.send_again(one.pk)
        assert "Mails go to administrators of this site alone" in attempt(one)
    assert len(mailoutbox) == 1
    for wrong in ("mailto:", "mailto:stranger@example.org"):
        with pytest.raises(ValueError, match="administrators"):
            mailing.check(wrong)
