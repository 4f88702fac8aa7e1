"""A share of new conversations is answered by an experiment's candidate, and stays with it until the experiment ends."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group
from django.db import connection

from conversations.commands import experiments
from conversations.commands.exchange import send
from conversations.models import Arm, Audience, Conversation, Ending, Experiment, Message, ModelChoice, PromptVersion, SystemPrompt, User
from tests.support.experiments import started
from tests.support.scripted_openai import ScriptedOpenAI
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)
CANDIDATE, LIVE = "Be the candidate.", "Be live."


@pytest.fixture
async def experiment(admin: User, monkeypatch: pytest.MonkeyPatch) -> Experiment:
    """Which gives every conversation the candidate."""
    prompt = await SystemPrompt.objects.aget(is_default=True)
    await sync_to_async(prompt.publish)(text=LIVE)
    monkeypatch.setattr(experiments, "arm_of", lambda *_, **__: Arm.CANDIDATE)
    return await sync_to_async(started)(prompt, admin)


def systems(openai: ScriptedOpenAI) -> list[str]:
    return [request.system for request in openai.streams if "title" not in request.system.lower()]


async def end(experiment: Experiment) -> None:
    await sync_to_async(experiment.end)(Ending.BY_HAND, "Enough.")


async def live(text: str) -> PromptVersion:
    prompt = await SystemPrompt.objects.aget(is_default=True)
    return await sync_to_async(prompt.publish)(text=text)


async def test_a_conversation_stays_with_the_candidate_until_the_experiment_ends(
    alice: User, experiment: Experiment, openai: ScriptedOpenAI
) -> None:
    async with Socket(alice) as socket:
        first = await socket.answer("One")
        conversation = first["conversation"]
        await socket.answer("Two", conversation)
        question = (await Message.objects.aget(pk=first["message"])).parent_id
        for name, of, more in (("regenerate", first["message"], {}), ("edit", str(question), {"text": "Other"})):
            request = await socket.command(name, message=of, **more)
            accepted = await socket.until("accepted", id=request)
            await socket.until("finished", message=accepted["reply"])
        await end(experiment)
        await socket.answer("Three", conversation)
        await socket.answer("Four")
    assert systems(openai) == [CANDIDATE] * 4 + [LIVE] * 2
    assert sorted([one.arm async for one in Conversation.objects.all()]) == ["", "candidate"]


async def test_what_was_begun_before_it_takes_no_part(alice: User, openai: ScriptedOpenAI, admin: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(experiments, "arm_of", lambda *_, **__: Arm.CANDIDATE)
    await live(LIVE)
    async with Socket(alice) as socket:
        conversation = (await socket.answer("One"))["conversation"]
        await sync_to_async(started)(await SystemPrompt.objects.aget(is_default=True), admin)
        await socket.answer("Two", conversation)
    assert systems(openai) == [LIVE] * 2
    assert (await Conversation.objects.aget()).experiment_id is None


async def test_those_where_a_version_or_a_model_was_chosen_take_no_part(
    alice: User, experiment: Experiment, openai: ScriptedOpenAI
) -> None:
    await alice.groups.aadd(await Group.objects.aget(name="Prompt writer"))
    prompt = experiment.prompt
    await sync_to_async(prompt.publish)(text="Be staged.", label="staging")
    await SystemPrompt.objects.filter(pk=prompt.pk).aupdate(model_choice=ModelChoice.ANY)
    other = await SystemPrompt.objects.acreate(slug="other", name="Other")
    await sync_to_async(other.publish)(text="Be another.")
    async with Socket(alice) as socket:
        staged = (await socket.answer("One", prompt=f"{prompt.pk}:staging"))["conversation"]
        await socket.answer("Two", prompt="other")
        await socket.answer("Three", staged, prompt=str(prompt.pk))
        await socket.answer("Four", model="scripted-model")
        await socket.answer("Five", model="", effort="")  # as pages send it where nothing was chosen
    assert systems(openai) == ["Be staged.", "Be another.", LIVE, LIVE, CANDIDATE]
    assert await Conversation.objects.exclude(experiment=None).acount() == 1


@pytest.mark.parametrize("to", ["another", "candidate"])
async def test_it_ends_where_live_is_moved(alice: User, experiment: Experiment, openai: ScriptedOpenAI, to: str) -> None:
    async with Socket(alice) as socket:
        conversation = (await socket.answer("One"))["conversation"]
        if to == "another":
            await live("Be new.")
        else:
            await sync_to_async(experiment.prompt.point)("live", experiment.candidate)
        await socket.answer("Two", conversation)
        await socket.answer("Three")
    assert systems(openai) == [CANDIDATE, *["Be new." if to == "another" else CANDIDATE] * 2]
    await experiment.arefresh_from_db()
    assert experiment.ending == (Ending.LIVE_MOVED if to == "another" else Ending.PUBLISHED)
    assert experiment.ended
    assert (await SystemPrompt.objects.aget(is_default=True)).experiment_id is None
    assert await Conversation.objects.filter(experiment=None).acount() == 1


async def test_a_process_of_the_version_before_that_moves_live_stops_the_candidate(
    alice: User, experiment: Experiment, openai: ScriptedOpenAI
) -> None:
    """It knows nothing of experiments, and writes the column."""
    async with Socket(alice) as socket:
        conversation = (await socket.answer("One"))["conversation"]
        version = await sync_to_async(experiment.prompt.add_version)(text="Be moved.")
        await SystemPrompt.objects.filter(pk=experiment.prompt_id).aupdate(published=version)
        await socket.answer("Two", conversation)
        await socket.answer("Three")
    assert systems(openai) == [CANDIDATE, "Be moved.", "Be moved."]


async def test_another_prompt_for_a_while(alice: User, experiment: Experiment, openai: ScriptedOpenAI) -> None:
    other = await SystemPrompt.objects.acreate(slug="other", name="Other")
    await sync_to_async(other.publish)(text="Be another.")
    async with Socket(alice) as socket:
        conversation = (await socket.answer("One"))["conversation"]
        await socket.answer("Two", conversation, prompt="other")
        await socket.answer("Three", conversation, prompt=str(experiment.prompt_id))
    assert systems(openai) == [CANDIDATE, "Be another.", CANDIDATE]


async def test_the_same_command_twice_makes_one_conversation(alice: User, experiment: Experiment, openai: ScriptedOpenAI) -> None:
    async with Socket(alice) as socket:
        key = str(uuid.uuid4())
        for _ in range(2):
            await socket.command("send", text="Hello", conversation=None, id=key)
            await socket.until("accepted", id=key)
    assert await Conversation.objects.filter(experiment=experiment).acount() == 1


async def test_deleting_the_prompt_takes_its_experiments_along(alice: User, experiment: Experiment, openai: ScriptedOpenAI) -> None:
    async with Socket(alice) as socket:
        await socket.answer("One")
    await SystemPrompt.objects.filter(pk=experiment.prompt_id).adelete()
    assert not await Experiment.objects.aexists()
    assert (await Conversation.objects.aget()).experiment_id is None


def test_the_share_is_what_was_asked_for_and_the_same_everywhere() -> None:
    """200 conversations of a share of 20 % have from 22 to 62 candidates, but for one of ten thousand cases. Each experiment draws for itself."""
    one, other = uuid.UUID(int=1), uuid.UUID(int=2)
    keys = [uuid.UUID(int=7 * number + 1) for number in range(200)]
    drawn = [[experiments.arm_of(each, key, share=20) for key in keys] for each in (one, one, other)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert all(22 <= arms.count(Arm.CANDIDATE) <= 62 for arms in drawn)
    # SHA-256 of both ids begins with 0032c584 and ff24bc69: beyond 0.07 and 99.6 % of all
    assert [experiments.arm_of(one, uuid.UUID(int=key), share=share) for key, share in ((384, 1), (328, 99))] == [Arm.CANDIDATE, Arm.LIVE]


async def test_hidden_prompts_are_not_reached_by_it(alice: User, experiment: Experiment, openai: ScriptedOpenAI) -> None:
    await SystemPrompt.objects.filter(pk=experiment.prompt_id).aupdate(audience=Audience.STAFF, is_default=False)
    async with Socket(alice) as socket:
        await socket.command("send", text="Hello", conversation=None, prompt=str(experiment.prompt_id))
        assert (await socket.next_error())["code"] == "invalid"
    assert not await Conversation.objects.aexists()


@pytest.mark.parametrize(("arm", "asked"), [(None, (0, 0)), (Arm.LIVE, (1, 0)), (Arm.CANDIDATE, (2, 1))])
def test_what_a_reply_asks_of_experiments(
    alice: User, admin: User, monkeypatch: pytest.MonkeyPatch, arm: Arm | None, asked: tuple[int, int]
) -> None:
    """Statements of a new conversation's and of a further reply: none where none runs."""
    if arm is not None:
        started(SystemPrompt.objects.get(is_default=True), admin)
    monkeypatch.setattr(experiments, "arm_of", lambda *_, **__: arm)
    said: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        said.append(sql)
        return execute(sql, params, many, context)

    found, counted = None, []
    for _ in range(2):
        said.clear()
        with connection.execute_wrapper(note):
            exchange = send(alice, uuid.uuid4(), conversation_id=found, parent_id=None, text="Hello", prompt=None)
        counted.append(sum('FROM "conversations_experiment"' in sql for sql in said))
        Message.objects.filter(pk=exchange.reply.pk).update(status="complete")
        found = exchange.conversation.pk
    assert tuple(counted) == asked
