"""The reports in the admin: who may see what, in which time zone, and where each figure leads."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import AsyncClient, Client
from django.urls import reverse
from django.utils import timezone

from conversations.admin.reports import words
from conversations.admin.reports.tables.kinds import kinds
from conversations.admin.reports.tables.table import Cell, Row, Table
from conversations.models import ApiKey, Provider, SystemPrompt, User
from conversations.models.identifiers import new_id
from conversations.routing import circuits
from conversations.usage.reports import rollups
from conversations.usage.reports.report import Report
from conversations.usage.reports.spans import Span
from tests.support import ledger

URL = "/admin/reports/"


@pytest.fixture
def reporter(db: None) -> User:
    """Staff who may see attempts, and nothing else."""
    user = User.objects.create_user("reporter", password="x", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_attempt"))
    return user


@pytest.fixture
def page(client: Client, admin: User):
    client.force_login(admin)

    def read(query: str = "") -> str:
        response = client.get(URL + query)
        assert response.status_code == 200
        return unescape(response.content.decode())

    return read


def head(page: str, label: str) -> str:
    """A head figure with its note and change, as one line."""
    found = re.search(rf"<dt>{re.escape(label)}</dt>(.*?)</div>", page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def rows(page: str, table: str) -> list[list[str]]:
    section = re.search(rf'<section class="card figures" id="{table}".*?</section>', page, re.DOTALL)[0]
    found = re.findall(r"<tr>(.*?)</tr>", section.split("</thead>")[1] if "</thead>" in section else "", re.DOTALL)
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)] for row in found]


def test_strangers_and_plain_staff_see_nothing(client: Client, alice: User) -> None:
    assert client.get(URL).status_code == 302
    alice.is_staff = True
    alice.save()
    client.force_login(alice)
    assert client.get(URL).status_code == 403
    assert client.get(f"{URL}users.csv").status_code == 403
    assert URL not in client.get("/admin/").content.decode()


def test_it_is_linked_from_the_first_page_and_the_header(client: Client, reporter: User) -> None:
    client.force_login(reporter)
    assert client.get("/admin/").content.decode().count(f'href="{URL}"') == 2
    assert client.get(URL).status_code == 200


def test_peoples_names_are_for_those_who_may_view_people(client: Client, reporter: User, alice: User) -> None:
    ledger.attempt(timezone.now(), owner=alice)
    client.force_login(reporter)
    page = client.get(URL).content.decode()
    assert "alice" not in page
    assert str(alice.pk) not in page
    assert rows(page, "users")[0][0] == "User 1"
    reporter.user_permissions.add(Permission.objects.get(codename="view_user"))
    assert rows(client.get(URL).content.decode(), "users")[0][0] == "alice"


def test_an_empty_site_is_told_kindly(page) -> None:
    shown = page()
    assert "Nothing to report yet" in shown
    assert 'class="card' not in shown
    assert "charts/page" not in shown.split("</head>")[1]


def test_what_attempts_were_for_is_told_apart(page) -> None:
    now = timezone.now()
    ledger.attempt(now, cost=2_000_000_000)
    ledger.attempt(now, purpose="audio", cost=500_000_000)
    ledger.attempt(now, "network", purpose="audio")
    shown = page()
    assert [(row[0], row[1], row[-1]) for row in rows(shown, "purposes")] == [("Audio", "2", "$0.50"), ("Answer", "1", "$2.00")]
    assert "purpose__exact=audio" in shown
    assert head(shown, "Answers").startswith("1 of 1")


def test_figures_stand_beside_those_of_the_time_before(page) -> None:
    now = timezone.now()
    for outcome in ("ok", "ok", "ok", "provider", "stopped"):
        ledger.attempt(now, outcome, input_tokens=100, cached_tokens=25, output_tokens=20, cost=2_000_000_000, first_token_ms=500)
    for outcome in ("ok", "provider"):
        ledger.attempt(now - timedelta(days=7, minutes=1), outcome, cost=1_000_000_000, input_tokens=100)
    shown = page("?range=7d")
    assert head(shown, "Success") == "75.0 % 1 of 4 failed +25.00 points"
    assert head(shown, "Answers") == "3 of 5 asked for 3.0 times"
    assert head(shown, "Cost") == "$10.00 all prices known 5.0 times"
    assert head(shown, "Tokens") == "600 25.0 % of the input cached 3.0 times"
    assert head(shown, "First token, p50").startswith(("49", "50", "51"))


def test_what_is_unknown_or_estimated_is_said(page) -> None:
    ledger.attempt(timezone.now(), input_tokens=5, cost=None)
    assert head(page(), "Cost").startswith("unknown 100 % of attempts without a price")
    ledger.attempt(timezone.now(), input_tokens=5, cost=3_000_000_000, estimated=True)
    assert head(page(), "Cost").startswith("$3.00+ 50.0 % of attempts without a price, $3.00 estimated")


def test_ranges(page) -> None:
    now = timezone.now()
    for days in (0, 3, 20, 60):
        ledger.attempt(now - timedelta(days=days, seconds=1))
    assert [head(page(f"?range={name}"), "Answers").split()[0] for name in ("24h", "7d", "30d", "90d")] == ["1", "2", "3", "4"]
    assert head(page(), "Answers") == head(page("?range=7d"), "Answers")
    day = (now - timedelta(days=20, seconds=1)).date()
    assert head(page(f"?first={day}&last={day}"), "Answers").startswith("1 of 1")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("first=2026-02-03&last=2026-02-01", "The first day comes after the last one."),
        ("first=2020-01-01&last=2026-01-01", "At most 366 days can be shown at once."),
        ("first=2999-01-01&last=2999-01-02", "These days are still to come."),
        ("first=yesterday&last=2026-01-01", "Enter a valid date."),
        ("first=2026-01-01", "This field is required."),
        ("range=nonsense", "“nonsense” is no time that can be shown."),
        ("from=2026-11-30&to=2026-11-01", "“from” in the address means nothing here"),
        ("range=30d&since=1", "“since” in the address means nothing here"),
    ],
)
def test_impossible_days_are_explained(page, client: Client, query: str, sentence: str) -> None:
    ledger.attempt(timezone.now())
    shown = page(f"?{query}")
    assert f'role="alert">{sentence}' in shown
    assert "The last 7 days are shown instead." in shown
    assert 'href="?range=7d" aria-current="true"' in shown
    refused = client.get(f"{URL}users.csv?{query}")
    assert (refused.status_code, refused.content.decode()[: len(sentence)]) == (400, sentence)


def test_charts_have_their_numbers_as_tables(page) -> None:
    ledger.attempt(timezone.now())
    ledger.attempt(timezone.now(), "provider")
    shown = page("?range=7d")
    chart = re.search(r'aria-labelledby="replies-heading".*?</section>', shown, re.DOTALL)[0]
    lines = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', chart)
    assert len(lines) == 7
    assert [re.sub(r"<.*?>", "", cell) for cell in lines[-1][1].split("</td>")] == ["1", "1", "0", "50.0\u202f%", ""]


def test_what_a_chart_shows_leads_to_its_attempts(page, client: Client) -> None:
    now = timezone.now()
    made = {outcome: ledger.attempt(now, outcome) for outcome in ("ok", "timeout", "stopped")}
    made["title"] = ledger.attempt(now, purpose="title")
    made["retried"] = ledger.attempt(now, "rate_limit", final=False)
    ledger.attempt(now - timedelta(days=2))
    replies = {made["ok"].pk, made["timeout"].pk, made["stopped"].pk}
    for time in ("7d", "24h"):
        shown = page(f"?range={time}")
        found = {}
        for chart in ("replies", "latency", "tokens", "cost"):
            section = re.search(rf'aria-labelledby="{chart}-heading".*?</section>', shown, re.DOTALL)[0]
            last = re.findall(r'<tr><th scope="row">.*?</tr>', section)[-1]
            found[chart] = [{row.pk for row in client.get(link).context["cl"].queryset} for link in re.findall(r'href="([^"]+)"', last)]
        assert found == {
            "replies": [replies, {made["ok"].pk}, {made["timeout"].pk}, {made["stopped"].pk}],
            "latency": [{*replies, made["retried"].pk}],
            "tokens": [{one.pk for one in made.values()}],
            "cost": [{one.pk for one in made.values()}],
        }


def test_what_people_end_is_no_error(page) -> None:
    for outcome in ("stopped", "stopped", "stopped", "rate_limit", "context", "timeout", "timeout"):
        ledger.attempt(timezone.now(), outcome)
    shown = page()
    assert [row[0].split(" The ")[0] for row in rows(shown, "errors")] == [
        "timeout",
        "too many requests",
        "stopped by the user",
        "conversation too long",
    ]
    section = re.search(r'<section class="card figures" id="errors".*?</section>', shown, re.DOTALL)[0]
    assert section.index("too many requests") < section.index("Not counted as errors") < section.index("stopped by the user")


def test_with_few_answers_no_failures_are_allowed_or_forbidden(page, settings) -> None:
    settings.RELIABILITY_OBJECTIVE = 90
    for outcome in ("ok", "provider", "provider"):
        ledger.attempt(timezone.now(), outcome)
    shown = " ".join(re.sub(r"<[^>]+>", " ", page()).split())
    assert "2 of 3 answers failed Too few answers yet: 90 % can be judged from 10 answers on." in shown
    assert "allowed failures" not in shown
    assert "Burn rate" not in shown
    for _ in range(7):
        ledger.attempt(timezone.now())
    assert "2 of 1 allowed failures used" in " ".join(re.sub(r"<[^>]+>", " ", page()).split())


def test_every_table_counts_its_things(page, alice: User) -> None:
    provider = Provider.objects.create(name="Far", base_url="https://far.example/v1")
    key = ApiKey.objects.create(provider=provider, label="Team")
    version = SystemPrompt.objects.create(slug="poet", name="Poet").publish(text="x")
    given: dict[str, Any] = {"provider": provider, "key": key, "model": "big", "prompt_version": version, "owner": alice}
    ledger.attempt(timezone.now(), "rate_limit", final=False, **given)
    ledger.attempt(timezone.now(), number=2, **given)
    shown = page()
    assert rows(shown, "providers")[0][:3] == ["Far", "2", "50.0 %"]
    assert rows(shown, "models")[0][:3] == ["big", "2", "50.0 %"]
    assert rows(shown, "keys")[0][:3] == ["Team", "2", "50.0 %"]
    assert rows(shown, "prompts")[0][:3] == ["Version 1", "1", "100 %"]
    assert rows(shown, "users")[0][:3] == ["alice", "1", "1"]
    assert rows(shown, "errors")[0][1:] == ["1", "50.0 %", "0"]
    assert "Poet" in shown


def test_sick_keys_are_at_the_top(page) -> None:
    provider = Provider.objects.create(name="Far", base_url="https://far.example/v1")
    now = timezone.now()
    ApiKey.objects.create(provider=provider, label="Well")
    ApiKey.objects.create(provider=provider, label="Off", enabled=False)
    ApiKey.objects.create(provider=provider, label="Warm", cooling_until=now - timedelta(seconds=1))
    ApiKey.objects.create(provider=provider, label="Dead", refused=now, trouble="key", trouble_status=401)
    ApiKey.objects.create(provider=provider, label="Cold", cooling_until=now + timedelta(minutes=5))
    ledger.attempt(now)
    shown = page()
    warning = shown.split("Needs attention")[1].split("</section>")[0]
    assert re.findall(r"<strong><a[^>]*>(\w+)</a></strong>", warning) == ["Cold", "Dead"]
    assert "is <b>refused</b>" in warning
    assert {row[0] for row in rows(shown, "keys")} >= {"Off disabled", "Dead refused", "Well", "Warm"}


def test_open_circuits_are_named(page, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Provider.objects.create(name="Far", base_url="https://far.example/v1")

    monkeypatch.setattr(circuits, "open_circuits", lambda: {(str(provider.pk), "big"): 41.6})
    shown = " ".join(page().split())
    assert "<strong>big</strong> at Far keeps failing and is paused; next try in 42 seconds" in shown


def test_every_row_leads_to_its_attempts(page, client: Client, alice: User) -> None:
    provider = Provider.objects.create(name="Far", base_url="https://far.example/v1")
    key = ApiKey.objects.create(provider=provider, label="Team")
    version = SystemPrompt.objects.create(slug="poet", name="Poet").publish(text="x")
    now = timezone.now()
    meant = ledger.attempt(now, "timeout", provider=provider, key=key, model="big", prompt_version=version, owner=alice)
    ledger.attempt(now, model="small")
    ledger.attempt(now - timedelta(days=40), "timeout", provider=provider, key=key, model="big", prompt_version=version, owner=alice)
    shown = page()
    for table in ("providers", "models", "keys", "prompts", "users", "errors"):
        section = re.search(rf'<section class="card figures" id="{table}".*?</section>', shown, re.DOTALL)[0]
        link = next(link for link in re.findall(r'<span class="name"><a href="([^"]+)"', section) if "model=small" not in link)
        listed = client.get(link)
        assert listed.status_code == 200, (table, link)
        assert [attempt.pk for attempt in listed.context["cl"].queryset] == [meant.pk], (table, link)


def test_what_was_deleted_meanwhile_is_rolled_up_and_shown(page) -> None:
    """A process may write an attempt of what an administrator has just deleted."""
    ledger.attempt(timezone.now() - timedelta(days=2), provider_id=new_id(), key_id=new_id(), owner_id=new_id(), prompt_version_id=new_id())
    assert "deleted" in rows(page(), "providers")[0][0]
    assert rollups.roll_up_waiting()
    shown = page()
    assert "deleted" in rows(shown, "providers")[0][0]
    assert head(shown, "Answers").startswith("1 of 1")


@pytest.mark.django_db(transaction=True)
async def test_tables_come_as_files(async_client: AsyncClient, admin: User) -> None:
    from asgiref.sync import sync_to_async

    for number in range(15):
        person = await User.objects.acreate(username=f"=HYPERLINK({number})")
        await sync_to_async(ledger.attempt)(timezone.now(), owner=person, input_tokens=number)
    await async_client.aforce_login(admin)
    response: Any = await async_client.get(f"{URL}users.csv?range=24h")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response.streaming
    text = b"".join([part async for part in response.streaming_content]).decode()
    lines = list(csv.reader(io.StringIO(text)))
    assert lines[0] == ["User", "Asked for", "Answered", "Input tokens", "Cached (%)", "Output tokens", "Cost (USD)"]
    assert len(lines) == 16
    assert all(line[0].startswith("'=HYPERLINK(") for line in lines[1:])
    assert (await async_client.get(f"{URL}nothing.csv")).status_code == 404


@pytest.mark.django_db(transaction=True)
async def test_a_file_says_its_units_what_its_columns_are_and_its_days(async_client: AsyncClient, admin: User) -> None:
    from asgiref.sync import sync_to_async

    @sync_to_async
    def make() -> None:
        provider = Provider.objects.create(name="Far", base_url="https://far.example/v1")
        key = ApiKey.objects.create(provider=provider, label="Team")
        version = SystemPrompt.objects.create(slug="poet", name="Poet").publish(text="x", note="Rhymes")
        took: dict[str, Any] = {"input_tokens": 450, "cached_tokens": 260, "output_tokens": 50, "cost": 2_500_000, "first_token_ms": 700}
        ledger.attempt(timezone.now(), provider=provider, key=key, prompt_version=version, **took)
        ledger.attempt(timezone.now(), "timeout", final=False)

    async def table(name: str) -> list[dict[str, str]]:
        response: Any = await async_client.get(f"{URL}{name}.csv?range=7d")
        text = b"".join([part async for part in response.streaming_content]).decode()
        days = [f"{timezone.now() - timedelta(days=ago):%Y-%m-%d}" for ago in (6, 0)]
        assert response["Content-Disposition"] == f'attachment; filename="{name}-{days[0]}-to-{days[1]}.csv"'
        return list(csv.DictReader(io.StringIO(text)))

    await make()
    await async_client.aforce_login(admin)
    [key] = [row for row in await table("keys") if row["Key"] == "Team"]
    assert (key["Provider"], key["Succeeded (%)"], key["Cached (%)"], key["Cost (USD)"]) == ("Far", "100.0", "57.7778", "0.0025")
    assert 660 < float(key["First token, p50 (ms)"]) < 740
    [prompt] = [row for row in await table("prompts") if row["Note"] == "Rhymes"]
    assert (prompt["Prompt"], prompt["Per answer (USD)"], prompt["Out per answer (tokens)"]) == ("Poet", "0.0025", "50.0")
    [error] = await table("errors")
    assert error["Meaning"] == "The provider took too long to answer"


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_is_a_formula(name: str) -> None:
    table = Table("t", "T", "Name", ["Number"], [Row(name, [Cell("-5", -5)])])
    assert list(csv.reader(io.StringIO("".join(table.lines()), newline="")))[1] == [f"'{name}", "-5"]


def test_days_that_are_rolled_up_show_the_same(page) -> None:
    for days in range(6):
        ledger.attempt(timezone.now() - timedelta(days=days), "ok" if days else "timeout", model="big")
    before = page("?range=7d")
    assert rollups.roll_up_waiting()
    after = page("?range=7d")
    assert [rows(after, table) for table in ("models", "users", "errors")] == [
        rows(before, table) for table in ("models", "users", "errors")
    ]
    assert head(after, "Success") == head(before, "Success")


def test_success_is_never_rounded_up_to_all() -> None:
    assert [words.percent(share) for share in (1, 0.99999, 0.9951, 0.5, 0, None)] == ["100\u202f%", "99.99\u202f%", "99.51\u202f%", "50.0\u202f%", "0.0\u202f%", "–"]  # fmt: skip


def test_the_policy_holds_and_the_address_is_named(client: Client, admin: User) -> None:
    ledger.attempt(timezone.now())
    client.force_login(admin)
    response = client.get(reverse("admin:reports"))
    assert "unsafe" not in response["Content-Security-Policy"]
    page = response.content.decode()
    assert not re.search(r"<[^>]+\sstyle=", page)
    assert all("nonce=" in tag or "src=" in tag or 'type="application/json"' in tag for tag in re.findall(r"<script[^>]*>", page))


def test_kinds_are_told_apart_in_units_of_their_own_and_chosen(page, client: Client, alice: User) -> None:
    now = timezone.now()
    ledger.attempt(now, owner=alice, input_tokens=1000, output_tokens=500, cost=10**9)
    ledger.attempt(now, owner=alice, purpose="image", kind="pictures", pictures=3, output_tokens=700, cost=2 * 10**9)
    ledger.attempt(now, owner=alice, purpose="image", kind="pictures", outcome="timeout")
    ledger.attempt(now, owner=alice, purpose="audio", kind="transcripts", heard_ms=5_400_000, cost=10**8)
    ledger.attempt(now, owner=alice, purpose="audio", kind="speech", spoken_ms=45_000, spoken_characters=600)
    shown = page("?range=24h")
    assert rows(shown, "kinds") == [
        ["Text", "1", "100 %", "$1.00", "1.50 k", "–", "–", "–", "–"],
        ["Pictures", "2", "50.0 %", "$2.00", "700", "3", "–", "–", "–"],
        ["Transcripts", "1", "100 %", "$0.10", "0", "–", "1.5 h", "–", "–"],
        ["Speech", "1", "100 %", "unknown", "0", "–", "–", "45 s", "600"],
    ]
    chosen = page("?range=24h&kind=pictures")
    assert rows(chosen, "kinds") == [["Pictures", "2", "50.0 %", "$2.00", "700", "3"]]
    assert head(chosen, "Pictures") == "3"
    assert head(chosen, "Cost").startswith("$2.00 ")
    assert rows(chosen, "users")[0][:2] == ["alice", "3"]
    assert "kind__exact=pictures" in chosen
    assert 'href="/admin/reports/kinds.csv?range=24h&kind=pictures"' in chosen
    named = client.get(f"{URL}kinds.csv?range=24h&kind=transcripts")["Content-Disposition"]
    assert 'filename="kinds-transcripts-' in named
    table = kinds(Report(Span.last_day(timezone.now()), kind="transcripts"))
    lines = list(csv.reader(io.StringIO("".join(table.lines()))))
    assert lines[0] == ["Kind", "Attempts", "Succeeded (%)", "Cost (USD)", "Tokens", "Audio heard (min)"]
    assert lines[1] == ["Transcripts", "1", "100.0", "0.1", "0", "90.0"]
    assert "is no kind of attempts" in page("?kind=smells")
