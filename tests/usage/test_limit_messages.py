"""What people are told: which limit, how far they have got, when it resets. In time, and in words."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group
from django.template.loader import render_to_string
from django.test import Client

from conversations.models import Spending, User
from conversations.pages import stylesheets
from conversations.usage.budgets import months, standing
from conversations.usage.exceeded import Exceeded
from conversations.usage.ledger import amounts
from tests.support.limits import DOLLAR, limit, reserve
from tests.support.scripted_openai import Finish, ScriptedOpenAI, Text
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def november(monkeypatch) -> None:
    monkeypatch.setattr(months, "current", lambda: date(2026, 11, 1))


def spend(subject: str, cost: int = 0, tokens: int = 0) -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    Spending.objects.update_or_create(
        subject=subject, month=date(2026, 11, 1), defaults={"spent_cost": cost, "spent_tokens": tokens, "counted": now}
    )


def refusal(user: User) -> Exceeded:
    with pytest.raises(Exceeded) as caught:
        reserve(user)
    return caught.value


def test_a_budget_that_is_used_up(alice: User) -> None:
    limit(monthly_cost=5)
    spend(f"user:{alice.pk}", 5 * DOLLAR)
    said = refusal(alice)
    assert said.detail == (
        "You have used this month’s budget of $5.00. Your budget resets on 1 December; an administrator can give you more."
    )
    assert said.resets == datetime(2026, 12, 1, tzinfo=UTC)


def test_a_budget_that_several_have_used_up(alice: User) -> None:
    group = Group.objects.create(name="Pupils")
    alice.groups.add(group)
    limit(group=group, counting="together", monthly_tokens=1_000_000)
    spend(f"group:{group.pk}", tokens=1_000_001)
    assert refusal(alice).detail == ("This month’s budget of the group Pupils (1,000,000 tokens) is used up. It resets on 1 December.")


@pytest.mark.every_database
def test_what_is_left_and_what_is_held_back(alice: User) -> None:
    limit(monthly_cost=2)
    spend(f"user:{alice.pk}", DOLLAR * 19 // 10)
    assert refusal(alice).detail.startswith("You don’t have enough of this month’s $2.00 left for an answer here.")
    spend(f"user:{alice.pk}", 0)
    reserve(alice)
    reserve(alice)
    assert refusal(alice).detail == (
        "What is left of this month’s budget of $2.00 is held back for answers that are being written. Wait for one, then send again."
    )


def test_a_december_ends_in_january_and_months_begin_at_the_site_s_midnight(settings) -> None:
    assert months.following(date(2026, 12, 1)) == date(2027, 1, 1)
    settings.TIME_ZONE = "Europe/Berlin"
    from django.utils import timezone

    with timezone.override("Europe/Berlin"):
        assert months.beginning(date(2026, 12, 1)).astimezone(UTC) == datetime(2026, 11, 30, 23, tzinfo=UTC)


def test_amounts_in_words() -> None:
    assert [amounts.dollars(nano) for nano in (0, 1, 10_000_000, 4_999_999_999, 1_234_500_000_000)] == [
        *("$0.00", "less than $0.01", "$0.01", "$4.99", "$1,234.50"),
    ]
    assert [amounts.tokens(number) for number in (0, 1, 1_000)] == ["0 tokens", "1 token", "1,000 tokens"]


@pytest.mark.parametrize(("spent", "level"), [(79, 0), (80, 80), (94, 80), (95, 95), (100, 95), (130, 95)])
def test_a_warning_at_each_level(alice: User, spent: int, level: int) -> None:
    limit(monthly_tokens=100)
    spend(f"user:{alice.pk}", tokens=spent)
    assert [warning["level"] for warning in standing.warnings(alice.pk)] == ([level] if level else [])


def test_a_warning_in_words_and_once_for_each_level(alice: User) -> None:
    limit(monthly_cost=5)
    limit(counting="together", monthly_tokens=1_000)
    spend(f"user:{alice.pk}", DOLLAR * 4)
    spend("site", tokens=990)
    mine, ours = standing.warnings(alice.pk)
    assert mine["detail"] == "You have used 80 % of this month’s budget of $5.00. It resets on 1 December."
    assert ours["detail"] == "99 % of this month’s budget of everyone (1,000 tokens) is used. It resets on 1 December."
    spend(f"user:{alice.pk}", DOLLAR * 9 // 2)
    assert standing.warnings(alice.pk)[0]["key"] == mine["key"]
    spend(f"user:{alice.pk}", DOLLAR * 5)
    assert standing.warnings(alice.pk)[0]["key"] != mine["key"]
    assert standing.warnings(alice.pk)[0]["detail"].startswith("You have used all of this month’s budget")


@pytest.mark.every_database
def test_the_standing_says_how_much_is_left(alice: User, bob: User) -> None:
    limit(monthly_cost=5, monthly_tokens=1_000)
    limit(counting="together", monthly_cost=100)
    spend(f"user:{alice.pk}", 4_100_000_000, 250)
    assert [(one.label, one.used, one.allowed, one.unit) for one in standing.of(alice)] == [
        ("Cost", 4_100_000_000, 5 * DOLLAR, "dollars"),
        ("Tokens", 250, 1_000, "tokens"),
        ("Cost of everyone", 0, 100 * DOLLAR, "dollars"),
    ]
    page = " ".join(render_to_string("usage/standing.html", {"standings": standing.of(alice)}).split())
    assert "$4.10 of $5.00" in page
    assert "82 % used, $0.90 left. Resets on 1 December." in page
    assert "750 tokens left" in page
    meters = re.findall(r'<meter min="0" max="100" value="(\d+)" aria-labelledby="(\S+)"', page)
    assert [value for value, _ in meters] == ["82", "25", "0"]
    assert all(f'id="{label}"' in page for _, label in meters)
    assert "style=" not in page
    assert "has no limit" in render_to_string("usage/standing.html", {"standings": []})


def test_a_person_s_own_page_shows_their_budgets_where_they_have_any(alice: User, bob: User, client: Client) -> None:
    limit(person=alice, monthly_cost=5)
    spend(f"user:{alice.pk}", 4_100_000_000)
    client.force_login(alice)
    page = client.get("/use/").content.decode()
    assert "$4.10 of $5.00" in page
    assert all(address in page for address in stylesheets.addresses("usage"))
    client.force_login(bob)
    assert "Budgets of this month" not in client.get("/use/").content.decode()


def test_the_styles_of_the_standing_know_its_levels() -> None:
    styles = Path("static/css/usage/standing.css").read_text()
    assert all(f"level-{level}" in styles for level in standing.LEVELS)


@pytest.mark.every_database
@pytest.mark.django_db(transaction=True)
async def test_the_page_and_the_end_of_an_answer_bring_the_warning(alice: User, openai: ScriptedOpenAI) -> None:
    await sync_to_async(limit)(monthly_tokens=5_000)
    await sync_to_async(spend)(f"user:{alice.pk}", tokens=3_990)
    client = Client()
    async with Socket(alice, client=client) as socket:
        page = (await sync_to_async(client.get)("/")).context["page"]
        assert page["warnings"] == []
        openai.script(Text("Enough"), Finish("stop", {"input_tokens": 5, "cached_tokens": 0, "output_tokens": 5, "reasoning_tokens": 0}))
        finished = await socket.answer("Hello")
        assert [warning["level"] for warning in finished["warnings"]] == [80]
        assert (await sync_to_async(client.get)("/")).context["page"]["warnings"] == finished["warnings"]


@pytest.mark.django_db(transaction=True)
async def test_without_a_warning_the_end_of_an_answer_is_as_it_was(alice: User, openai: ScriptedOpenAI) -> None:
    await sync_to_async(limit)(monthly_tokens=5_000_000)
    async with Socket(alice) as socket:
        assert "warnings" not in await socket.answer("Hello")


@pytest.mark.django_db(transaction=True)
async def test_the_refusal_reaches_the_socket_with_its_time(alice: User, openai: ScriptedOpenAI) -> None:
    await sync_to_async(limit)(monthly_tokens=50)
    await sync_to_async(spend)(f"user:{alice.pk}", tokens=50)
    async with Socket(alice) as socket:
        request = await socket.command("send", text="Hello", conversation=None)
        error = await socket.next_error()
        assert (error["id"], error["code"], error["resets"]) == (request, "limit", "2026-12-01T00:00:00+00:00")
        assert error["detail"].startswith(
            "You have used this month’s budget of 50 tokens. Your budget resets on 1 December; an administrator can give you more."
        )
