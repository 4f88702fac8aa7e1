"""A user finds what was said in their own conversations, the same on every database, and no other user does."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from conversations.commands import branches, exchange, titles
from conversations.live import token_bucket
from conversations.models import Conversation, Message, SearchEntry, Status, User, text_part
from conversations.search import entries, index, postgresql, rebuilding, results, sqlite
from conversations.search.query import parse
from conversations.search.results import MAX_PER_CONVERSATION, MAX_RESULTS, search
from tests.support.talks import Talk

pytestmark = [pytest.mark.django_db, pytest.mark.every_database]


def found(user: User, typed: str) -> list[str]:
    """The excerpts of what is found; of a title, the title."""
    return [result.excerpt.text or result.title.text for result in search(user, typed)]


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("The quick brown fox", "quick fox"),
        ("The quick brown fox", "FOX bro"),
        ("The quick brown fox", "fox b"),
        ("Crème brûlée, bien sûr", "creme brulee"),
        ("Creme brulee", "crème"),
        ("Call `foo_bar` or foo.baz", "foo_bar"),
        ("Call `foo_bar` or foo.baz", "foo.ba"),
        ("To be or not to be", '"or not to"'),
        ("To be or not to be", "“not to b"),
        ("私は東京都に行きたい", "東京"),
        ("私は東京都に行きたい", "京都"),
        ("私は東京都に行きたい", "東京都に"),
        ("私は東京都に行きたい", "東"),
        ("東京tower へ", "東京tow"),
        ("학교에서 공부해요", "학교"),
        ("ฉันรักภาษาไทย", "ภาษา"),
        ("Пётр читает", "петр"),
        ("It costs 3.14 in v1.2", "3.14"),
        ("🎉 a party", "🎉"),
    ],
)
def test_what_was_said_is_found(alice: User, bob: User, said: str, typed: str) -> None:
    message = Talk(alice, "Title").say(said)
    assert [result.message for result in search(alice, typed)] == [message]
    assert search(bob, typed) == []


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("The quick brown fox", "quick wolf"),
        ("The quick brown fox", "rown"),
        ("The quick brown fox", '"quick fox"'),
        ("The quick brown fox", '"brown fo" quick'),
        ("bar foo", "foo_bar"),
        ("東、京", "東京"),
        ("東京。京都", "東京都"),
        ("Carrots", "c"),
        ("The quick brown fox", "fox c"),
    ],
)
def test_what_was_not_said_is_not_found(alice: User, said: str, typed: str) -> None:
    Talk(alice, "Title").say(said)
    assert search(alice, typed) == []


GARBAGE = ["", " ", '"', '"" "', "*", "a*", "( NEAR )", "NEAR(fox, 2)", "fox OR", "NOT fox", "-fox", "words:fox", "fox:*", "^fox", "'fox'", "fox\\",
           "fox & | !", "\x00fox\x00", "\ud800", "fox " * 2500, "\"'" * 5000, "x" * 10_000, "%", "fox%' --", "\ue000", "é" * 400]  # fmt: skip


@pytest.mark.parametrize("typed", GARBAGE, ids=range(len(GARBAGE)))
def test_no_query_fails(alice: User, bob: User, typed: str) -> None:
    Talk(alice, "Title").say("a fox")
    Talk(bob, "Fox").say("not or near words fox 2")
    assert all(result.conversation.owner_id == alice.pk for result in search(alice, typed))


def test_the_owner_as_a_word_opens_nothing(alice: User, bob: User) -> None:
    Talk(alice).say(f"secret {bob.pk.hex}")
    Talk(bob).say("mine")
    assert search(bob, "secret") == []
    assert search(bob, alice.pk.hex) == []
    assert found(bob, "mine") == ["mine"]


def test_an_owner_is_no_word_that_a_search_finds(alice: User) -> None:
    Talk(alice, "Newts").say("what newts eat")
    if connection.vendor == "sqlite":  # elsewhere the owner is in no index of words
        sqlite.rebuild()
    assert found(alice, "newts eat") == ["what newts eat"]
    for typed in (alice.pk.hex, alice.pk.hex[:2], alice.pk.hex[:9], f'"{alice.pk.hex}"', f"newts {alice.pk.hex[:3]}", str(alice.pk)):
        assert search(alice, typed) == [], typed


@pytest.mark.parametrize("mark", ["", "\ue000", "\ue001"])
def test_who_writes_anothers_id_hides_nothing_that_is_theirs(alice: User, bob: User, mark: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "MAX_RANKED", 3)
    Talk(alice, "Newts").say("what newts eat")
    crowd = Talk(bob, f"newts {mark}{alice.pk.hex}")
    for _ in range(4):
        crowd.say(f"newts {mark}{alice.pk.hex}")
    assert found(alice, "newts") == ["what newts eat"]


def test_titles_are_found_and_count_for_what_is_said_below(alice: User) -> None:
    named = Talk(alice, "Sourdough for beginners", days_ago=300)
    Talk(alice, "Lunch").say("A sandwich of sourdough")
    other = Talk(alice, "Bread", days_ago=100)
    other.say("Is sourdough hard?")
    assert [result.conversation.title for result in search(alice, "sourdough")] == ["Sourdough for beginners", "Lunch", "Bread"]
    assert search(alice, "sourdough")[0].message is None
    named.say("It is easy: sourdough needs time.")
    assert found(alice, "sourdough")[0] == "It is easy: sourdough needs time."  # and not the title once more
    assert search(alice, "sourdough")[0].title.hits == [(0, 9)]


def test_words_as_they_were_typed_come_first_and_then_the_newest(alice: User) -> None:
    Talk(alice, days_ago=200).say("an exact match")
    Talk(alice, days_ago=3).say("a match, but not exact")
    Talk(alice, days_ago=1).say("exact, but no match")
    assert found(alice, "exact match") == ["an exact match", "exact, but no match", "a match, but not exact"]


def test_one_conversation_does_not_hide_the_others(alice: User) -> None:
    long, short = Talk(alice, "Long"), Talk(alice, "Short", days_ago=20)
    for number in range(MAX_RESULTS + 5):
        long.say(f"needle {number}")
    short.say("needle")
    results = search(alice, "needle")
    assert len(results) == MAX_RESULTS
    assert [result.conversation for result in results].index(short.conversation) <= MAX_PER_CONVERSATION


def test_every_branch_is_searched_and_a_deleted_one_is_not(alice: User) -> None:
    talk = Talk(alice)
    first = talk.say("walnut one")
    talk.say("walnut two")
    answer = talk.say("a hazelnut", first)
    assert found(alice, "walnut") == ["walnut two", "walnut one"]
    branches.delete(alice, talk.conversation.pk, first.pk)
    assert found(alice, "walnut") == ["walnut two"]
    assert search(alice, "hazelnut") == []
    assert not SearchEntry.objects.filter(message__in=[first.pk, answer.pk]).exists()
    talk.conversation.delete()
    assert search(alice, "walnut") == search(alice, "talk") == []
    assert not SearchEntry.objects.exists()


def test_a_new_title_replaces_the_old_one(alice: User) -> None:
    talk = Talk(alice, "Elephants")
    titles.rename(talk.conversation, "Giraffes")
    assert found(alice, "giraf") == ["Giraffes"]
    assert search(alice, "elephants") == []


def test_a_message_is_found_as_soon_as_it_is_sent_and_so_is_its_edited_version(alice: User) -> None:
    sent = exchange.send(alice, uuid.uuid4(), conversation_id=None, parent_id=None, text="About marmots", prompt=None, model=None)
    assert [result.message for result in search(alice, "marmots")] == [sent.message]
    edited = exchange.edit(alice, uuid.uuid4(), message_id=sent.message.pk, text="About badgers")
    assert [result.message for result in search(alice, "badgers")] == [edited.message]
    assert [result.message for result in search(alice, "marmots")] == [sent.message]


def test_what_is_rolled_back_leaves_nothing(alice: User) -> None:
    with transaction.atomic():
        Talk(alice, "Vanishing").say("vanishing words")
        assert found(alice, "vanishing")
        transaction.set_rollback(True)
    assert search(alice, "vanishing") == []


def test_reasoning_is_not_searched_unless_it_is_all_there_is(alice: User) -> None:
    talk = Talk(alice)
    message = talk.say("question")
    thought = {"type": "reasoning", "text": "pondering"}
    answer = Message.objects.create(
        conversation=talk.conversation,
        owner=alice,
        parent=message,
        role="assistant",
        parts=[thought, text_part("done")],
        finish_reason="stop",
    )
    entries.put(answer)
    assert search(alice, "pondering") == []
    answer.parts = [thought]
    answer.save()
    entries.put(answer)
    assert found(alice, "pondering") == ["pondering"]
    assert search(alice, "done") == []


def test_a_very_long_message_is_found_by_its_beginning(alice: User) -> None:
    words = " ".join(f"w{number:x}{'é' * 40}" for number in range(20_000))
    Talk(alice).say(f"beginning {words}")
    assert len(found(alice, "beginning")) == 1


def test_an_index_that_cannot_be_written_keeps_nothing_from_being_saved(alice: User, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    def fail(text: str) -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM nothing_there")
        return text

    monkeypatch.setattr(entries, "message_words", fail)
    sent = exchange.send(alice, uuid.uuid4(), conversation_id=None, parent_id=None, text="Saved", prompt=None, model=None)
    assert Message.objects.get(pk=sent.message.pk).text == "Saved"
    assert "rebuild_search" in caplog.text


def test_filling_writes_what_is_missing_and_what_is_out_of_date(alice: User) -> None:
    talk = Talk(alice, "Heron")
    message = talk.say("a stork")
    running = Message(conversation=talk.conversation, owner=alice, parent=message, role="assistant", status=Status.STREAMING)
    running.parts = [text_part("a crane")]
    running.save()
    assert rebuilding.fill(type(talk.conversation), Message, SearchEntry) == 0
    SearchEntry.objects.filter(message=message).update(words=" wrong ")
    SearchEntry.objects.filter(message=None).delete()
    assert search(alice, "stork") == search(alice, "heron") == []
    assert rebuilding.fill(type(talk.conversation), Message, SearchEntry) == 2
    assert found(alice, "stork") == ["a stork"]
    assert found(alice, "heron") == ["Heron"]
    assert search(alice, "crane") == []  # still being written


def answer(client: Client, typed: str) -> Any:
    return client.get("/search/", {"q": typed})


def test_the_address(client: Client, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_bucket, "monotonic", lambda: 1000.0)  # nothing is filled up again
    assert answer(client, "fox").status_code == 401
    talk = Talk(alice, "Foxes")
    message = talk.say("A brown fox")
    client.force_login(alice)
    response = answer(client, "fox")
    assert "no-store" in response.headers["Cache-Control"]
    result = response.json()["results"]
    assert [(one["conversation"], one["message"], one["title"], one["excerpt"]) for one in result] == [
        (str(talk.conversation.pk), str(message.pk), "Foxes", "A brown fox")
    ]
    assert (result[0]["excerpt_hits"], result[0]["title_hits"], result[0]["role"]) == ([[8, 11]], [[0, 5]], "user")
    assert client.get("/search/").json() == {"results": []}
    assert client.post("/search/").status_code == 405
    statuses = [answer(client, "fox").status_code for _ in range(40)]
    assert statuses[-1] == 429


@pytest.mark.django_db(transaction=True)  # the index's words are written when a transaction ends
@pytest.mark.parametrize("is_newer_now", [False, True])
def test_where_deleted_words_are_kept_by_the_index_they_are_erased(
    alice: User, is_newer_now: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also by a newer SQLite than the one that made the index."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL vacuums by itself.")
    with monkeypatch.context() as older:
        if is_newer_now:
            older.setattr(sqlite, "ERASES_AT_ONCE", False)
        index.in_use().rebuild()  # what earlier tests left in it decides when it merges by itself
    if is_newer_now:
        monkeypatch.setattr(sqlite, "ERASES_AT_ONCE", True)
    for number in range(20):
        Talk(alice, f"Kept {number}").say(f"Common words and number{number}")
    secret = Talk(alice, "Whistleblower").say("xyzzyplugh")

    def stored(word: bytes) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT block FROM conversations_searchindex_data")
            return any(word in bytes(row[0]) for row in cursor.fetchall())

    secret.conversation.delete()
    if not sqlite.ERASES_AT_ONCE or is_newer_now:
        assert stored(b"xyzzyplugh")
    index.in_use().erase_removed()
    assert not stored(b"xyzzy")
    assert not stored(b"whistle")
    assert len(search(alice, "common")) == 20


def test_a_phrase_is_found_behind_any_number_of_entries_without_its_words(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for database in (sqlite, postgresql):
        monkeypatch.setattr(database, "MAX_CHECKED", 5)
    monkeypatch.setattr(sqlite, "CHECKED_AT_ONCE", 2, raising=False)
    talk = Talk(alice, "Animals")
    said = talk.say("a brown fox runs")
    for number in range(3):
        talk.say(f"fox and brown bear run {number}")
    for number in range(10):
        talk.say(f"brown bear {number}")
    assert [result.message for result in search(alice, '"brown fox"')] == [said]


def test_a_beginning_that_many_words_have_costs_as_much_as_a_word(alice: User) -> None:
    """Where the index joins all words that begin so, it is dozens of times as much."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's index has no beginnings.")
    talks = Conversation.objects.bulk_create(Conversation(owner=alice, updated=timezone.now()) for _ in range(500))
    words = [" ".join(f"co{number:03}{part}x" for part in range(80)) for number in range(500)]
    SearchEntry.objects.bulk_create(
        SearchEntry(owner=alice, conversation=talk, words=f" common {said} ") for talk, said in zip(talks, words, strict=True)
    )

    def seconds(typed: str) -> float:
        query, taken = parse(typed), []
        assert query is not None
        for _ in range(9):
            began = time.thread_time()
            assert len(index.in_use().matching(alice, query, 400, titles_only=False)) == 400
            taken.append(time.thread_time() - began)
        return min(taken)

    assert seconds("co") < 5 * seconds('"common"')
