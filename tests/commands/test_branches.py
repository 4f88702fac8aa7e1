"""Deleting one version of a message deletes everything below it and nothing else; the page then shows its neighbour."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Message, Role, Status, User, text_part, tree_of
from conversations.models.path_ends import end_of_tree
from conversations.processes import checkpoints
from tests.support.scripted_openai import Gate, Hold, ScriptedOpenAI, Text
from tests.support.socket_client import Socket

pytestmark = pytest.mark.every_database


class Grown:
    """A conversation that is written down as a tree: each message names the one it follows."""

    def __init__(self, owner: User) -> None:
        self.conversation = Conversation.objects.create(owner=owner, title="Branches", updated=timezone.now())
        self.messages: dict[str, Message] = {}

    def grow(self, name: str, parent: str | None = None) -> None:
        above = self.messages.get(parent or "")
        role = Role.USER if above is None or above.role == Role.ASSISTANT else Role.ASSISTANT
        made = Message(conversation=self.conversation, owner=self.conversation.owner, parent=above, role=role, parts=[text_part(name)])
        made.save()
        self.messages[name] = made

    def choose(self, name: str) -> None:
        self.conversation.leaf = self.messages[name]
        self.conversation.save()

    def address(self, name: str) -> str:
        return f"/c/{self.conversation.pk}/messages/{self.messages[name].pk}/delete/"

    @property
    def left(self) -> set[str]:
        return {message.text for message in self.conversation.messages.all()}

    @property
    def leaf(self) -> str:
        self.conversation.refresh_from_db()
        return self.conversation.leaf.text if self.conversation.leaf else ""


@pytest.fixture
def grown(alice: User, client: Client) -> Grown:
    client.force_login(alice)
    made = Grown(alice)
    for name, parent in [
        ("q1", None),
        ("a1", "q1"),
        ("q2", None),
        ("a2", "q2"),
        ("q2b", "a2"),
        ("a2b", "q2b"),
        ("a3", "q2"),
        ("q3", None),
        ("a4", "q3"),
    ]:
        made.grow(name, parent)
    made.choose("a2b")
    return made


def test_what_is_below_goes_with_it_and_the_version_before_is_shown(client: Client, grown: Grown) -> None:
    assert client.get(grown.address("q2")).json() == {"messages": 5}
    answer = client.post(grown.address("q2")).json()
    assert grown.left == {"q1", "a1", "q3", "a4"}
    assert grown.leaf == "a1"
    assert [message["parts"][0]["text"] for message in answer["messages"]] == ["q1", "a1"]
    assert answer["neighbour"] == str(grown.messages["q1"].pk)
    assert len(answer["messages"][0]["siblings"]) == 2


def test_the_first_version_gives_way_to_the_next(client: Client, grown: Grown) -> None:
    grown.choose("a1")
    answer = client.post(grown.address("q1")).json()
    assert grown.leaf == "a3"  # of the next version, its latest
    assert answer["neighbour"] == str(grown.messages["q2"].pk)


def test_a_branch_that_is_not_shown_goes_without_moving_anything(client: Client, grown: Grown) -> None:
    answer = client.post(grown.address("q3")).json()
    assert grown.leaf == "a2b"
    assert [message["parts"][0]["text"] for message in answer["messages"]] == ["q2", "a2", "q2b", "a2b"]


def test_the_only_version_stays(client: Client, grown: Grown) -> None:
    for method in (client.get, client.post):
        answer = method(grown.address("q2b"))
        assert answer.status_code == 400
        assert "only version" in answer.json()["detail"]
    assert len(grown.left) == 9


def test_a_branch_may_be_a_thousand_messages_deep(client: Client, grown: Grown) -> None:
    parent = "a2b"
    for number in range(1200):
        grown.grow(f"deep {number}", parent)
        parent = f"deep {number}"
    grown.choose(parent)
    assert client.post(grown.address("q2")).status_code == 200
    assert grown.left == {"q1", "a1", "q3", "a4"}
    assert grown.leaf == "a1"


@pytest.fixture
def failed(grown: Grown) -> Grown:
    """Below q3 an answer, then one that failed without a word (newest), then one that failed in the middle; below q1 only failures."""
    for name, parent, parts in [("void", "q3", []), ("broken", "q3", [text_part("broken")]), ("void 2", "q3", []), ("void 3", "q1", [])]:
        grown.grow(name, parent)
        Message.objects.filter(pk=grown.messages[name].pk).update(status=Status.FAILED, error_kind="quota", parts=parts)
    return grown


def test_what_failed_without_a_word_is_no_version_beside_another(client: Client, failed: Grown) -> None:
    names = {str(message.pk): name for name, message in failed.messages.items()}

    def versions(name: str) -> list[str]:
        """As the page shows them when this message is chosen."""
        asked = {"message": str(failed.messages[name].pk)}
        path = client.post(f"/c/{failed.conversation.pk}/leaf/", asked, content_type="application/json").json()["messages"]
        shown = next(one for one in path[::-1] if one["role"] == "assistant")
        assert [str(one) for one in failed.messages[names[shown["id"]]].siblings] == shown["siblings"]  # what a frame says
        return [names[shown["id"]], *(names[one] for one in shown["siblings"])]

    assert versions("a4") == ["a4", "a4", "broken"]
    assert versions("broken") == ["broken", "a4", "broken"]
    assert versions("void") == ["void", "a4", "void", "broken"]  # another tab may still ask for it
    failed.choose("a1")
    assert versions("q3") == ["broken", "a4", "broken"]  # not the newest, which says nothing


def test_the_end_of_the_shown_path_is_that_of_the_whole_tree(failed: Grown) -> None:
    """Of which a part is read."""
    parent = "a4"
    for number in range(4):
        failed.grow(f"more {number}", parent)
        failed.grow(f"beside {number}", parent)
        parent = f"more {number}"
    failed.grow("follows void", "void")
    failed.grow("void 4", "more 1")
    Message.objects.filter(pk=failed.messages["void 4"].pk).update(status=Status.FAILED, parts=[])
    for name in failed.messages:
        failed.choose(name)
        failed.conversation.refresh_from_db()
        for count in range(1, 10):
            tree = end_of_tree(failed.conversation, count)
            whole = tree_of(failed.conversation.pk)
            path = whole.path(failed.conversation.leaf_id)
            assert tree.path(failed.conversation.leaf_id)[-count - 1 :] == path[-count - 1 :]
            assert [tree.siblings(key) for key in path[-count:]] == [whole.siblings(key) for key in path[-count:]]
    assert set(end_of_tree(failed.conversation, 1).parents) < set(tree_of(failed.conversation.pk).parents)


def test_the_last_answer_that_says_something_is_the_only_version(client: Client, failed: Grown) -> None:
    failed.choose("a1")
    assert client.post(failed.address("a1")).status_code == 400
    failed.choose("void 3")
    assert client.post(failed.address("void 3")).json()["neighbour"] == str(failed.messages["a1"].pk)
    assert failed.leaf == "a1"


def test_a_failure_with_messages_after_it_stays_a_version(client: Client, failed: Grown) -> None:
    failed.grow("q4", "void")
    failed.choose("a4")
    shown = client.get(f"/c/{failed.conversation.pk}/messages/").json()["messages"][-1]
    assert shown["siblings"] == [str(failed.messages[name].pk) for name in ("a4", "void", "broken")]


@pytest.mark.django_db(transaction=True)
async def test_what_runs_in_it_is_stopped_and_watchers_are_told(
    alice: User, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "INTERVAL_SECONDS", 60.0)  # which would stop it as well, but later
    client, gate = Client(), Gate()
    async with Socket(alice, client=client) as socket:
        first = await socket.send("First")
        await socket.until("finished")
        openai.script(Text("Endless"), Hold(gate))
        request = await socket.command("edit", message=first["message"], text="Second")
        second = await socket.until("accepted", id=request)
        await socket.until("delta", message=second["reply"])
        answer = await sync_to_async(client.post)(f"/c/{first['conversation']}/messages/{second['message']}/delete/")
        assert answer.status_code == 200
        told = await socket.until("branch")
        assert told["conversation"] == first["conversation"]
        assert set(told["removed"]) == {second["message"], second["reply"]}
        await socket.until("conversation", running=False)
        await next(stream for stream in openai.streams if stream.question == "Second").client_left()
    gate.open()
    assert await Message.objects.filter(conversation=first["conversation"]).acount() == 2


@pytest.mark.parametrize(
    ("chosen", "shown", "found"),
    [
        ("a1", "a2b", "a2b"),  # chosen on another page
        ("a1", "q2b", "a2b"),  # what was said there since is shown, too
        ("a4", "a2b", "a4"),  # it may have been said since
        ("a2b", "a2", "a2b"),
        ("a2b", None, "a2b"),
    ],
)
def test_a_page_that_catches_up_keeps_its_branch_unless_another_has_something_newer(
    client: Client, grown: Grown, chosen: str, shown: str | None, found: str
) -> None:
    grown.choose(chosen)
    asked = {"count": "40", **({"shown": str(grown.messages[shown].pk)} if shown else {})}
    answer = client.get(f"/c/{grown.conversation.pk}/messages/", asked).json()
    assert answer["messages"][-1]["parts"][0]["text"] == found
    assert grown.leaf == chosen, "To read it chooses nothing."


def test_a_branch_that_was_deleted_is_not_kept(client: Client, grown: Grown) -> None:
    grown.choose("a1")
    gone, others = grown.messages["a4"].pk, Grown(User.objects.create_user("bob"))
    others.grow("of bob")
    Message.objects.filter(pk=gone).delete()
    for shown in (gone, others.messages["of bob"].pk):
        answer = client.get(f"/c/{grown.conversation.pk}/messages/", {"count": "40", "shown": str(shown)}).json()
        assert answer["messages"][-1]["parts"][0]["text"] == "a1"
