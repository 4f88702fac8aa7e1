"""Every list says which filters are active, where they came from a link, too, and what of them makes no sense; numbers are told in thousands."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from conversations.admin.base import bounded_count
from conversations.admin.base.shown import from_to
from conversations.models import ApiKey, Attempt, Provider, User
from tests.support import ledger
from tests.support.admin_pages import KEY, provider_at, staff, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signed_in")]
DAY = datetime(2026, 11, 20, tzinfo=UTC)


def page(client: Client, name: str, **query: str) -> str:
    response = client.get(url(f"{name}_changelist"), query)
    assert response.status_code == 200
    return unescape(response.content.decode())


def active(shown: str) -> dict[str, str]:
    """By title: what is chosen."""
    found = re.search(r'<ul class="active-filters".*?</ul>', shown, re.DOTALL)
    items = re.findall(r'<li><span class="quiet">(.*?):</span> (.*?) <a', found[0]) if found else []
    return dict(items)


def test_a_link_s_dates_and_filters_are_said_and_each_can_be_taken_away(client: Client, alice: User) -> None:
    inside = ledger.attempt(DAY + timedelta(days=1), "stopped", owner=alice)
    ledger.attempt(DAY + timedelta(days=1), owner=alice)
    ledger.attempt(DAY - timedelta(days=1), "stopped", owner=alice)
    times = {"recorded__gte": DAY.isoformat(), "recorded__lt": (DAY + timedelta(days=7)).isoformat()}
    query = {"outcome": "stopped", "owner__id__exact": str(alice.pk), **times}
    response = client.get(url("attempt_changelist"), query)
    assert [row.pk for row in response.context["cl"].result_list] == [inside.pk]
    shown = unescape(response.content.decode())
    assert active(shown) == {"Time": "20 – 26 Nov 2026", "Outcome": "stopped by the user", "Owner": "alice"}
    assert '<li class="selected"><a href="?' in shown.split("<h3>Time</h3>")[1].split("</ul>")[0].split("Past hour")[0]
    for title, left in (
        ("time", {"outcome", "owner__id__exact"}),
        ("outcome", {"owner__id__exact", *times}),
        ("owner", {"outcome", *times}),
    ):
        link = re.search(rf'<a href="([^"]+)" aria-label="Remove the filter {title}"', shown)
        assert link
        assert set(parse_qs(urlsplit(link[1]).query)) == left
    hour = re.search(r'<a href="(\?[^"]+)">Past hour</a>', shown)
    assert hour
    assert set(parse_qs(urlsplit(hour[1]).query)) == {"made", "outcome", "owner__id__exact"}
    assert active(page(client, "attempt")) == {}


def test_whose_attempts_are_listed_is_named_to_who_may_view_users(client: Client, alice: User, bob: User) -> None:
    ledger.attempt(timezone.now(), owner=alice)
    assert '<td class="field-whose">alice</td>' in page(client, "attempt")
    client.force_login(staff(bob, "view_attempt"))
    shown = page(client, "attempt", owner__id__exact=str(alice.pk))
    assert "alice" not in shown
    assert active(shown) == {"Owner": f"…{str(alice.pk)[-12:]}"}


def test_a_filter_with_a_comparison_is_said(client: Client, alice: User) -> None:
    shown = page(client, "user", username__startswith="ali", last_login__isnull="True")
    assert active(shown) == {"Username startswith": "ali", "Last login isnull": "True"}
    assert "alice" in shown


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"recorded__gte": "2026-11-30T00:00:00Z", "recorded__lt": "2026-11-01T00:00:00Z"}, "ends before it begins"),
        ({"recorded__gte": "2026-11-30", "recorded__lt": "2026-11-30"}, "ends before it begins"),
        ({"recorded__gte": "yesterday"}, "names a time that can’t be read"),
        ({"recorded__lt": "2026-02-31"}, "names a time that can’t be read"),
        ({"made": "century"}, "“century” is no period that can be shown"),
    ],
)
def test_times_that_make_no_sense_are_said_to(client: Client, query: dict[str, str], sentence: str) -> None:
    ledger.attempt(timezone.now())
    shown = page(client, "attempt", **query)
    assert re.search(rf'<p class="errornote">[^<]*{sentence}[^<]*, so all times are shown.</p>', shown)
    assert "1 attempt" in shown
    assert "errornote" not in page(client, "attempt", recorded__gte="2026-11-20", recorded__lt="2026-11-21")


def test_keys_are_offered_with_their_provider(client: Client) -> None:
    provider_at("http://models.example/v1", KEY)
    ApiKey.objects.create(provider=Provider.objects.create(name="Other", base_url="http://other.example/v1"), label="main")
    offered = page(client, "attempt").split("<h3>Key</h3>")[1].split("</ul>")[0]
    assert "House: main (…cdef)" in offered
    assert "Other: main" in offered


def test_numbers_are_told_in_thousands_and_a_cut_off_count_as_one(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    Attempt.objects.bulk_create(Attempt(recorded=now, started=now, number=1, outcome="ok", duration_ms=1) for _ in range(1201))
    shown = " ".join(page(client, "attempt").split())
    assert "1,201 results" in shown
    assert "1,201 attempts" in shown
    monkeypatch.setattr(bounded_count, "MOST", 1200)
    shown = " ".join(page(client, "attempt").split())
    assert "1,200+ results" in shown
    assert "1,200+ attempts" in shown


def test_only_a_search_can_be_cleared(client: Client) -> None:
    assert "clear the search" not in page(client, "user")
    shown = page(client, "user", q="nobody-like-this", is_staff__exact="1")
    assert '(<a href="?is_staff__exact=1">clear the search</a>)' in shown


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (DAY, DAY + timedelta(days=7), "20 – 26 Nov 2026"),
        (DAY, DAY + timedelta(days=1), "20 Nov 2026"),
        (DAY, DAY + timedelta(days=6, hours=5), "20 – 26 Nov 2026"),
        (DAY, DAY + timedelta(days=20), "20 Nov – 9 Dec 2026"),
        (DAY, DAY + timedelta(days=60), "20 Nov 2026 – 18 Jan 2027"),
        (DAY + timedelta(hours=3), DAY + timedelta(hours=4), "20 Nov, 03:00 – 20 Nov 2026, 04:00"),
        (DAY, None, "from 20 Nov 2026, 00:00 UTC"),
        (None, DAY, "until 20 Nov 2026, 00:00 UTC"),
        (None, None, ""),
    ],
)
def test_times_in_words(start: datetime | None, end: datetime | None, words: str) -> None:
    assert from_to(start, end) == words


def test_a_refused_form_leads_to_its_error(client: Client) -> None:
    add = url("provider_add")
    assert "first-error.js" not in page_of(client.get(add))
    refused = page_of(client.post(add, {}))
    assert "js/admin/first-error.js" in refused
    assert "admin/js/change_form.js" not in refused  # which would move the focus to the first field


def page_of(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]
